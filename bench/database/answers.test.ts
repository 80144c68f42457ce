import { expect, test } from 'vitest'
import { createAnswers, wrongAnswer } from './answers.ts'
import { categoryName, itemAt, words } from './item.ts'

const total = 2000
const items = Array.from({ length: total }, (_, index) => itemAt(index))
const answers = createAnswers(total)

test('records are about 365 bytes; a category holds 1 % of them, a word stands in 40 %', () => {
  const bytes = items.reduce((sum, { id, ...fields }) => {
    expect(id).toMatch(/^item-\d{7}$/)
    return sum + Buffer.byteLength(JSON.stringify(fields))
  }, 0)
  expect(bytes / total).toBeGreaterThan(355)
  expect(bytes / total).toBeLessThan(375)
  expect(Object.keys(itemAt(0)).length).toBe(13)
  for (const word of words) {
    const hits = items.filter(({ description }) => description.includes(word)).length
    expect(hits / total).toBeGreaterThan(0.35)
    expect(hits / total).toBeLessThan(0.45)
  }
  expect(new Set(items.map(({ category }) => category)).size).toBe(100)
})

test('right answers pass, in any order where the query has none', () => {
  const category = categoryName(7)
  const rows = items.filter((item) => item.category === category).toReversed()
  answers.category(category, rows)
  answers.count(category, rows.length)
  answers.all(items)
  const byPrice = [...items].sort((a, b) => a.price - b.price)
  answers.price(100, 200, 50, byPrice.filter(({ price }) => price >= 100 && price <= 200).slice(0, 50))
})

test('a row too few, a row of another category, a wrong order or a wrong value is a wrong answer', () => {
  const category = categoryName(7)
  const rows = items.filter((item) => item.category === category)
  const [first] = items.filter((item) => item.category !== category)
  expect(() => answers.category(category, rows.slice(1))).toThrow(wrongAnswer)
  expect(() => answers.category(category, [...rows.slice(1), first ?? {}])).toThrow(wrongAnswer)
  const byPrice = [...items].sort((a, b) => a.price - b.price).slice(0, 50)
  expect(() => answers.price(0, 1000, 50, byPrice.toReversed())).toThrow(wrongAnswer)
  expect(() => answers.all(items.map((item) => ({ ...item, price: 1 })))).toThrow(wrongAnswer)
  expect(() => answers.records([0, 1], [itemAt(0), undefined])).toThrow(wrongAnswer)
  expect(() => answers.perCategory(new Map([[category, rows.length]]))).toThrow(wrongAnswer)
})
