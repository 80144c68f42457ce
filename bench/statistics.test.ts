import { expect, test } from 'vitest'
import { ratio, summarize } from './statistics.ts'

test('the median of an even number of samples lies between the middle two', () => {
  expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4, count: 4 })
})

test('the median is not moved by one slow run', () => {
  expect(summarize([10, 9000, 11])?.median).toBe(11)
})

test('no samples give no summary and no ratio', () => {
  expect(summarize([])).toBeUndefined()
  expect(ratio([], [1])).toBeUndefined()
  expect(ratio([1], [])).toBeUndefined()
})

test('a ratio compares medians', () => {
  expect(ratio([30, 10, 20], [10, 5, 400])).toBe(2)
})

test('samples keep their order: summarizing does not sort them in place', () => {
  const samples = [3, 1, 2]
  summarize(samples)
  expect(samples).toEqual([3, 1, 2])
})
