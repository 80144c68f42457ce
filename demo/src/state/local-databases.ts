import { signal } from '@preact/signals'
import { type DatabaseInfo, databases } from '../../../src/index.ts'
import { notify, notifyFailure } from './notices.ts'

/** The databases of this browser, opened last first; null until they have been listed. */
export const localDatabases = signal<readonly DatabaseInfo[] | null>(null)
/** How many there are beyond those that are shown. */
export const moreDatabases = signal(0)
/** The database that is to be deleted once it is confirmed, and what exists only here. */
export const confirmingDeletion = signal<{
  readonly database: DatabaseInfo
  readonly unpushed: number | null
  readonly workingChanges: number
} | null>(null)

const shownAtMost = 20

/** Lists them again. Where they cannot be listed, the page works without. */
export async function refreshDatabases(): Promise<void> {
  try {
    const { items, total } = await databases.list({ limit: shownAtMost })
    localDatabases.value = items
    moreDatabases.value = total - items.length
  } catch (error) {
    localDatabases.value ??= []
    notifyFailure('databases', 'The databases of this browser could not be listed', error)
  }
}

/** Moves a database into the trash; asks first where something exists only here. */
export async function deleteDatabase(database: DatabaseInfo, force = false): Promise<void> {
  confirmingDeletion.value = null
  const { id, name } = database
  const about = `database ${id}`
  try {
    const outcome = await databases.delete(id, { force })
    if (outcome.status === 'refused') {
      confirmingDeletion.value = { ...outcome, database }
    } else if (outcome.status === 'open') {
      notify({
        about,
        tone: 'warning',
        title: `${name} is open in another tab`,
        text: 'Close it there, then delete it.',
      })
    } else if (outcome.status === 'trashed') {
      notify({
        about,
        tone: 'info',
        title: `${name} was deleted`,
        text: `It can be brought back until ${outcome.expiresAt.toLocaleDateString()}.`,
        action: { label: 'Bring it back', run: () => void restoreDatabase(database) },
      })
    }
  } catch (error) {
    notifyFailure(about, `${name} could not be deleted`, error)
  }
  await refreshDatabases()
}

async function restoreDatabase({ id, name }: DatabaseInfo): Promise<void> {
  const about = `database ${id}`
  try {
    const { status } = await databases.trash.restore(id)
    notify(
      status === 'restored'
        ? { about, tone: 'good', title: `${name} is back`, text: 'With everything that it held.' }
        : { about, tone: 'warning', title: `${name} is gone`, text: 'It was deleted for good meanwhile.' },
    )
  } catch (error) {
    notifyFailure(about, `${name} could not be brought back`, error)
  }
  await refreshDatabases()
}
