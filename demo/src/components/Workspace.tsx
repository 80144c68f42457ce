import type { JSX } from 'preact'
import { pane } from '../state/layout.ts'
import type { Session } from '../state/session.ts'
import { CollectionList } from './CollectionList.tsx'
import { PaneBar } from './PaneBar.tsx'
import { ReadOnlyBanner } from './ReadOnlyBanner.tsx'
import { SidePanel } from './SidePanel.tsx'
import { TableView } from './TableView.tsx'
import { TopBar } from './TopBar.tsx'

/** An open database: collections, table, changes and history. */
export function Workspace({ session }: { readonly session: Session }): JSX.Element {
  return (
    <div class="workspace" data-pane={pane.value}>
      <TopBar session={session} />
      <ReadOnlyBanner />
      <div class="columns">
        <CollectionList />
        <TableView />
        <SidePanel />
      </div>
      <PaneBar />
    </div>
  )
}
