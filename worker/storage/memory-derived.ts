import { type DerivedStore, type DerivedUse, leastUsed } from './derived-store.ts'

/** What outlives the instances of a derived store in memory. */
export type MemoryDerived = Map<string, DerivedUse & { readonly text: string }>

/** Derived values in memory: for tests, and where nothing is kept between two openings. */
export function createMemoryDerived(
  entries: MemoryDerived = new Map(),
  now: () => number = Date.now,
): DerivedStore {
  return {
    read: async (keys) =>
      keys.map((key) => {
        const entry = entries.get(key)
        if (entry) entries.set(key, { ...entry, usedAtMs: now() })
        return entry?.text
      }),
    write: async (written) => {
      for (const { key, text } of written) entries.set(key, { text, units: text.length, usedAtMs: now() })
    },
    prune: async (maxUnits) => {
      for (const key of leastUsed(entries, maxUnits)) entries.delete(key)
    },
    close: async () => {},
  }
}
