import { signal } from '@preact/signals'
import type { Branch, Json, Patch, RecordValue, Row, WorkingChange } from '../../../src/index.ts'
import { dismiss, notify, notifyFailure } from './notices.ts'
import { loadedRows, refreshChanges, refreshRecords, refreshStatus, view } from './workspace.ts'

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
  await refreshAfterEdit()
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
  await refreshAfterEdit()
}

/** Adds a record. Throws what the engine says; the caller shows it in the form. */
export async function insertRecord(
  id: string,
  key: string,
  value: RecordValue,
  branch: Branch | null = view.value?.branch ?? null,
): Promise<void> {
  await write(branch, key, (open) => open.collection(id).insert({ ...value, $id: key }))
}

/** Deletes a record as it was seen, and offers to take that back. */
export async function deleteRecord(id: string, row: Row): Promise<boolean> {
  const branch = view.value?.branch ?? null
  try {
    await write(branch, row.$id, (open) => open.collection(id).delete(row.$id, { ifMatch: row.$rev }))
    notify({
      about: 'delete',
      tone: 'info',
      title: `${row.$id} was deleted`,
      text: 'It is gone for others once you commit and push.',
      // On the branch where it was, whatever is shown by then.
      action: { label: 'Undo', run: () => void restoreRecord(branch, id, row) },
    })
    return true
  } catch (error) {
    notifyFailure('delete', `Deleting ${row.$id} failed`, error)
    return false
  }
}

/** Brings a deleted record back as it was, edits that were not committed included. */
async function restoreRecord(branch: Branch | null, id: string, row: Row): Promise<void> {
  dismiss('delete')
  const fields = Object.entries(row).filter(([name]) => !name.startsWith('$'))
  try {
    await insertRecord(id, row.$id, Object.fromEntries(fields), branch)
  } catch (error) {
    notifyFailure('delete', `Bringing ${row.$id} back failed`, error)
  }
}

async function write<T>(
  branch: Branch | null,
  key: string,
  run: (branch: Branch) => Promise<T>,
): Promise<void> {
  if (branch === null) return
  saving.value += 1
  try {
    await run(branch)
  } finally {
    saving.value -= 1
    await Promise.all([refreshRecords([key]), refreshAfterEdit()])
  }
}

/** What must follow at once; rows and counts follow the engine's `changed` event. */
function refreshAfterEdit(): Promise<unknown> {
  return Promise.all([refreshChanges(), refreshStatus()])
}
