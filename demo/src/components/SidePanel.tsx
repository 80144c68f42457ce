import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { showPane, sideTab } from '../state/layout.ts'
import { changes } from '../state/workspace.ts'
import { ChangesPanel } from './ChangesPanel.tsx'
import { LogPanel } from './LogPanel.tsx'

const tabs = ['changes', 'history'] as const

/** The pending changes and the history. */
export function SidePanel(): JSX.Element {
  const list = useRef<HTMLDivElement>(null)
  const current = sideTab.value
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    const next = current === 'changes' ? 'history' : 'changes'
    showPane(next)
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
  }
  return (
    <aside class="side" aria-label="Changes and history">
      <div class="tabs" role="tablist" aria-label="Changes and history" ref={list} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            aria-selected={current === tab}
            aria-controls="side-panel"
            tabIndex={current === tab ? 0 : -1}
            onClick={() => showPane(tab)}
          >
            {tab === 'changes' ? 'Changes' : 'History'}
            {tab === 'changes' && changes.value.length > 0 && (
              <span class="badge">{changes.value.length}</span>
            )}
          </button>
        ))}
      </div>
      <div class="side-panel" role="tabpanel" id="side-panel" aria-labelledby={`tab-${current}`}>
        {current === 'changes' ? <ChangesPanel /> : <LogPanel />}
      </div>
    </aside>
  )
}
