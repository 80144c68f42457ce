import type { Engine, EngineCallbacks, Reply, WireCredentials } from '../src/protocol/engine.ts'
import type { LiveUpdate } from '../src/protocol/live.ts'
import type { CallName, PageMessage, SharedCallbacks, WorkerMessage } from '../src/protocol/messages.ts'
import { packRows, textOfRows, type LastRows, type RowsPlace } from '../src/protocol/wire-rows.ts'

/** What a worker's global scope is used for here. */
interface WorkerScope {
  postMessage(message: WorkerMessage): void
  addEventListener(type: 'message', listener: (event: MessageEvent<PageMessage>) => void): void
}

/** Answers that may hold many rows. */
const rowsIn: { readonly [Method in CallName]?: RowsPlace } = {
  query: 'rows',
  all: '',
  getMany: '',
  'versions.diff': 'records',
  'versions.diffNext': 'records',
  writeBulk: 'others',
}

/** Answers the page that started this worker. */
export function exposeEngine(engine: Engine): void {
  const scope = globalThis as unknown as WorkerScope // this runs in a worker only
  const asked = new Map<
    number,
    { resolve: (given: WireCredentials | null) => void; reject: (why: Error) => void }
  >()
  let lastAsk = 0

  /** Sends the rows of a value, when they are many, but for the last ones; what is left goes with the next message. */
  const sendRows = (
    value: unknown,
    place: RowsPlace,
  ): { readonly value: unknown; readonly last?: LastRows } => {
    const packed = packRows(value, place)
    if (!packed) return { value }
    const last = packed.parts.length - 1
    for (const part of packed.parts.slice(0, last)) scope.postMessage({ rows: textOfRows(part) })
    return { value: packed.value, last: { place, text: textOfRows(packed.parts[last] ?? []) } }
  }
  const callbacksOf = ({ shared: to }: SharedCallbacks): EngineCallbacks => ({
    event: (value) => scope.postMessage({ to, told: { name: 'event', value } }),
    live: (update) => {
      const { value, ...rest } = sendRows(update, 'rows')
      scope.postMessage({ to, told: { name: 'live', value: value as LiveUpdate, ...rest } }) // the same but for its rows
    },
    auth: (request) =>
      new Promise((resolve, reject) => {
        const ask = ++lastAsk
        asked.set(ask, { resolve, reject })
        scope.postMessage({ to, ask, request })
      }),
  })
  const run = async (name: CallName, args: readonly unknown[]): Promise<unknown> => {
    const [group, inGroup] = name.split('.', 2) as [keyof Engine, string | undefined]
    const [holder, method] = inGroup === undefined ? [engine, name] : [engine[group], inGroup]
    const given = name === 'open' ? [args[0], callbacksOf(args[1] as SharedCallbacks)] : args
    // A page of the same version sends calls of this interface; the handshake checked it.
    const calls = holder as unknown as {
      readonly [method: string]: (...all: readonly unknown[]) => Promise<unknown>
    }
    return calls[method]?.(...given)
  }
  const answer = (call: number, method: CallName, value: unknown): void => {
    const place = rowsIn[method]
    const reply = value as Reply<unknown> // of those with rows
    if (place === undefined || !reply.ok) return scope.postMessage({ reply: call, value })
    const { value: rest, ...rows } = sendRows(reply.value, place)
    scope.postMessage({ reply: call, value: { ...reply, value: rest }, ...rows })
  }

  scope.addEventListener('message', ({ data }) => {
    if ('call' in data) {
      const { call, method, args } = data
      void run(method, args).then((value) => answer(call, method, value))
      return
    }
    const one = asked.get(data.answer)
    asked.delete(data.answer)
    if (data.error === undefined) one?.resolve(data.credentials ?? null)
    else one?.reject(new Error(data.error))
  })
}
