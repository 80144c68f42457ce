import type { JSX } from 'preact'
import { plural } from '../lib/format.ts'
import { groupByNamespace } from '../lib/namespaces.ts'
import { collections, definitionIssues } from '../state/workspace.ts'
import { CollectionLink } from './CollectionLink.tsx'

/** Every collection, grouped by namespace. */
export function CollectionList(): JSX.Element {
  const found = collections.value
  const groups = groupByNamespace(found ?? [])
  const rest = groups.length > 1 ? 'Other' : 'Collections'
  const issues = definitionIssues.value
  return (
    <nav class="collections" aria-label="Collections">
      {found === null && <p class="quiet">Reading…</p>}
      {found?.length === 0 && <p class="quiet">This database has no collections.</p>}
      {groups.map(({ namespace, members }) => (
        <section key={namespace} aria-label={namespace || rest}>
          <h2 class="namespace">{namespace || rest}</h2>
          <ul>
            {members.map((info) => (
              <CollectionLink key={info.definition.id} info={info} />
            ))}
          </ul>
        </section>
      ))}
      {issues.length > 0 && (
        <details class="issues">
          <summary>{plural(issues.length, 'remark')} on the definitions</summary>
          <ul>
            {issues.map((issue) => (
              <li key={issue.file + issue.message}>
                <code>{issue.file}</code> {issue.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </nav>
  )
}
