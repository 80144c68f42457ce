import type { Engine, EngineCallbacks, Reply } from '../protocol/engine.ts'
import { EspalierError } from '../protocol/errors.ts'
import type { DatabasesEngine } from '../protocol/databases.ts'
import type { VersionsEngine } from '../protocol/versions.ts'
import type { LiveUpdate } from '../protocol/live.ts'
import { rowsOfText, unpackRows, type LastRows } from '../protocol/wire-rows.ts'
import type { CallName, PageMessage, SharedCallbacks, WorkerMessage } from '../protocol/messages.ts'

/** The engine in a worker, as the page sees it. */
export interface WorkerEngine {
  readonly engine: Engine
  /** Prepares callbacks for the way to the engine. */
  share(callbacks: EngineCallbacks): EngineCallbacks
  /** Rejects what waits and every later call, and stops the worker. */
  end(reason: unknown): void
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
}

/** One count for the page: several connections may share a worker. */
let last = 0

/**
 * Calls of a fixed protocol as plain messages. A general RPC library spends three times as long on a call that only
 * fetches a record (measured in Chromium), and those calls are what an app waits for. The worker starts with the first.
 */
export function createWorkerEngine(start: () => Worker): WorkerEngine {
  const waiting = new Map<number, Waiting>()
  const shared = new Map<number, EngineCallbacks>()
  let failure: unknown
  let worker: Worker | undefined
  const post = (message: PageMessage): void => {
    worker ??= begin()
    worker.postMessage(message)
  }

  const call = (method: CallName, args: readonly unknown[]): Promise<never> =>
    new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure)
      const id = ++last
      waiting.set(id, { resolve, reject })
      try {
        post({ call: id, method, args })
      } catch (error) {
        waiting.delete(id)
        reject(notPlain(error))
      }
    })
  const answer = async (id: number, asked: ReturnType<EngineCallbacks['auth']>): Promise<void> => {
    try {
      post({ answer: id, credentials: await asked })
    } catch (error) {
      post({ answer: id, error: String(error) })
    }
  }

  /** Rows of the message that comes next. */
  let rows: unknown[] = []
  const takeRows = (text: string): void => {
    for (const row of rowsOfText(text)) rows.push(row)
  }
  const withRows = (value: unknown, { place, text }: LastRows): unknown => {
    takeRows(text)
    const whole = unpackRows(value, place, rows)
    rows = []
    return whole
  }
  const valueOf = ({ value, last }: Extract<WorkerMessage, { reply: number }>): unknown => {
    if (!last) return value
    const reply = value as Reply<unknown> & { readonly ok: true } // only answers have rows
    return { ...reply, value: withRows(reply.value, last) }
  }

  const receive = ({ data }: MessageEvent<WorkerMessage>): void => {
    if ('rows' in data) return takeRows(data.rows)
    if ('reply' in data) {
      const one = waiting.get(data.reply)
      waiting.delete(data.reply)
      const value = valueOf(data)
      one?.resolve(value as never) // the engine answers what its interface says
      return
    }
    const callbacks = shared.get(data.to)
    if ('ask' in data) {
      if (callbacks) void answer(data.ask, callbacks.auth(data.request))
      return
    }
    const { told } = data
    if (told.name === 'event') callbacks?.event(told.value)
    // Rows of another connection are taken as well: the next message's come after them.
    else {
      const { value, last } = told
      callbacks?.live(last ? (withRows(value, last) as LiveUpdate) : value) // it is one, whole again
    }
  }
  const begin = (): Worker => {
    const started = start()
    started.addEventListener('message', receive)
    return started
  }

  const group = <Calls extends object>(name: string): Calls =>
    callsOf<Calls>(
      (method) =>
        (...args: readonly unknown[]) =>
          call(`${name}.${method}` as CallName, args),
    )
  const groups: { readonly [name: string]: unknown } = {
    databases: group<DatabasesEngine>('databases'),
    versions: group<VersionsEngine>('versions'),
  }

  return {
    // The worker answers every call of the protocol; the handshake checks its version.
    engine: callsOf<Engine>(
      (method) => groups[method] ?? ((...args: readonly unknown[]) => call(method as CallName, args)),
    ),
    share: (callbacks) => {
      const id = ++last
      shared.set(id, callbacks)
      const stand: SharedCallbacks = { shared: id }
      return stand as unknown as EngineCallbacks // the worker makes callbacks of it again
    },
    end: (reason) => {
      worker?.terminate()
      failure = reason
      for (const { reject } of waiting.values()) reject(reason)
      waiting.clear()
    },
  }
}

/** An object whose every property is made when it is asked for. */
function callsOf<Calls extends object>(of: (method: string) => unknown): Calls {
  return new Proxy({} as Calls, { get: (_, method) => of(String(method)) })
}

function notPlain(cause: unknown): EspalierError {
  return new EspalierError(
    'engine/bad-argument',
    `An argument cannot be sent to the worker (${String(cause)}). Give plain data.`,
    { cause },
  )
}
