import type { FieldPath } from '../../src/protocol/query.ts'
import type { Row } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { compilePath, pathId } from './field-path.ts'
import { createHashIndex, type FollowingHashIndex, type HashIndex } from './hash-index.ts'
import { compareKeys } from './record-map.ts'
import type { RowChange, TableChange } from './row-change.ts'
import type { FollowingSearchIndex, SearchIndex, SearchIndexMaker } from './search-index.ts'
import { createSortedIndex, type FollowingSortedIndex, type SortedIndex } from './sorted-index.ts'
import { applyToSorted, compareRowKeys } from './sorted-rows.ts'

export type { RowChange, TableChange } from './row-change.ts'

/**
 * The rows of one collection as one handle sees them (a branch with its working changes, or a commit), with the
 * indexes that queries asked for. One thread owns it: `apply` changes it in place, between two queries. Rows are
 * never changed themselves, so whoever holds one keeps what it saw, and an unchanged row keeps its identity.
 */
export interface Table {
  /** Counts up with every `apply` that changed something. */
  readonly version: number
  readonly size: number
  get(key: string): Row | undefined
  /** In key order (code units). The list never changes: `apply` makes another one. */
  rows(): readonly Row[]
  /** Rows by the value at a path, built when first asked for and kept up to date after. */
  hashIndex(path: FieldPath): HashIndex
  /** Finds rows by an item of the lists at a path, as they are now. */
  itemIndex(path: FieldPath): (item: unknown) => Iterable<Row>
  /** Rows in the order of the values at a path (see `compareValues`), then of keys; built when first asked for. */
  sortedIndex(path: FieldPath, locale?: string): SortedIndex
  /** The full text of the rows, made by a plug-in when first asked for and kept up to date after. */
  searchIndex(make: SearchIndexMaker): SearchIndex
  /** Whether an index stands ready: a query that finds none may rather scan. */
  hasIndex(kind: 'hash' | 'sorted', path: FieldPath, locale?: string): boolean
  /** Changes the rows and every index. Answers those that really changed, in key order. */
  apply(changes: readonly TableChange[]): readonly RowChange[]
  /** A table of its own with these rows after changes, and no index yet. */
  copyWith(changes: readonly TableChange[]): Table
  /** Forgets the indexes (memory is released when idle). */
  dropIndexes(): void
}

/** So many indexes of a kind are kept, those that were asked for last. */
const maxIndexes = 32

/**
 * A table of rows, in any order; of two rows with one key the last one stands.
 *
 * @example
 * const table = createTable([{ $id: 'ie', $rev: '1', name: 'Ireland' }])
 * table.hashIndex(['name']).find('Ireland') // the row
 */
export function createTable(rows: Iterable<Row>): Table {
  const byKey = new Map<string, Row>()
  for (const row of rows) byKey.set(row.$id, row)
  return tableOf(byKey)
}

function tableOf(byKey: Map<string, Row>): Table {
  let ordered: Row[] | undefined
  /** Somebody holds `ordered`: changes go into a copy. */
  let shared = false
  let version = 0
  const hashIndexes = new Map<string, FollowingHashIndex>()
  const sortedIndexes = new Map<string, FollowingSortedIndex>()

  let searchIndex: FollowingSearchIndex | undefined

  const rowsInOrder = (): readonly Row[] => {
    ordered ??= inKeyOrder(byKey)
    shared = true
    return ordered
  }

  return {
    get version() {
      return version
    },
    get size() {
      return byKey.size
    },
    get: (key) => byKey.get(key),
    rows: rowsInOrder,
    hashIndex: (path) => recent(hashIndexes, pathId(path), () => createHashIndex(path, rowsInOrder)),
    itemIndex: (path) => {
      const byItem = rowsByItem(rowsInOrder(), path)
      return (item) => byItem.get(item) ?? []
    },
    sortedIndex: (path, locale) =>
      recent(sortedIndexes, sortedId(path, locale), () => createSortedIndex(path, locale, rowsInOrder)),
    searchIndex: (make) => (searchIndex ??= make(rowsInOrder)),
    hasIndex: (kind, path, locale) =>
      kind === 'hash' ? hashIndexes.has(pathId(path)) : sortedIndexes.has(sortedId(path, locale)),
    apply: (changes) => {
      const changed = changeRows(byKey, changes)
      if (changed.length === 0) return changed
      version++
      if (ordered !== undefined) {
        const before = ordered
        ordered = applyToSorted(before, changed, compareRowKeys, !shared)
        shared &&= ordered === before
      }
      for (const index of hashIndexes.values()) index.apply(changed)
      for (const index of sortedIndexes.values()) index.apply(changed)
      searchIndex?.apply(changed)
      return changed
    },
    copyWith: (changes) => {
      const copy = new Map(byKey)
      for (const { key, row } of changes) {
        if (row === undefined) copy.delete(key)
        else copy.set(key, row)
      }
      return tableOf(copy)
    },
    dropIndexes: () => {
      hashIndexes.clear()
      sortedIndexes.clear()
      searchIndex = undefined
    },
  }
}

function rowsByItem(rows: readonly Row[], path: FieldPath): ReadonlyMap<unknown, ReadonlySet<Row>> {
  const byItem = new Map<unknown, Set<Row>>()
  const read = compilePath(path)
  for (const row of rows) {
    const items = read(row)
    if (!Array.isArray(items)) continue
    for (const item of items) {
      const known = byItem.get(item)
      if (known === undefined) byItem.set(item, new Set([row]))
      else known.add(row)
    }
  }
  return byItem
}

function changeRows(byKey: Map<string, Row>, changes: readonly TableChange[]): readonly RowChange[] {
  const befores = new Map<string, Row | undefined>()
  for (const { key, row } of changes) {
    const now = byKey.get(key)
    if (now === undefined ? row === undefined : row !== undefined && isSame(now, row)) continue
    if (!befores.has(key)) befores.set(key, now)
    if (row === undefined) byKey.delete(key)
    else byKey.set(key, row)
  }
  const changed: RowChange[] = []
  for (const [key, before] of befores) {
    const after = byKey.get(key)
    if (before === after) continue
    // Changed and changed back: the row that everybody holds stays.
    if (before !== undefined && after !== undefined && isSame(before, after)) byKey.set(key, before)
    else changed.push({ key, before, after })
  }
  return changed.sort((a, b) => compareKeys(a.key, b.key))
}

/**
 * Whether rows show the same value that stands the same to the last commit. Revisions are made for rows that leave: of
 * one that has none the fields tell.
 */
function isSame(a: Row, b: Row): boolean {
  if (a === b) return true
  if ((a.$status ?? 'clean') !== (b.$status ?? 'clean')) return false
  let fields = 0
  for (const name of Object.keys(a)) {
    if (name === '$rev') continue
    if (!Object.hasOwn(b, name) || !equalValues(a[name], b[name])) return false
    fields++
  }
  const both = Object.hasOwn(b, '$rev')
  if (Object.keys(b).length - Number(both) !== fields) return false
  return !both || !Object.hasOwn(a, '$rev') || a.$rev === b.$rev
}

function inKeyOrder(byKey: ReadonlyMap<string, Row>): Row[] {
  const rows = [...byKey.values()]
  // Collections are read in key order: checking that is cheaper than sorting.
  for (let i = 1; i < rows.length; i++) {
    if (compareRowKeys(rows[i - 1] as Row, rows[i] as Row) > 0) return rows.sort(compareRowKeys) // i < length
  }
  return rows
}

function sortedId(path: FieldPath, locale: string | undefined): string {
  return locale === undefined ? pathId(path) : `${locale}\u0000${pathId(path)}`
}

/** The index of that name, made if need be; the one that was not asked for the longest goes. */
function recent<Index>(indexes: Map<string, Index>, id: string, make: () => Index): Index {
  const index = indexes.get(id) ?? make()
  indexes.delete(id)
  indexes.set(id, index)
  const [oldest] = indexes.keys()
  if (indexes.size > maxIndexes && oldest !== undefined) indexes.delete(oldest)
  return index
}
