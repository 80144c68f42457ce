import type { JSX } from 'preact'
import { type Pane, pane, showPane } from '../state/layout.ts'
import { changes } from '../state/workspace.ts'
import { Icon, type IconName } from './Icon.tsx'

const parts: readonly { readonly pane: Pane; readonly title: string; readonly icon: IconName }[] = [
  { pane: 'collections', title: 'Collections', icon: 'list' },
  { pane: 'table', title: 'Table', icon: 'table' },
  { pane: 'changes', title: 'Changes', icon: 'edit' },
  { pane: 'history', title: 'History', icon: 'clock' },
]

/** On a phone: which part of the page to show. */
export function PaneBar(): JSX.Element {
  return (
    <nav class="pane-bar" aria-label="Parts of the page">
      {parts.map((part) => (
        <button
          key={part.pane}
          type="button"
          aria-current={pane.value === part.pane ? 'page' : undefined}
          onClick={() => showPane(part.pane)}
        >
          <Icon name={part.icon} />
          {part.title}
          {part.pane === 'changes' && changes.value.length > 0 && (
            <span class="badge">{changes.value.length}</span>
          )}
        </button>
      ))}
    </nav>
  )
}
