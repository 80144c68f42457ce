import childProcess, { type SpawnSyncReturns } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { openSmallProcess, type Outcome, type Start } from './open-small-process.ts'
import { errorOf } from './started-child.ts'

interface Options {
  readonly encoding?: BufferEncoding | 'buffer'
  readonly input?: unknown
  readonly stdio?: unknown
  readonly [name: string]: unknown
}
/** As `spawn`, `spawnSync` and `execFileSync` are called. */
type Call = readonly [command: string, second?: readonly string[] | Options, third?: Options]
interface Wish {
  readonly command: string
  readonly args: readonly string[]
  readonly options: Options
}

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
  const { spawn, spawnSync, execFileSync } = childProcess
  const run = (wish: Wish): SpawnSyncReturns<unknown> => returned(small.run(startOf(wish)), wish.options)
  Object.assign(childProcess, {
    spawn: (...call: Call): unknown => {
      const wish = wishOf(call)
      return isPlain(wish) ? small.start(startOf(wish)) : Reflect.apply(spawn, childProcess, call)
    },
    spawnSync: (...call: Call): unknown => {
      const wish = wishOf(call)
      return isPlain(wish) ? run(wish) : Reflect.apply(spawnSync, childProcess, call)
    },
    execFileSync: (...call: Call): unknown => {
      const wish = wishOf(call)
      return isPlain(wish) ? printed(wish, run(wish)) : Reflect.apply(execFileSync, childProcess, call)
    },
  })
  syncBuiltinESMExports()
}

function wishOf([command, second, third]: Call): Wish {
  const [args, options = {}] = isList(second) ? [second, third] : [[], second]
  return { command, args, options }
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value)
}

const plainOptions = new Set(['cwd', 'env', 'maxBuffer', 'encoding', 'input', 'stdio'])
const plainStreams = new Set<unknown>([undefined, 'pipe', 'ignore'])

/** Whether a call asks for no more than files, texts and pipes. */
function isPlain({ options }: Wish): boolean {
  const streams: unknown[] = Array.isArray(options.stdio) ? options.stdio : [options.stdio]
  return (
    Object.keys(options).every((name) => plainOptions.has(name)) &&
    streams.every((stream) => plainStreams.has(stream))
  )
}

/** A call as a message. What the small process would take from itself is said. */
function startOf({ command, args, options }: Wish): Start {
  const { encoding, input, ...more } = options
  const bytes = typeof input === 'string' ? Buffer.from(input, textEncoding(encoding)) : input
  const own = { cwd: process.cwd(), env: { ...process.env } }
  return { command, args, options: { ...own, ...more, input: bytes } }
}

function textEncoding(encoding: Options['encoding']): BufferEncoding | undefined {
  return encoding === 'buffer' ? undefined : encoding
}

/** As `spawnSync` returns it. */
function returned(
  { error, stdout, stderr, ...outcome }: Outcome,
  { encoding }: Options,
): SpawnSyncReturns<unknown> {
  const text = textEncoding(encoding)
  const read = (bytes: Uint8Array | null): unknown => {
    const buffer = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return text === undefined ? buffer : (buffer?.toString(text) ?? null)
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

/** As `execFileSync` returns it, or throws. */
function printed({ command, args, options }: Wish, outcome: SpawnSyncReturns<unknown>): unknown {
  const { stdout, stderr, status, error } = outcome
  if (options.stdio === undefined && stderr) process.stderr.write(stderr as string | Uint8Array)
  if (error === undefined && status === 0) return stdout
  const failed = `Command failed: ${[command, ...args].join(' ')}\n${String(stderr)}`
  throw Object.assign(error ?? new Error(failed), outcome)
}
