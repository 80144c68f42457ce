import type { Answers } from './answers.ts'
import { perRun, since, type Figure } from './figures.ts'
import { categoryCount, categoryName, itemKey, words } from './item.ts'
import type { DatabasePeer, PeerRow } from './peer.ts'

/** Reads by key, then queries; each repeated query asks for something else, so that no peer answers from a cache of answers. */
export async function readFigures(
  peer: DatabasePeer,
  answers: Answers,
  total: number,
): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  const add = (what: string, value: number): number => figures.push({ what, value })

  const indexes = (count: number, step: number): number[] =>
    Array.from({ length: count }, (_, i) => (i * step + 17) % total)
  const serial = indexes(200, 7919)
  let start = performance.now()
  const one: (PeerRow | undefined)[] = []
  for (const index of serial) one.push(await peer.get(itemKey(index)))
  add('200 serial gets', since(start))
  answers.records(serial, one)

  const parallel = indexes(200, 104_729)
  start = performance.now()
  const together = await Promise.all(parallel.map((index) => peer.get(itemKey(index))))
  add('200 gets in one tick', since(start))
  answers.records(parallel, together)

  const many = indexes(Math.min(1000, total), 1)
  const keys = many.map(itemKey)
  start = performance.now()
  const thousand = await peer.getMany(keys)
  add('getMany of 1,000', since(start))
  answers.records(many, thousand)

  const equalities = async (numbers: readonly number[]): Promise<number> =>
    perRun(
      numbers.map(categoryName),
      (category) => peer.findByCategory(category),
      (category, rows) => answers.category(category, rows),
    )
  add('indexed equality, first', await equalities([3]))
  add('indexed equality', await equalities(numbers(20, 11)))

  const ranges = async (from: readonly number[]): Promise<number> =>
    perRun(
      from,
      (price) => peer.findByPrice(price, price + 200, 50),
      (price, rows) => answers.price(price, price + 200, 50, rows),
    )
  add('range, sort, limit 50: first', await ranges([5]))
  add('range, sort, limit 50', await ranges(Array.from({ length: 20 }, (_, i) => 100 + i * 30)))

  const scans = words.slice(0, 4)
  const describe = (some: readonly string[]): Promise<number> =>
    perRun(
      some,
      (word) => peer.findByDescription(word),
      (word, rows) => answers.description(word, rows),
    )
  add('contains scan, 40 % hit: first', await describe(scans.slice(0, 1)))
  add('contains scan, 40 % hit', await describe(scans.slice(1)))

  const counts = await perRun(
    numbers(20, 13).map(categoryName),
    (category) => peer.countByCategory(category),
    (category, count) => answers.count(category, count),
  )
  add('count of an equality', counts)

  const groups = (times: number): Promise<number> =>
    perRun(
      Array.from({ length: times }),
      () => peer.countPerCategory(),
      (_, perCategory) => answers.perCategory(perCategory),
    )
  add('group-by count, first', await groups(1))
  add('group-by count, warm', await groups(3))

  const everything = await perRun(
    [1],
    () => peer.all(),
    (_, rows) => answers.all(rows),
  )
  add('read all', everything)
  return figures
}

/** Numbers of categories, spread. */
function numbers(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * step + 5) % categoryCount)
}
