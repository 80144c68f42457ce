import type { CollectionConfig } from '@tanstack/db'
import type { Patch, RecordValue, Row } from '../protocol/records.ts'
import type { LiveSource } from './query-store.ts'

/** A row, whatever its fields. */
export interface KeyedItem {
  readonly $id: string
}

/** What an adapted collection is followed and written through: every collection is one. */
export interface AdaptedCollection<Item extends KeyedItem> {
  /** Says what a row is. */
  get(key: never): Promise<Item | undefined>
  find(): LiveSource<unknown>
  insertMany(rows: readonly never[]): Promise<unknown>
  updateMany(patches: readonly { readonly key: never; readonly patch: never }[]): Promise<unknown>
  deleteMany(keys: readonly never[]): Promise<unknown>
}

/**
 * A collection for TanStack DB: its rows are synced live, its optimistic mutations become durable working changes (one
 * step for each of its transactions). Keys are `$id`.
 *
 * @example
 * ```ts
 * import { createCollection } from '@tanstack/db'
 * import { espalierCollection } from 'espalier/tanstack-db'
 *
 * const units = createCollection(espalierCollection(db.collection('units')))
 * ```
 */
export function espalierCollection<Item extends KeyedItem>(
  collection: AdaptedCollection<Item>,
): CollectionConfig<Item, string> {
  return {
    // Mutations of one transaction are told apart by it: no two branches, commits or parents may share one.
    id: `espalier ${collection.find().key}`,
    getKey: ({ $id }) => $id,
    sync: {
      rowUpdateMode: 'full',
      sync: ({ begin, write, commit, markReady, markError }) => {
        let last: ReadonlyMap<string, Item> = new Map()
        return collection.find().subscribe(
          ({ rows }) => {
            const now = new Map((rows as readonly Item[]).map((row) => [row.$id, row])) // whole rows, as `get` gives them
            begin()
            for (const [key, row] of now) {
              const before = last.get(key)
              // An unchanged row is the same object.
              if (before !== row) write({ type: before ? 'update' : 'insert', value: row })
            }
            for (const [key, row] of last) if (!now.has(key)) write({ type: 'delete', value: row })
            commit()
            last = now
            markReady()
          },
          (error) => markError(error),
        )
      },
    },
    onInsert: async ({ transaction }) => {
      const rows = transaction.mutations.map(({ modified }) => insertable(modified))
      await collection.insertMany(rows as unknown as readonly never[]) // rows of this collection
    },
    onUpdate: async ({ transaction }) => {
      const patches = transaction.mutations.map(({ original, modified }) => ({
        key: modified.$id as never, // a key of this collection
        patch: patchBetween(original as Item, modified) as never, // the row before the mutation
      }))
      await collection.updateMany(patches)
    },
    onDelete: async ({ transaction }) => {
      const keys = transaction.mutations.map(({ original }) => (original as Item).$id)
      await collection.deleteMany(keys as unknown as readonly never[]) // keys of this collection
    },
  }
}

/** A row as an insert takes it: other `$` names belong to the library, or to TanStack DB. */
function insertable(row: KeyedItem): RecordValue & { readonly $id: string } {
  const given = Object.entries(row).filter(([name]) => name === '$id' || !name.startsWith('$'))
  return Object.fromEntries(given) as RecordValue & { readonly $id: string } // fields of JSON and the key
}

/** What became of a row's fields; undefined for those that are gone. */
function patchBetween(original: KeyedItem, modified: KeyedItem): Patch {
  const before = original as Row // rows of the collection
  const after = modified as Row
  const patch: Record<string, Patch[string]> = {}
  for (const name of Object.keys(before))
    if (!name.startsWith('$') && !Object.hasOwn(after, name)) patch[name] = undefined
  for (const name of Object.keys(after)) {
    if (!name.startsWith('$') && before[name] !== after[name]) patch[name] = after[name] as Patch[string]
  }
  return patch
}
