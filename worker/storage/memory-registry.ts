import type { Registry } from './registry.ts'

/** A registry in memory, for tests and for databases that need not survive. */
export function createMemoryRegistry(): Registry {
  const rows = new Map<string, unknown>()
  return {
    all: async () => [...rows].map(([id, value]) => ({ id, value: structuredClone(value) })).sort(byId),
    get: async (id) => structuredClone(rows.get(id)),
    update: async (id, change) => {
      const value = structuredClone(change(structuredClone(rows.get(id))))
      if (value === undefined) rows.delete(id)
      else rows.set(id, value)
      return structuredClone(value)
    },
  }
}

/** The order of IndexedDB's keys. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}
