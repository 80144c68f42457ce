import type { JSX } from 'preact'
import { phaseName } from '../lib/phases.ts'
import { progress } from '../state/session.ts'
import { busy, cancelSync, pull, push } from '../state/sync.ts'
import { status, view } from '../state/workspace.ts'
import { Icon } from './Icon.tsx'

/** Pull and push for the branch that is shown. */
export function SyncButtons(): JSX.Element {
  const isBranch = view.value !== null && view.value.branch !== null
  const { unpushed = null, behind = null, remote } = status.value ?? {}
  const running = busy.value === 'push' || busy.value === 'pull' ? busy.value : null
  if (running !== null) {
    return (
      <div class="sync">
        <span class="sync-state" role="status">
          {progress.value === null ? (running === 'push' ? 'Pushing' : 'Pulling') : phaseName(progress.value)}
          …
        </span>
        <button type="button" class="button" onClick={cancelSync}>
          Stop
        </button>
      </div>
    )
  }
  const canPush = isBranch && remote?.canPush === true
  return (
    <div class="sync">
      <button
        type="button"
        class="button"
        disabled={!isBranch}
        aria-label={behind ? `Pull ${behind}` : 'Pull'}
        title="Fetch what is new on the remote"
        onClick={() => void pull()}
      >
        <Icon name="pull" />
        <span class="button-text">Pull</span>
        {behind !== null && behind > 0 && <span class="badge">{behind}</span>}
      </button>
      <button
        type="button"
        class={canPush && unpushed ? 'button is-primary' : 'button'}
        disabled={!canPush}
        aria-label={unpushed ? `Push ${unpushed}` : 'Push'}
        title={canPush ? 'Send your commits to the remote' : 'There is no remote to push to from here'}
        onClick={() => void push()}
      >
        <Icon name="push" />
        <span class="button-text">Push</span>
        {unpushed !== null && unpushed > 0 && <span class="badge">{unpushed}</span>}
      </button>
    </div>
  )
}
