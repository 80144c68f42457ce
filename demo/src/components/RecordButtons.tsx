import type { JSX } from 'preact'
import { canEditRecords, deleteSelected, isAddingRecord, selectedRow } from '../state/new-record.ts'
import { Icon } from './Icon.tsx'

/** Adds a record, or deletes the selected one. Both wait among the changes like any edit. */
export function RecordButtons(): JSX.Element | null {
  if (!canEditRecords.value) return null
  const row = selectedRow.value
  return (
    <>
      <button
        type="button"
        class="button"
        aria-keyshortcuts="Insert"
        title="Add a record (Insert)"
        onClick={() => (isAddingRecord.value = true)}
      >
        <Icon name="plus" />
        New record
      </button>
      <button
        type="button"
        class="icon-button"
        disabled={row === null}
        aria-label={row === null ? 'Delete the selected record' : `Delete the record ${row.$id}`}
        aria-keyshortcuts="Delete"
        title={
          row === null ? 'Select a record to delete it' : `Delete the record ${row.$id} (Delete on its key)`
        }
        onClick={() => void deleteSelected()}
      >
        <Icon name="trash" />
      </button>
    </>
  )
}
