import type { DerivedEntry, DerivedStore } from '../storage/derived-store.ts'

/**
 * Values that were derived from commits, kept for the next opening: parsed records, first pages. Reading answers at
 * once; what is to be kept is made and stored when there is nothing better to do, a piece at a time.
 */
export interface Derived {
  read(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** Keeps what `make` gives, when idle. */
  keep(make: () => readonly DerivedEntry[]): void
  /** Stores what waits. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Text of all derived values of one repository, in UTF-16 units; the least recently used go first. */
const maxUnits = 128_000_000

export function createDerived(store: DerivedStore, later: (task: () => void) => () => void): Derived {
  const waiting: (() => readonly DerivedEntry[])[] = []
  let cancel: (() => void) | undefined
  let running: Promise<void> | undefined
  let closed = false

  const run = async (): Promise<void> => {
    let wrote = false
    for (;;) {
      const make = closed ? undefined : waiting.shift()
      if (!make) break
      const entries = make()
      if (entries.length === 0) continue
      await store.write(entries)
      wrote = true
    }
    if (wrote && !closed) await store.prune(maxUnits)
  }
  const flush = (): Promise<void> => {
    cancel?.()
    cancel = undefined
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    read: (keys) => store.read(keys),
    keep: (make) => {
      if (closed) return
      waiting.push(make)
      if (running) return
      cancel?.()
      cancel = later(() => void flush())
    },
    flush,
    close: async () => {
      closed = true
      cancel?.()
      await running
      await store.close()
    },
  }
}
