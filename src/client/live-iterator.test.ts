import { describe, expect, test } from 'vitest'
import { latestOf, type Feed } from './live-iterator.ts'

interface Source {
  readonly iterator: AsyncIterator<number, undefined>
  readonly feed: () => Feed<number>
  readonly stopped: () => number
}

function source(): Source {
  let feed: Feed<number> | undefined
  let stopped = 0
  const iterator = latestOf<number, number>(
    (given) => {
      feed = given
      return () => stopped++
    },
    (value) => value * 10,
  )
  return {
    iterator,
    feed: () => {
      if (!feed) throw new Error('not started')
      return feed
    },
    stopped: () => stopped,
  }
}

describe('latestOf', () => {
  test('starts with the first next(), and gives a slow loop the latest value only', async () => {
    const { iterator, feed } = source()
    expect(feed).toThrow()
    const first = iterator.next()
    feed().next(1)
    expect(await first).toEqual({ done: false, value: 10 })
    feed().next(2)
    feed().next(3)
    expect(await iterator.next()).toEqual({ done: false, value: 30 })
  })

  test('ends when the source ends, after the value that came before', async () => {
    const { iterator, feed } = source()
    void iterator.next()
    feed().next(1)
    feed().next(2)
    feed().end()
    expect(await iterator.next()).toEqual({ done: false, value: 20 })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('throws what ends the source, once', async () => {
    const { iterator, feed } = source()
    const first = iterator.next()
    feed().fail(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('return() stops the source and frees who waits', async () => {
    const { iterator, feed, stopped } = source()
    const waiting = iterator.next()
    feed()
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(stopped()).toBe(1)
    feed().next(5)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})
