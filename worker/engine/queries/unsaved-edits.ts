import type { RowChange, Table } from '../../records/table.ts'
import type { Edit } from '../branches/journal.ts'
import type { TableRowMaker } from './table-rows.ts'

/** Rows that changed at once, by collection. */
export type TableBatch = ReadonlyMap<string, readonly RowChange[]>

/** Edits on their way to storage, as live queries see them already: rows of the tables with the status `saving`. */
export interface UnsavedEdits {
  readonly size: number
  has(collection: string): boolean
  /** Shows them in the tables. */
  show(edits: readonly Edit[]): TableBatch
  /** Takes them out again: they were not stored. */
  takeBack(): TableBatch
  /** They are stored: the tables are about to show them as such. */
  forget(): void
  /** Runs a read as if they were not there. */
  without<T>(read: () => T): T
}

export function createUnsavedEdits(
  tableOf: (collection: string) => { readonly table: Table; readonly makeRow: TableRowMaker } | undefined,
): UnsavedEdits {
  let shown: TableBatch = new Map()
  const apply = (side: 'before' | 'after'): void => {
    for (const [id, changes] of shown)
      tableOf(id)?.table.apply(changes.map((change) => ({ key: change.key, row: change[side] })))
  }
  return {
    get size() {
      return shown.size
    },
    has: (id) => shown.has(id),
    show: (edits) => {
      const batch = new Map<string, readonly RowChange[]>()
      for (const [id, own] of groupByCollection(edits)) {
        const entry = tableOf(id)
        const changes = entry?.table.apply(
          own.map(({ key, after }) => ({
            key,
            row: after ? entry.makeRow(key, after, 'saving') : undefined,
          })),
        )
        if (changes && changes.length > 0) batch.set(id, changes)
      }
      shown = batch
      return batch
    },
    takeBack: () => {
      const taken = Array.from(
        shown,
        ([id, changes]) =>
          [id, changes.map(({ key, before, after }) => ({ key, before: after, after: before }))] as const,
      )
      apply('before')
      shown = new Map()
      return new Map(taken)
    },
    forget: () => {
      shown = new Map()
    },
    without: (read) => {
      if (shown.size === 0) return read()
      apply('before')
      try {
        return read()
      } finally {
        apply('after')
      }
    },
  }
}

/** Things of records by collection, in their order. */
export function groupByCollection<T extends { readonly collection: string }>(
  things: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const thing of things) {
    const own = groups.get(thing.collection)
    if (own) own.push(thing)
    else groups.set(thing.collection, [thing])
  }
  return groups
}
