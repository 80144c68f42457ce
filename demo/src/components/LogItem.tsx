import type { JSX } from 'preact'
import type { CommitInfo } from '../../../src/index.ts'
import { fullTime, shortOid, subjectOf, timeAgo } from '../lib/format.ts'
import { showPane } from '../state/layout.ts'
import { switchBranch, viewCommit } from '../state/navigation.ts'
import { view } from '../state/workspace.ts'

/** One commit. A click shows the database as it was then; the newest leads back to the branch. */
export function LogItem(props: {
  readonly commit: CommitInfo
  readonly isTip: boolean
  readonly isUnpushed: boolean
  readonly isShown: boolean
}): JSX.Element {
  const { oid, message, author, committer, parents } = props.commit
  const open = (): void => {
    showPane('table')
    if (props.isTip) void switchBranch(view.value?.branchName ?? '')
    else void viewCommit(oid)
  }
  return (
    <li class={props.isShown ? 'log-item is-shown' : 'log-item'}>
      <button type="button" aria-current={props.isShown ? 'true' : undefined} onClick={open}>
        <span class="log-subject">{subjectOf(message)}</span>
        <span class="log-meta">
          <span>{author.name}</span>
          <time
            dateTime={new Date(committer.timestampSeconds * 1000).toISOString()}
            title={fullTime(committer.timestampSeconds)}
          >
            {timeAgo(committer.timestampSeconds)}
          </time>
          <code>{shortOid(oid)}</code>
          {parents.length > 1 && <span class="tag">merge</span>}
          {props.isUnpushed && <span class="tag is-accent">not pushed</span>}
          {props.isShown && !props.isTip && <span class="tag">shown</span>}
        </span>
      </button>
    </li>
  )
}
