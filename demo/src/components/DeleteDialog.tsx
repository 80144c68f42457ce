import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { plural } from '../lib/format.ts'
import { readableAddress } from '../lib/secrets.ts'
import { confirmingDeletion, deleteDatabase } from '../state/local-databases.ts'

/** Asks before something is deleted that exists only in this browser. */
export function DeleteDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const asked = confirmingDeletion.value

  useEffect(() => {
    if (asked !== null && dialog.current?.open === false) dialog.current.showModal()
    if (asked === null) dialog.current?.close()
  }, [asked])

  const cancel = (): void => {
    confirmingDeletion.value = null
  }
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="delete-title"
      aria-describedby="delete-reason"
      onCancel={cancel}
    >
      {asked !== null && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void deleteDatabase(asked.database, true)
          }}
        >
          <header class="dialog-head">
            <h2 id="delete-title">Delete {asked.database.name}?</h2>
          </header>
          <p class="auth-url">{readableAddress(asked.database.url)}</p>
          <p id="delete-reason">
            {lossOf(asked)} only in this browser. It stays restorable for 30 days; after that it is gone.
          </p>
          <footer class="dialog-foot">
            <button type="button" class="button" onClick={cancel}>
              Keep it
            </button>
            <button type="submit" class="button is-primary">
              Delete
            </button>
          </footer>
        </form>
      )}
    </dialog>
  )
}

function lossOf(asked: { readonly unpushed: number | null; readonly workingChanges: number }): string {
  const parts: string[] = []
  if (asked.unpushed === null) parts.push('Perhaps commits')
  else if (asked.unpushed > 0) parts.push(plural(asked.unpushed, 'commit'))
  if (asked.workingChanges > 0) parts.push(plural(asked.workingChanges, 'pending change'))
  const one = parts.length === 1 && (asked.unpushed === 1 || asked.workingChanges === 1)
  return `${parts.join(' and ')} ${one ? 'exists' : 'exist'}`
}
