import type { JSX } from 'preact'
import { closeBranch, switchBranch } from '../state/navigation.ts'
import { session } from '../state/session.ts'
import { openBranches, view } from '../state/workspace.ts'
import { BranchPicker } from './BranchPicker.tsx'
import { Icon } from './Icon.tsx'

/** The branches that are open, and the picker for more. */
export function BranchTabs(): JSX.Element {
  const shown = view.value?.branchName
  const home = session.value?.database.branch
  return (
    <nav class="branches" aria-label="Branches">
      <ul>
        {[...openBranches.value.keys()].map((name) => (
          <li key={name} class={name === shown ? 'branch-tab is-current' : 'branch-tab'}>
            <button
              type="button"
              class="branch-name"
              aria-current={name === shown ? 'true' : undefined}
              onClick={() => void switchBranch(name)}
            >
              <Icon name="branch" />
              <span>{name}</span>
            </button>
            {name !== home && (
              <button
                type="button"
                class="branch-close"
                aria-label={`Close ${name}`}
                title="Close this branch here. It is not deleted."
                onClick={() => void closeBranch(name)}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      <BranchPicker />
    </nav>
  )
}
