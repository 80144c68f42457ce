import type { Answers } from './answers.ts'
import { percentile, since, type Figure } from './figures.ts'
import { same } from './answers.ts'
import { categoryName, itemAt } from './item.ts'
import { idOf, type DatabasePeer, type PeerRow } from './peer.ts'

const updates = 40
const irrelevantWrites = 20

/** One live query over 1 % of the rows, sorted by nothing: its first result, relevant and irrelevant updates. */
export async function liveFigures(
  peer: DatabasePeer,
  answers: Answers,
  total: number,
): Promise<readonly Figure[]> {
  const category = categoryName(42)
  const inside = indexesOf(total, (index) => itemAt(index).category === category)
  const outside = indexesOf(total, (index) => itemAt(index).category !== category)
  let calls = 0
  let last: readonly PeerRow[] = []
  let heard: () => void = () => {}
  let condition: () => boolean = () => true
  const until = (fulfilled: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      condition = fulfilled
      heard = resolve
    })

  let start = performance.now()
  const first = until(() => true)
  const stop = await peer.watchCategory(category, (rows) => {
    calls++
    last = rows
    if (condition()) heard()
  })
  await first
  const firstResult = since(start)
  answers.category(category, last)

  const times: number[] = []
  const setInside = async (i: number): Promise<number> => {
    const id = itemAt(inside[i % inside.length] ?? 0).id
    const stock = 10_000 + i
    // Callbacks of an earlier update that come late do not count for this one.
    const seen = until(() => last.some((row) => idOf(row) === id && row.stock === stock))
    const begun = performance.now()
    const done = peer.setStock(id, stock, false)
    await seen
    const elapsed = since(begun)
    await done
    return elapsed
  }
  for (let i = 0; i < updates; i++) times.push(await setInside(i))

  await setInside(updates)
  await pause()
  const before = calls
  for (let i = 0; i < irrelevantWrites; i++) {
    const index = outside[(i * 37) % outside.length] ?? 0
    await peer.setStock(itemAt(index).id, 20_000 + i, false)
  }
  await pause()
  const irrelevant = calls - before
  // The subscription is still alive: what was not called is not dead.
  await setInside(updates + 1)
  start = performance.now()
  stop()
  await peer.settled()
  same('the number of rows of the live query', last.length, inside.length)
  return [
    { what: 'live: first result', value: firstResult },
    { what: 'live: update → callback, p50', value: percentile(times, 0.5) },
    { what: 'live: update → callback, p95', value: percentile(times, 0.95) },
    { what: 'live: callbacks for 20 irrelevant writes', value: irrelevant, unit: '' },
  ]
}

function indexesOf(total: number, fits: (index: number) => boolean): number[] {
  return Array.from({ length: total }, (_, index) => index).filter(fits)
}

/** Long enough for callbacks that come late. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 300))
}
