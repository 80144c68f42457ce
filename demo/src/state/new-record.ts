import { computed, signal } from '@preact/signals'
import type { Row } from '../../../src/index.ts'
import { deleteRecord } from './edits.ts'
import { selectCollection } from './navigation.ts'
import { rows, visibleRows } from './table.ts'
import { collection, collectionId, loadedRows, selectedKey, view } from './workspace.ts'

/** Whether the form for a new record is open. */
export const isAddingRecord = signal(false)

/** Whether records of the shown collection can be added and deleted. */
export const canEditRecords = computed(
  () =>
    view.value !== null &&
    view.value.branch !== null &&
    collection.value?.definition.readable.ok === true &&
    loadedRows.value?.collection === collectionId.value,
)

/** The record that `deleteSelected` would delete. */
export const selectedRow = computed<Row | null>(
  () => rows.value.find((row) => row.$id === selectedKey.value) ?? null,
)

let isDeleting = false

/** Deletes the selected record and goes on to its neighbour. */
export async function deleteSelected(): Promise<void> {
  const id = collectionId.value
  const row = selectedRow.value
  if (id === null || row === null || !canEditRecords.value || isDeleting) return
  const at = visibleRows.value.indexOf(row)
  const next = visibleRows.value[at + 1] ?? visibleRows.value[at - 1] ?? null
  isDeleting = true
  const isDone = await deleteRecord(id, row)
  isDeleting = false
  if (isDone && collectionId.value === id) await selectCollection(id, next?.$id ?? null)
}
