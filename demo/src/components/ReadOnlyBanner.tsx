import type { JSX } from 'preact'
import { fullTime, shortOid, subjectOf } from '../lib/format.ts'
import { switchBranch } from '../state/navigation.ts'
import { log, view } from '../state/workspace.ts'
import { Icon } from './Icon.tsx'

/** Says that the page shows the past, and leads back. */
export function ReadOnlyBanner(): JSX.Element | null {
  const shown = view.value
  if (shown === null || shown.commit === null) return null
  const commit = log.value?.find((one) => one.oid === shown.commit)
  return (
    <div class="banner" role="region" aria-label="Read-only view of a commit">
      <Icon name="clock" />
      <p>
        <strong>You are looking at the past.</strong> Commit <code>{shortOid(shown.commit)}</code>
        {commit !== undefined &&
          ` “${subjectOf(commit.message)}”, ${fullTime(commit.committer.timestampSeconds)}`}
        . Nothing here can be edited.
      </p>
      <button type="button" class="button" onClick={() => void switchBranch(shown.branchName)}>
        <Icon name="back" />
        Back to {shown.branchName}
      </button>
    </div>
  )
}
