import { isEspalierError } from '../../src/protocol/errors.ts'
import { unavailable } from './storage-errors.ts'
import type { Storage } from './storage.ts'

/**
 * How the k-th call goes wrong. `fail`: it alone rejects and nothing was applied. `crash`: it and every later
 * call reject, it was not applied. `crash-after`: it **was** applied, but its answer and every later call are lost.
 */
export type Fault = 'fail' | 'crash' | 'crash-after'

/** A store that fails once, for tests of the rooms above. */
export interface FaultyStorage extends Storage {
  /** The names of the calls so far, `close` excepted. A run without a fault tells how many there are to fail. */
  readonly calls: readonly (keyof Storage)[]
}

/** Wraps a store so that its k-th call (from 1) goes wrong. `k` 0 only counts. `close` always works. */
export function failAt(storage: Storage, k: number, how: Fault): FaultyStorage {
  const calls: (keyof Storage)[] = []

  async function call<T>(name: keyof Storage, work: () => Promise<T>): Promise<T> {
    const n = calls.push(name)
    if (k === 0 || n < k || (n > k && how === 'fail')) return work()
    if (n === k && how === 'crash-after') await work()
    throw unavailable(`Injected fault at storage call ${n} (${name}, ${how} at ${k}).`)
  }

  return {
    calls,
    readState: (known) => call('readState', () => storage.readState(known)),
    readPacks: (known) => call('readPacks', () => storage.readPacks(known)),
    readJournal: (scope, after) => call('readJournal', () => storage.readJournal(scope, after)),
    readReflog: (ref) => call('readReflog', () => storage.readReflog(ref)),
    readSegment: (pack, index) => call('readSegment', () => storage.readSegment(pack, index)),
    writeSegment: (pack, index, bytes) =>
      call('writeSegment', () => storage.writeSegment(pack, index, bytes)),
    dropOrphanSegments: () => call('dropOrphanSegments', () => storage.dropOrphanSegments()),
    commit: (batch) => call('commit', () => storage.commit(batch)),
    close: () => storage.close(),
  }
}

/** True for the error of an injected fault. */
export function isInjected(error: unknown): boolean {
  return isEspalierError(error, 'storage/unavailable') && error.message.startsWith('Injected fault')
}
