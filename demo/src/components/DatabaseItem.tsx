import type { JSX } from 'preact'
import type { DatabaseInfo, DatabaseState } from '../../../src/index.ts'
import { formatBytes, plural, timeAgo } from '../lib/format.ts'
import { readableAddress } from '../lib/secrets.ts'
import { deleteDatabase } from '../state/local-databases.ts'
import { openAt } from '../state/navigation.ts'
import { startConfig } from '../state/start-config.ts'
import { Icon } from './Icon.tsx'

/** What a state means to somebody who looks at the list; nothing where there is nothing to do. */
const words: { readonly [State in DatabaseState]: string } = {
  absent: 'Not here yet',
  cloning: 'Being cloned',
  indexing: 'Being stored',
  ready: '',
  syncing: 'Syncing',
  diverged: 'Diverged from its remote',
  conflicted: 'Conflicts wait',
  quota: 'No room left',
  corrupt: 'Damaged',
  evicted: 'Deleted by the browser',
}

/** One database: opens with a click, and can be deleted. */
export function DatabaseItem({ database }: { readonly database: DatabaseInfo }): JSX.Element {
  const { url, status } = database
  const isSample = url === startConfig.value.bundle
  const name = isSample ? 'Sample reference data' : database.name
  return (
    <li>
      <button type="button" class="database-open" onClick={() => void openAt(isSample ? 'sample' : url)}>
        <strong>{name}</strong>
        {words[status] !== '' && <em class={`database-state is-${status}`}>{words[status]}</em>}
        <span class="database-url">{readableAddress(url)}</span>
        <span class="database-facts">{factsOf(database).join(' · ')}</span>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={`Delete ${name} from this browser`}
        title="Delete from this browser"
        onClick={() => void deleteDatabase(database)}
      >
        <Icon name="trash" />
      </button>
    </li>
  )
}

function factsOf(database: DatabaseInfo): readonly string[] {
  const { sizeBytes, lastSyncAt, unpushedCommits, workingChanges } = database
  const facts = [formatBytes(sizeBytes)]
  if (lastSyncAt !== null) facts.push(`synced ${timeAgo(lastSyncAt.getTime() / 1000)}`)
  if (unpushedCommits === null || unpushedCommits > 0) facts.push(`${unpushedCommits ?? 'some'} unpushed`)
  if (workingChanges > 0) facts.push(plural(workingChanges, 'pending change'))
  return facts
}
