import type { DiffPage } from '../src/protocol/diff.ts'
import type { Engine, EngineCallbacks, Reply, WireCredentials } from '../src/protocol/engine.ts'
import type { CallName, PageMessage, SharedCallbacks, WorkerMessage } from '../src/protocol/messages.ts'
import { packLive, packReply } from '../src/protocol/wire-text.ts'

/** What a worker's global scope is used for here. */
interface WorkerScope {
  postMessage(message: WorkerMessage): void
  addEventListener(type: 'message', listener: (event: MessageEvent<PageMessage>) => void): void
}

const recordsIn = ({ records }: DiffPage): readonly unknown[] => records

/** The rows in an answer that may hold many: such answers go as text. */
const rowsIn: { readonly [Method in CallName]?: (value: never) => readonly unknown[] } = {
  query: ({ rows }: { readonly rows: readonly unknown[] }) => rows,
  all: (rows: readonly unknown[]) => rows,
  getMany: (rows: readonly unknown[]) => rows,
  'versions.diff': recordsIn,
  'versions.diffNext': recordsIn,
  writeBulk: ({ others }: { readonly others: readonly unknown[] }) => others,
}

/** Answers the page that started this worker. */
export function exposeEngine(engine: Engine): void {
  const scope = globalThis as unknown as WorkerScope // this runs in a worker only
  const asked = new Map<
    number,
    { resolve: (given: WireCredentials | null) => void; reject: (why: Error) => void }
  >()
  let lastAsk = 0

  const callbacksOf = ({ shared: to }: SharedCallbacks): EngineCallbacks => ({
    event: (value) => scope.postMessage({ to, told: { name: 'event', value } }),
    live: (value) => scope.postMessage({ to, told: { name: 'live', value: packLive(value) } }),
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
    const value = await calls[method]?.(...given)
    const rows = rowsIn[name]
    return rows ? packReply(value as Reply<never>, rows) : value
  }

  scope.addEventListener('message', ({ data }) => {
    if ('call' in data) {
      const { call, method, args } = data
      void run(method, args).then((value) => scope.postMessage({ reply: call, value }))
      return
    }
    const one = asked.get(data.answer)
    asked.delete(data.answer)
    if (data.error === undefined) one?.resolve(data.credentials ?? null)
    else one?.reject(new Error(data.error))
  })
}
