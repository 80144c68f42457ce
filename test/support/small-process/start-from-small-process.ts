import childProcess, { type SpawnSyncReturns } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import { PassThrough, Writable } from 'node:stream'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'

type Stream = 'stdout' | 'stderr'
interface Options {
  readonly encoding?: BufferEncoding | 'buffer'
  readonly input?: unknown
  readonly stdio?: unknown
  readonly [name: string]: unknown
}
interface Start {
  readonly command: string
  readonly args: readonly string[]
  readonly options: Options
  readonly encoding: BufferEncoding | undefined
}
type ErrorParts = { readonly message: string } & Partial<NodeJS.ErrnoException>
type Outcome = Pick<SpawnSyncReturns<Uint8Array | null>, 'pid' | 'status' | 'signal' | Stream> & {
  readonly error?: ErrorParts
}
/** What the small process says of one that it started. */
type Said = { readonly id: number } & (
  | { readonly does: 'started'; readonly pid: number }
  | { readonly does: 'printed'; readonly name: Stream; readonly bytes: Uint8Array }
  | { readonly does: 'failed'; readonly error: ErrorParts }
  | { readonly does: 'ended'; readonly status: number | null; readonly signal: NodeJS.Signals | null }
)

/** Test files run one after another in the same process. */
let isDone = false

/**
 * Lets a small process start those that tests start. A process that starts another one copies its page tables first:
 * 2 ms for a small one, 30 to 70 for one that has run tests for a while, and tests start git thousands of times.
 * What a browser needs, and other unusual wishes, goes the usual way.
 */
export function startFromSmallProcess(): void {
  if (isDone) return
  isDone = true
  const small = openSmallProcess()
  const { spawn, spawnSync } = childProcess
  const runSmall = (...given: Parameters<typeof plainStart>): SpawnSyncReturns<unknown> | undefined => {
    const start = plainStart(...given)
    return start && returned(small.run(start), start.encoding)
  }
  const all = {
    spawn: (...given: Parameters<typeof plainStart>): unknown => {
      const start = plainStart(...given)
      return start ? small.start(start) : Reflect.apply(spawn, childProcess, given)
    },
    spawnSync: (...given: Parameters<typeof plainStart>): unknown =>
      runSmall(...given) ?? Reflect.apply(spawnSync, childProcess, given),
    execFileSync: (...given: Parameters<typeof plainStart>): unknown => {
      const outcome =
        runSmall(...given) ?? (Reflect.apply(spawnSync, childProcess, given) as SpawnSyncReturns<unknown>)
      const { stdout, stderr, status, error } = outcome
      const [command, second, third] = given
      const options = isList(second) ? third : second
      if (options?.stdio === undefined && stderr) process.stderr.write(stderr as string | Uint8Array)
      if (error === undefined && status === 0) return stdout
      const line = [command, ...(isList(second) ? second : [])].join(' ')
      throw Object.assign(error ?? new Error(`Command failed: ${line}\n${String(stderr)}`), outcome)
    },
  }
  Object.assign(childProcess, all)
  syncBuiltinESMExports()
}

const plainOptions = new Set(['cwd', 'env', 'maxBuffer'])
const plainStreams = new Set<unknown>(['pipe', 'ignore'])

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value)
}

/** A call as a message; undefined where it asks for more than files, texts and pipes. */
function plainStart(
  command: string,
  second?: readonly string[] | Options,
  third?: Options,
): Start | undefined {
  const [args, given] = isList(second) ? [second, third] : [[], second]
  const { stdio = 'pipe', encoding = 'buffer', input, ...more } = given ?? {}
  const streams: unknown[] = Array.isArray(stdio) ? stdio : [stdio]
  if (!Object.keys(more).every((name) => plainOptions.has(name))) return undefined
  if (!streams.every((stream) => plainStreams.has(stream))) return undefined
  const text = encoding === 'buffer' ? undefined : encoding
  const bytes = typeof input === 'string' ? Buffer.from(input, text) : input
  // What the small process would take from itself is said.
  const own = { cwd: process.cwd(), env: { ...process.env } }
  return { command, args, encoding: text, options: { ...own, ...more, stdio, input: bytes } }
}

function errorOf({ message, ...more }: ErrorParts): Error {
  return Object.assign(new Error(message), more)
}

/** As `spawnSync` returns it. */
function returned(
  { error, stdout, stderr, ...outcome }: Outcome,
  encoding: BufferEncoding | undefined,
): SpawnSyncReturns<unknown> {
  const read = (bytes: Uint8Array | null): unknown => {
    const buffer = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return encoding === undefined ? buffer : (buffer?.toString(encoding) ?? null)
  }
  const [out, err] = [read(stdout), read(stderr)]
  return {
    ...outcome,
    stdout: out,
    stderr: err,
    output: [null, out, err],
    ...(error && { error: errorOf(error) }),
  }
}

interface SmallProcess {
  /** Runs one to its end while this thread waits. */
  run(start: Start): Outcome
  start(start: Start): EventEmitter
}

function openSmallProcess(): SmallProcess {
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const answers = new MessageChannel()
  const others = new MessageChannel()
  const worker = new Worker(new URL('relay.mjs', import.meta.url), {
    workerData: { answered, answers: answers.port2, others: others.port2 },
    transferList: [answers.port2, others.port2],
  })
  worker.unref()
  const children = new Map<number, (said: Said) => void>()
  others.port1.on('message', (said: Said) => children.get(said.id)?.(said))
  others.port1.unref()
  let lastId = 0
  return {
    run: (start) => {
      Atomics.store(answered, 0, 0)
      answers.port1.postMessage({ id: ++lastId, does: 'run', ...start })
      Atomics.wait(answered, 0, 0)
      const { message } = receiveMessageOnPort(answers.port1) ?? {}
      const { outcome } = (message ?? {}) as { readonly outcome?: Outcome }
      if (!outcome) throw new Error('The small process that starts others has ended.')
      return outcome
    },
    start: (start) => {
      const id = ++lastId
      others.port1.postMessage({ id, does: 'start', ...start })
      others.port1.ref()
      const child = startedChild(others.port1, id, () => {
        children.delete(id)
        if (children.size === 0) others.port1.unref()
      })
      children.set(id, child.hear)
      return child.process
    },
  }
}

/** A process that the small one has started, as `spawn` gives it. */
function startedChild(
  port: MessagePort,
  id: number,
  onEnd: () => void,
): { readonly process: EventEmitter; hear(said: Said): void } {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const child = Object.assign(new EventEmitter(), {
    ...streams,
    pid: undefined as number | undefined,
    exitCode: null as number | null,
    stdin: new Writable({
      write: (bytes: Uint8Array, _, done) => {
        port.postMessage({ id, does: 'write', bytes })
        done()
      },
      final: (done) => {
        port.postMessage({ id, does: 'end' })
        done()
      },
    }),
    kill: (signal?: NodeJS.Signals) => port.postMessage({ id, does: 'kill', signal }),
  })
  const hear = (said: Said): void => {
    switch (said.does) {
      case 'started':
        child.pid = said.pid
        child.emit('spawn')
        return
      case 'printed':
        streams[said.name].write(said.bytes)
        return
      case 'failed':
        child.emit('error', errorOf(said.error))
        return
      case 'ended': {
        const { status, signal } = said
        child.exitCode = status
        child.emit('exit', status, signal)
        const isRead = Object.values(streams).map(async (stream) => {
          stream.end()
          // Nobody reads it.
          if (stream.readableFlowing === null) stream.resume()
          if (!stream.closed) await once(stream, 'close')
        })
        void Promise.all(isRead).then(() => child.emit('close', status, signal))
        onEnd()
      }
    }
  }
  return { process: child, hear }
}
