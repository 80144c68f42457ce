import { signal } from '@preact/signals'
import type { Json, Patch, Row, WorkingChange } from '../../../src/index.ts'
import { notify, notifyFailure } from './notices.ts'
import {
  loadedRows,
  refreshChanges,
  refreshCollections,
  refreshRows,
  refreshStatus,
  view,
} from './workspace.ts'

/** How many edits are on their way to the disk. */
export const saving = signal(0)

/** Saves one cell; undefined removes the field. Throws what the engine says; the caller shows it at the cell. */
export async function saveCell(id: string, row: Row, field: string, value: Json | undefined): Promise<void> {
  const branch = view.value?.branch
  if (branch == null) return
  saving.value += 1
  try {
    const patch: Patch = Object.fromEntries([[field, value]])
    const saved = await branch.collection(id).update(row.$id, patch, { ifMatch: row.$rev })
    const loaded = loadedRows.value
    if (loaded !== null && loaded.collection === id && view.value?.branch === branch) {
      loadedRows.value = { ...loaded, rows: loaded.rows.map((one) => (one.$id === saved.$id ? saved : one)) }
    }
  } finally {
    saving.value -= 1
    void refreshAfterEdit()
  }
}

/** Takes changes back, all of them unless some are named. */
export async function discardChanges(some?: readonly WorkingChange[]): Promise<void> {
  try {
    await view.value?.branch?.discard(some?.map(({ collection, key }) => ({ collection, key })))
    const what =
      some === undefined ? 'All changes were discarded' : `The change of ${some[0]?.key} was discarded`
    notify({ about: 'discard', tone: 'info', title: what, text: 'The records are as in the last commit.' })
  } catch (error) {
    notifyFailure('discard', 'Discarding failed', error)
  }
  await Promise.all([refreshAfterEdit(), refreshRows()])
}

/** Settles a conflict by making this side's edit again, on top of what is there now. */
export async function keepMine(change: WorkingChange): Promise<void> {
  try {
    const records = view.value?.branch?.collection(change.collection)
    if (change.after !== undefined) await records?.update(change.key, change.after)
    else await records?.delete(change.key)
  } catch (error) {
    notifyFailure('conflict', 'Keeping your version failed', error)
  }
  await Promise.all([refreshAfterEdit(), refreshRows()])
}

function refreshAfterEdit(): Promise<unknown> {
  return Promise.all([refreshChanges(), refreshStatus(), refreshCollections()])
}
