import type { JSX } from 'preact'
import { plural } from '../lib/format.ts'
import { log, logLimit, refreshLog, status, view } from '../state/workspace.ts'
import { LogItem } from './LogItem.tsx'

/** The commits of the branch, newest first. */
export function LogPanel(): JSX.Element {
  const commits = log.value
  const shown = view.value
  if (commits === null) return <p class="empty">Reading the history…</p>
  const unpushed = shown?.commit === null ? (status.value?.unpushed ?? 0) : 0
  const more = (): void => {
    logLimit.value += 50
    void refreshLog()
  }
  return (
    <>
      <ol class="log" aria-label={`Commits of ${shown?.branchName ?? 'this branch'}`}>
        {commits.map((commit, index) => (
          <LogItem
            key={commit.oid}
            commit={commit}
            isTip={index === 0}
            isUnpushed={index < unpushed}
            isShown={shown?.commit === commit.oid || (shown?.commit === null && index === 0)}
          />
        ))}
      </ol>
      {commits.length >= logLimit.value && (
        <button type="button" class="button is-wide" onClick={more}>
          Show older commits
        </button>
      )}
      <p class="quiet">
        {plural(commits.length, 'commit')}
        {status.value?.history === 'loading' && ', older ones are on their way'}
      </p>
    </>
  )
}
