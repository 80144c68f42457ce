import { computed, effect, signal } from '@preact/signals'
import type { Json, Row } from '../../../src/index.ts'
import { tableColumns, type TableColumn } from '../lib/columns.ts'
import { compact, fieldOf } from '../lib/json.ts'
import { collection, collectionId, loadedRows, selectedKey, view } from './workspace.ts'

/** Rows on one page of the table. */
export const pageSize = 50

/** The column that the rows are sorted by. `$id` is the key. */
export interface Sorting {
  readonly column: string
  readonly direction: 'ascending' | 'descending'
}

export const filter = signal('')
export const sorting = signal<Sorting>({ column: '$id', direction: 'ascending' })
export const page = signal(0)
/** The cell that is edited. */
export const editing = signal<{ readonly key: string; readonly column: string } | null>(null)

export const rows = computed<readonly Row[]>(() => {
  const loaded = loadedRows.value
  return loaded !== null &&
    loaded.collection === collectionId.value &&
    loaded.snapshot === view.value?.snapshot
    ? loaded.rows
    : []
})

export const columns = computed<readonly TableColumn[]>(() =>
  collection.value === null ? [] : tableColumns(collection.value.definition, rows.value),
)

const filtered = computed(() => {
  const wanted = filter.value.trim().toLowerCase()
  if (wanted === '') return rows.value
  return rows.value.filter((row) => searchText(row).includes(wanted))
})

/** Every row that passes the filter, in order. */
export const visibleRows = computed<readonly Row[]>(() => {
  const { column, direction } = sorting.value
  const sign = direction === 'ascending' ? 1 : -1
  const valueOf = (row: Row): Json | undefined => (column === '$id' ? row.$id : fieldOf(row, column))
  return filtered.value.toSorted((a, b) => compare(valueOf(a), valueOf(b), sign))
})

export const pageCount = computed(() => Math.max(1, Math.ceil(visibleRows.value.length / pageSize)))
/** The page that is shown: one that exists, whatever the filter left over. */
export const shownPage = computed(() => Math.min(page.value, pageCount.value - 1))
export const pageRows = computed(() =>
  visibleRows.value.slice(shownPage.value * pageSize, (shownPage.value + 1) * pageSize),
)

// Another collection starts at the top, unfiltered.
effect(() => {
  void collectionId.value
  filter.value = ''
  sorting.value = { column: '$id', direction: 'ascending' }
  page.value = 0
  editing.value = null
})

/** Sorts by a column; a second time turns the order round. */
export function sortBy(column: string): void {
  const { column: before, direction } = sorting.value
  const turned = before === column && direction === 'ascending'
  sorting.value = { column, direction: turned ? 'descending' : 'ascending' }
  page.value = 0
}

/** Turns to the page that holds the selected record; null when no row has its key. */
export function revealSelected(): number | null {
  const key = selectedKey.value
  const index = () => visibleRows.value.findIndex((row) => row.$id === key)
  if (index() < 0 && filter.value !== '') filter.value = ''
  const found = index()
  if (found < 0) return null
  page.value = Math.floor(found / pageSize)
  return found % pageSize
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function compare(a: Json | undefined, b: Json | undefined, sign: number): number {
  const [emptyA, emptyB] = [a === undefined || a === null, b === undefined || b === null]
  // What has no value stays last in both directions.
  if (emptyA || emptyB) return Number(emptyA) - Number(emptyB)
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
  return sign * collator.compare(compact(a as Json), compact(b as Json)) // neither is empty: the line above
}

const texts = new WeakMap<Row, string>()

function searchText(row: Row): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = Object.entries(row)
    .filter(([name]) => name !== '$rev')
    .map(([, value]) => compact(value))
    .join('\n')
    .toLowerCase()
  texts.set(row, text)
  return text
}
