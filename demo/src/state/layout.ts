import { signal } from '@preact/signals'

/** The parts of the page; a phone shows one at a time. */
export type Pane = 'collections' | 'table' | 'changes' | 'history'

/** The part that a phone shows; `changes` and `history` are the tabs of the side panel elsewhere. */
export const pane = signal<Pane>('table')
/** The tab of the side panel. */
export const sideTab = signal<'changes' | 'history'>('changes')
/** Whether the browser says that there is a network. */
export const online = signal(navigator.onLine)

addEventListener('online', () => (online.value = true))
addEventListener('offline', () => (online.value = false))

/** Shows a part of the page. */
export function showPane(next: Pane): void {
  pane.value = next
  if (next === 'changes' || next === 'history') sideTab.value = next
}
