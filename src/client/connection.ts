import { EspalierError } from '../protocol/errors.ts'
import type { Engine, EngineCallbacks, Reply } from '../protocol/engine.ts'
import { protocolVersion } from '../protocol/engine.ts'
import { createKnownStores, type KnownStores } from './known-stores.ts'
import type { CollectionsOptions } from './collection-options.ts'
import type { StandardSchemas } from '../types/standard-schema.ts'
import { heldEngine, type KnownAnswer } from './held-engine.ts'
import { createLiveQueries, type LiveQueries } from './live-queries.ts'
import { withOwnValues } from './own-values.ts'
import { createWorkerEngine } from './worker-engine.ts'

/** A way to reach an engine: a worker, or the same process (Node). */
export interface Connection {
  /** Makes one call and unwraps its reply; an error keeps its code. */
  call<T>(run: (engine: Engine) => Promise<Reply<T>>): Promise<T>
  /** Until `opening` is done, queries with a known answer have it, and other calls wait for it. */
  hold(opening: Promise<unknown>, known: KnownAnswer): void
  /** Prepares callbacks for the way to the engine. */
  share(callbacks: EngineCallbacks): EngineCallbacks
  /** The live queries of this page; whoever shares callbacks passes their updates on. */
  readonly live: LiveQueries
  /** `reason`: what waits fails with it. */
  end(reason?: unknown): void
  /** The app's own validators by collection: functions, so they stay on this side. */
  readonly schemas?: StandardSchemas | undefined
  /** In a browser, which may drop what is stored. */
  readonly stores?: KnownStores
  /** The app's options by collection: their functions too stay on this side. */
  readonly collections?: CollectionsOptions | undefined
}

/** What the `worker` option takes: a running worker, a function that starts one, or its address. */
export type WorkerSource = Worker | (() => Worker) | string | URL

const startTimeoutMs = 15_000
const fixForBundlers =
  'Give open() a `worker` option that your bundler can follow, for example ' +
  "`worker: () => new Worker(new URL('espalier/worker', import.meta.url), { type: 'module' })`; " +
  "with Vite 6 or 7 in development add `optimizeDeps: { exclude: ['espalier'] }`."

/** A connection whose worker is not started yet. */
export interface StartingConnection extends Connection {
  /** Starts the worker and waits for its handshake. Throws `client/worker-failed`. */
  start(): Promise<void>
}

/** Starts (or takes) a worker and waits for its handshake. Throws `client/worker-failed`, `client/unsupported`. */
export async function connectWorker(source: WorkerSource | undefined): Promise<Connection> {
  const connection = prepareWorker(source)
  try {
    await connection.start()
    return connection
  } catch (error) {
    connection.end(error)
    throw error
  }
}

/** Throws `client/unsupported`. */
export function prepareWorker(source: WorkerSource | undefined): StartingConnection {
  if (typeof Worker === 'undefined') {
    throw new EspalierError(
      'client/unsupported',
      "There is no Worker here. In Node, import open() from 'espalier/node'.",
    )
  }
  const { engine, share, end } = createWorkerEngine(() => {
    const worker = startWorker(source)
    worker.addEventListener('error', (event) => {
      // Some bundlers emit a worker with unresolved imports: the event then has an empty message.
      const detail = event.message ? `: ${event.message}` : ''
      const failure = new EspalierError(
        'client/worker-failed',
        `The Espalier worker failed${detail}. ${fixForBundlers}`,
      )
      end(failure)
      calls.live.fail(failure)
    })
    return worker
  })
  const calls = createCalls(engine)
  return {
    ...calls,
    start: async () => {
      const { protocol } = await withTimeout(
        engine.handshake(source === undefined ? { extras: extrasUrl() } : {}),
      )
      if (protocol === protocolVersion) return
      throw new EspalierError(
        'client/worker-failed',
        `The worker speaks protocol ${protocol}, this page ${protocolVersion}: they come from different versions of espalier. Rebuild both.`,
      )
    },
    share,
    stores: createKnownStores(),
    end: (reason) => {
      calls.end(reason)
      end(reason ?? new EspalierError('engine/closed', 'The database was closed. Open it again.'))
    },
  }
}

/** How an engine is called, and its live queries. */
function createCalls(engine: Engine): Pick<Connection, 'call' | 'hold' | 'live' | 'end'> {
  let reached = engine
  let knownAnswer: KnownAnswer = () => undefined
  const call: Connection['call'] = async (run) => unwrap(await run(reached))
  const live = createLiveQueries(call, (handle, query) => knownAnswer(handle, query))
  return {
    call,
    live,
    end: (reason) => (reason === undefined ? live.end() : live.fail(reason)),
    hold: (opening, known) => {
      knownAnswer = known
      reached = heldEngine(engine, opening, known)
      const release = (): void => {
        knownAnswer = () => undefined
        reached = engine
      }
      opening.then(release, () => {}) // calls fail then as it did
    },
  }
}

/** Reaches an engine in the same process. */
export function connectInProcess(engine: Engine): Connection {
  return { ...createCalls(withOwnValues(engine)), share: (callbacks) => callbacks }
}

function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value
  throw EspalierError.fromJSON(reply.error)
}

function startWorker(source: WorkerSource | undefined): Worker {
  if (source === undefined) {
    // Bundlers recognise exactly this form and copy the self-contained worker file.
    return new Worker(new URL('../../worker/main.ts', import.meta.url), { type: 'module', name: 'espalier' })
  }
  if (typeof source === 'function') return source()
  if (typeof source === 'string' || source instanceof URL)
    return new Worker(source, { type: 'module', name: 'espalier' })
  return source
}

/** The worker's second file. It is the page's bundler that knows where it is: it copies what is named in this form. */
function extrasUrl(): string {
  return new URL('../../worker/extras.ts', import.meta.url).href
}

function withTimeout<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new EspalierError(
          'client/worker-failed',
          `The Espalier worker did not answer within ${startTimeoutMs / 1000} s. ${fixForBundlers}`,
        ),
      )
    }, startTimeoutMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
