import type { JSX } from 'preact'
import type { Issue } from '../../../src/index.ts'
import { plural } from '../lib/format.ts'

/** Record files that cannot be read, folded away. */
export function Problems({ problems }: { readonly problems: readonly Issue[] }): JSX.Element | null {
  if (problems.length === 0) return null
  return (
    <details class="issues is-inline">
      <summary>{plural(problems.length, 'record file')} cannot be read</summary>
      <ul>
        {problems.map((problem) => (
          <li key={problem.file + problem.key}>
            <code>{problem.file}</code> {problem.message} <code class="code">{problem.code}</code>
          </li>
        ))}
      </ul>
    </details>
  )
}
