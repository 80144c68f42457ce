import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCollector } from './collector.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a burst becomes one call, and a stream is not put off for ever', () => {
  const flushed: (readonly number[])[] = []
  const collector = createCollector<number>((items) => flushed.push(items), { quietMs: 40, limitMs: 100 })
  collector.add(1)
  collector.add(2)
  vi.advanceTimersByTime(40)
  expect(flushed).toEqual([[1, 2]])

  for (let i = 0; i < 5; i += 1) {
    collector.add(i)
    vi.advanceTimersByTime(30)
  }
  expect(flushed[1]).toEqual([0, 1, 2, 3])
  collector.clear()
  vi.runAllTimers()
  expect(flushed).toHaveLength(2)
})
