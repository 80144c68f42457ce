import { proxy, wrap } from 'comlink'
import type { Figure } from './figures.ts'
import type { DatabasePeer, Place } from './peer.ts'
import type { Column } from './sets.ts'
import { createWorkload, type Step, type Workload } from './workload.ts'

/** What a page of the database benchmark offers to the run. */
export interface DatabasePage {
  start(column: Column, place: Place): Promise<void>
  step(step: Step): Promise<readonly Figure[]>
  /** The reopened repository as a bundle, one character per byte (its low byte: bytes do not cross to the run); '' when it is none. */
  bundle(): Promise<string>
}

/** A workload here or in a worker. */
type Asked = { start(place: Place): unknown } & Pick<Workload, 'step' | 'bundle'>

/** Makes the page's peers callable by the run. */
export function servePeer<Input>(createPeer: () => DatabasePeer<Input>, startWorker: () => Worker): void {
  let workload: Asked | undefined
  const started = (): Asked => {
    if (workload === undefined) throw new Error('Start first')
    return workload
  }
  const database: DatabasePage = {
    start: async (column, place) => {
      workload = column === 'page' ? createWorkload(createPeer) : wrap<Workload>(startWorker())
      await workload.start(place)
    },
    step: (step) => started().step(step),
    bundle: async () => {
      const bytes = (await started().bundle()) ?? new Uint8Array()
      return new TextDecoder('x-user-defined').decode(bytes)
    },
  }
  Object.assign(globalThis, { database })
}

/** A peer that lives in a worker of its own and is asked from the page. */
export function remotePeer<Input>(
  startWorker: () => Worker,
  input: DatabasePeer<Input>['input'],
): DatabasePeer<Input> {
  const remote = wrap<DatabasePeer<Input>>(startWorker()) as unknown as DatabasePeer<Input> // comlink answers these calls: all are asynchronous but `input`
  return {
    open: (place) => remote.open(place),
    input,
    insertMany: (items) => remote.insertMany(items),
    insert: (item) => remote.insert(item),
    get: (id) => remote.get(id),
    getMany: (ids) => remote.getMany(ids),
    findByCategory: (category) => remote.findByCategory(category),
    countByCategory: (category) => remote.countByCategory(category),
    findByPrice: (from, to, limit) => remote.findByPrice(from, to, limit),
    cheapest: (limit) => remote.cheapest(limit),
    findByDescription: (word) => remote.findByDescription(word),
    countPerCategory: () => remote.countPerCategory(),
    all: () => remote.all(),
    setStock: (id, stock, durable) => remote.setStock(id, stock, durable),
    watchCategory: (category, listener) => remote.watchCategory(category, proxy(listener)),
    settled: () => remote.settled(),
    close: () => remote.close(),
  }
}
