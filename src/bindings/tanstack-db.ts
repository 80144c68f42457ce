import type { CollectionConfig } from '@tanstack/db'
import type { Patch, RecordValue, Row } from '../protocol/records.ts'
import type { LiveSource } from './query-store.ts'

/** What an adapted collection is followed and written through: every collection is one. */
export interface AdaptedCollection<Item extends Row> {
  readonly id: string
  find(): LiveSource<Item>
  insertMany(rows: readonly (RecordValue & { readonly $id: string })[]): Promise<unknown>
  updateMany(patches: readonly { readonly key: string; readonly patch: Patch }[]): Promise<unknown>
  deleteMany(keys: readonly string[]): Promise<unknown>
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
export function espalierCollection<Item extends Row>(
  collection: AdaptedCollection<Item>,
): CollectionConfig<Item, string> {
  return {
    id: `espalier ${collection.id}`,
    getKey: ({ $id }) => $id,
    sync: {
      rowUpdateMode: 'full',
      sync: ({ begin, write, commit, markReady, markError }) => {
        let last: ReadonlyMap<string, Item> = new Map()
        return collection.find().subscribe(
          ({ rows }) => {
            const now = new Map(rows.map((row) => [row.$id, row]))
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
      await collection.insertMany(transaction.mutations.map(({ modified }) => insertable(modified)))
    },
    onUpdate: async ({ transaction }) => {
      await collection.updateMany(
        transaction.mutations.map(({ original, modified }) => ({
          key: modified.$id,
          patch: patchBetween(original as Item, modified), // the row before the mutation
        })),
      )
    },
    onDelete: async ({ transaction }) => {
      await collection.deleteMany(transaction.mutations.map(({ original }) => (original as Item).$id))
    },
  }
}

/** A row as an insert takes it: other `$` names belong to the library. */
function insertable(row: Row): RecordValue & { readonly $id: string } {
  const { $rev: _rev, $status: _status, $parent: _parent, ...rest } = row
  return rest as RecordValue & { readonly $id: string } // fields of JSON and the key
}

/** What became of a row's fields; undefined for those that are gone. */
function patchBetween(before: Row, after: Row): Patch {
  const patch: Record<string, Patch[string]> = {}
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) patch[name] = undefined
  for (const name of Object.keys(after)) {
    if (!name.startsWith('$') && before[name] !== after[name]) patch[name] = after[name] as Patch[string]
  }
  return patch
}
