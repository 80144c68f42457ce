import { createAnswers, type Answers } from './answers.ts'
import { categoryName, itemAt, priceLimit } from './item.ts'
import { liveFigures } from './live-figures.ts'
import type { DatabasePeer, Place } from './peer.ts'
import { readFigures } from './read-figures.ts'
import { percentile, since, sized, type Figure } from './figures.ts'

/** The steps of one run, in order. The last one is for a new page on the same profile. */
export const steps = ['insert', 'read', 'live', 'write', 'close'] as const
export type Step = (typeof steps)[number] | 'reopen'

/** How many records are inserted one by one, after the bulk. */
const serialInserts = 50
const durableWrites = 40

/** Runs the benchmark's steps against one peer, in the page or in a worker. */
export interface Workload {
  start(place: Place): void
  step(step: Step): Promise<readonly Figure[]>
  /** What was reopened, as a git bundle; undefined for peers that are no repository. */
  bundle(): Promise<Uint8Array | undefined>
}

export function createWorkload<Input>(createPeer: () => DatabasePeer<Input>): Workload {
  const peer = createPeer()
  let place: Place = { url: '', count: 0 }
  let prepared: Answers | undefined
  /** One before the bulk, then the bulk, then one by one. */
  const total = (): number => place.count + 1 + serialInserts
  // Made outside of what is timed.
  const answers = (): Answers => (prepared ??= createAnswers(total()))
  let bundle: Uint8Array | undefined
  return {
    bundle: async () => bundle,
    start: (where) => {
      place = where
    },
    step: async (step) => {
      switch (step) {
        case 'insert':
          return insert(peer, place, total())
        case 'read':
          return readFigures(peer, answers(), total())
        case 'live':
          return liveFigures(peer, answers(), total())
        case 'write':
          return write(peer, total())
        case 'close':
          return close(peer)
        case 'reopen':
          return reopen(peer, place, answers(), (bytes) => {
            bundle = bytes
          })
      }
    },
  }
}

async function insert<Input>(
  peer: DatabasePeer<Input>,
  place: Place,
  total: number,
): Promise<readonly Figure[]> {
  const inputs = Array.from({ length: total }, (_, index) => peer.input(itemAt(index)))
  const [first, ...rest] = inputs
  if (first === undefined) throw new Error('Nothing to insert')
  const bulk = rest.slice(0, place.count)
  const figures: Figure[] = []
  let start = performance.now()
  await peer.open(place)
  await peer.insert(first)
  figures.push({ what: 'open → first durable insert', value: since(start) })
  start = performance.now()
  await peer.insertMany(bulk)
  figures.push({ what: 'bulk insert', value: since(start) })
  start = performance.now()
  for (const input of rest.slice(place.count)) await peer.insert(input)
  figures.push({ what: '50 serial inserts', value: since(start) })
  if (peer.commit) {
    start = performance.now()
    await peer.commit()
    figures.push({ what: 'commit of the inserts', value: since(start) })
  }
  return figures
}

/** Single updates, each awaited until durable. */
async function write(peer: DatabasePeer, total: number): Promise<readonly Figure[]> {
  const times: number[] = []
  for (let i = 0; i < durableWrites; i++) {
    const start = performance.now()
    await peer.setStock(itemAt((i * 7919) % total).id, 9000 + i, true)
    times.push(since(start))
  }
  return [
    { what: 'one durable write, p50', value: percentile(times, 0.5) },
    { what: 'one durable write, p95', value: percentile(times, 0.95) },
  ]
}

async function close(peer: DatabasePeer): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  const parts = async (when: string): Promise<void> => {
    for (const [part, bytes] of Object.entries((await peer.storedParts?.()) ?? {}))
      figures.push(sized(`stored ${when}: ${part}`, bytes))
  }
  await peer.settled()
  if (peer.commit) await peer.commit()
  // The screen that the app begins with, and will begin with next time.
  await peer.cheapest(50)
  if (peer.compact) {
    await peer.idle?.()
    await parts('before compaction')
    const start = performance.now()
    await peer.compact()
    figures.push({ what: 'compaction', value: since(start) })
    await peer.settled()
    await parts('after compaction')
  }
  const start = performance.now()
  await peer.close()
  figures.push({ what: 'close', value: since(start) })
  return figures
}

async function reopen(
  peer: DatabasePeer,
  place: Place,
  answers: Answers,
  keep: (bundle: Uint8Array) => void,
): Promise<readonly Figure[]> {
  const start = performance.now()
  await peer.open(place)
  const rows = await peer.cheapest(50)
  const elapsed = since(start)
  answers.price(0, priceLimit, 50, rows)
  const next = performance.now()
  const others = await peer.findByPrice(priceLimit / 4, priceLimit / 2, 50)
  const figures: Figure[] = [
    { what: 'reopen → first 50 sorted rows', value: elapsed },
    { what: 'then 50 rows that nobody asked for before', value: since(next) },
  ]
  answers.price(priceLimit / 4, priceLimit / 2, 50, others)
  // Everything that was acknowledged is still there.
  answers.all(await peer.all())
  answers.category(categoryName(7), await peer.findByCategory(categoryName(7)))
  if (peer.bundle) keep(await peer.bundle())
  await peer.close()
  return figures
}
