import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { plural } from '../lib/format.ts'
import { discardChanges } from '../state/edits.ts'
import { changes, view } from '../state/workspace.ts'
import { ChangeItem } from './ChangeItem.tsx'
import { CommitBox } from './CommitBox.tsx'

const shownAtMost = 100

/** What a commit would hold. */
export function ChangesPanel(): JSX.Element {
  const [asking, setAsking] = useState(false)
  const all = changes.value
  if (view.value !== null && view.value.branch === null)
    return (
      <p class="empty">
        A commit of the past has no pending changes. Go back to {view.value.branchName} to edit.
      </p>
    )
  if (all.length === 0) {
    return (
      <div class="empty">
        <p>
          <strong>No pending changes</strong>
        </p>
        <p>
          Edit a cell (press Enter on it, or double-click), or add and delete records. Every change is saved
          in this browser at once, and waits here for your commit.
        </p>
      </div>
    )
  }
  return (
    <>
      <div class="changes-head">
        <h2>{plural(all.length, 'pending change')}</h2>
        {asking ? (
          <span class="confirm">
            <button
              type="button"
              class="link-button is-danger"
              onClick={() => {
                setAsking(false)
                void discardChanges()
              }}
            >
              Discard {all.length}
            </button>
            <button type="button" class="link-button" onClick={() => setAsking(false)}>
              Keep
            </button>
          </span>
        ) : (
          <button type="button" class="link-button" onClick={() => setAsking(true)}>
            Discard all
          </button>
        )}
      </div>
      <ul class="changes">
        {all.slice(0, shownAtMost).map((change) => (
          <ChangeItem key={`${change.collection}\n${change.key}`} change={change} />
        ))}
      </ul>
      {all.length > shownAtMost && <p class="quiet">and {plural(all.length - shownAtMost, 'more record')}</p>}
      <CommitBox />
    </>
  )
}
