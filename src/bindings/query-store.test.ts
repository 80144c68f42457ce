import { expect, test } from 'vitest'
import type { LiveResult } from '../protocol/live.ts'
import type { DatabaseEvent, Status } from '../protocol/outcomes.ts'
import { createQueryStore, type LiveSource } from './query-store.ts'
import { recordState } from './record-state.ts'
import { createStatusStore } from './status-store.ts'

/** A query that a test moves by hand. */
function handSource(): LiveSource<string> & {
  readonly running: () => number
  emit(...rows: string[]): void
  fail(error: unknown): void
} {
  const subscribers = new Set<{
    listener: (result: LiveResult<string>) => void
    onError: (error: unknown) => void
  }>()
  let version = 0
  return {
    key: 'by hand',
    running: () => subscribers.size,
    subscribe: (listener, onError = () => {}) => {
      const subscriber = { listener, onError }
      subscribers.add(subscriber)
      return () => subscribers.delete(subscriber)
    },
    emit: (...rows) => {
      version++
      for (const { listener } of subscribers) listener({ rows, changes: [], version })
    },
    fail: (error) => {
      for (const { onError } of subscribers) onError(error)
    },
  }
}

test('a query runs once while anybody listens, and its state is kept when nobody does', () => {
  const source = handSource()
  const store = createQueryStore(source)
  expect(store.get()).toMatchObject({ status: 'loading', rows: [], version: 0 })
  expect(source.running()).toBe(0)

  let calls = 0
  const listener = (): void => void calls++
  const stops = [store.subscribe(listener), store.subscribe(listener)]
  expect(source.running()).toBe(1)
  source.emit('a', 'b')
  expect(calls).toBe(2)
  expect(store.get()).toMatchObject({ status: 'ready', rows: ['a', 'b'], version: 1 })
  expect(store.get()).toBe(store.get())

  stops[0]?.()
  stops[0]?.()
  source.emit('c')
  expect(calls).toBe(3)
  stops[1]?.()
  expect(source.running()).toBe(0)
  expect(store.get().rows).toEqual(['c'])
  store.subscribe(listener)
  expect(source.running()).toBe(1)
})

test('an error keeps the last rows, and the next result ends it', () => {
  const source = handSource()
  const store = createQueryStore(source)
  store.subscribe(() => {})
  source.emit('a')
  source.fail('broken')
  expect(store.get()).toMatchObject({ status: 'error', rows: ['a'], error: 'broken' })
  expect(recordState(store.get())).toEqual({ status: 'error', row: 'a', error: 'broken' })
  source.emit('b')
  expect(store.get()).toMatchObject({ status: 'ready', rows: ['b'] })
  expect(store.get()).not.toHaveProperty('error')
})

test('without a query there is nothing but loading', () => {
  const store = createQueryStore(undefined)
  store.subscribe(() => {})
  expect(store.get().status).toBe('loading')
  expect(recordState(store.get())).toEqual({ status: 'loading', row: undefined })
})

test('the status is asked again after every change, and the last question counts', async () => {
  const answers: ((status: Status) => void)[] = []
  const listeners = new Set<(event: DatabaseEvent) => void>()
  const store = createStatusStore({
    status: () => new Promise((resolve) => answers.push(resolve)),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  const answer = async (question: number, workingChanges: number): Promise<void> => {
    answers[question]?.({ workingChanges } as Status) // the store only hands it on
    await Promise.resolve()
    await Promise.resolve()
  }
  const tell = (event: DatabaseEvent): void => listeners.forEach((listener) => listener(event))

  const stop = store.subscribe(() => {})
  expect(store.get()).toBeUndefined()
  tell({ type: 'progress', progress: { phase: 'receiving', loaded: 1 } })
  expect(answers).toHaveLength(1)
  tell({ type: 'changed', branch: 'main', records: null })
  expect(answers).toHaveLength(2)
  await answer(1, 2)
  await answer(0, 1)
  expect(store.get()).toEqual({ workingChanges: 2 })
  stop()
  expect(listeners.size).toBe(0)
})
