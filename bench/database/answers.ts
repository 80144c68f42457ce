import { itemAt, type Item } from './item.ts'
import { idOf, type PeerRow } from './peer.ts'

/** The right answers, computed from the data: the same for every peer. */
export interface Answers {
  all(rows: readonly PeerRow[]): void
  category(category: string, rows: readonly PeerRow[]): void
  count(category: string, count: number): void
  perCategory(counts: ReadonlyMap<string, number>): void
  price(from: number, to: number, limit: number, rows: readonly PeerRow[]): void
  description(word: string, rows: readonly PeerRow[]): void
  records(indexes: readonly number[], rows: readonly (PeerRow | undefined)[]): void
}

/** Wrong answers end the whole benchmark: whoever reads the figures must be able to rely on them. */
export const wrongAnswer = 'Wrong answer'

/** Answers over the items 0 … `total` − 1. Throws when a peer's answer differs. */
export function createAnswers(total: number): Answers {
  const items = Array.from({ length: total }, (_, index) => itemAt(index))
  const ids = (some: readonly Item[]): string[] => some.map(({ id }) => id)
  const categories = new Map<string, Item[]>()
  for (const item of items) {
    const some = categories.get(item.category) ?? []
    categories.set(item.category, some)
    some.push(item)
  }
  const inCategory = (category: string): readonly Item[] => categories.get(category) ?? []
  return {
    all: (rows) => {
      sameSet('all', rows, ids(items))
      const ofItems = items.reduce((sum, { price }) => sum + Math.round(price * 100), 0)
      const ofRows = rows.reduce((sum, { price }) => sum + Math.round(Number(price) * 100), 0)
      same('the sum of all prices', ofRows, ofItems)
    },
    category: (category, rows) => sameSet(`category = ${category}`, rows, ids(inCategory(category))),
    count: (category, count) => same(`count of ${category}`, count, inCategory(category).length),
    perCategory: (counts) => {
      same('the number of categories', counts.size, categories.size)
      for (const [category, some] of categories)
        same(`group ${category}`, counts.get(category) ?? 0, some.length)
    },
    price: (from, to, limit, rows) => {
      const prices = items.map(({ price }) => price).filter((price) => price >= from && price <= to)
      const expected = prices.sort((a, b) => a - b).slice(0, limit)
      same(`prices from ${from} to ${to}`, rows.map(({ price }) => price).join(), expected.join())
    },
    description: (word, rows) => {
      const some = items.filter(({ description }) => description.includes(word))
      sameSet(`description contains ${word}`, rows, ids(some))
    },
    records: (indexes, rows) => {
      const expected = indexes.map((index) => items[index])
      same('ids of records by key', keysOf(rows), expected.map((item) => item?.id).join())
      const prices = rows.map((row) => row?.price).join()
      same('prices of records by key', prices, expected.map((item) => item?.price).join())
    },
  }
}

function keysOf(rows: readonly (PeerRow | undefined)[]): string {
  return rows.map((row) => (row === undefined ? 'none' : idOf(row))).join()
}

function sameSet(what: string, rows: readonly PeerRow[], expected: readonly string[]): void {
  same(`the number of rows of ${what}`, rows.length, expected.length)
  same(what, rows.map(idOf).sort().join(), [...expected].sort().join())
}

/** Throws when a peer's answer is not the one expected. */
export function same(what: string, actual: string | number, expected: string | number): void {
  if (actual === expected) return
  throw new Error(
    `${wrongAnswer} to ${what}: ${String(actual).slice(0, 300)}, not ${String(expected).slice(0, 300)}`,
  )
}
