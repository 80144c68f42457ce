import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { session } from '../state/session.ts'
import { collection } from '../state/workspace.ts'
import { pickTitle } from '../lib/titles.ts'
import { AuthDialog } from './AuthDialog.tsx'
import { NewRecordDialog } from './NewRecordDialog.tsx'
import { Notices } from './Notices.tsx'
import { PeekDialog } from './PeekDialog.tsx'
import { StartView } from './StartView.tsx'
import { Workspace } from './Workspace.tsx'

effect(() => {
  const info = collection.value
  const parts = [
    info === null ? null : pickTitle(info.definition.titles, info.definition.id),
    session.value?.title,
    'Espalier playground',
  ]
  document.title = parts.filter((part) => part != null).join(' · ')
})

/** The whole page. */
export function App(): JSX.Element {
  return (
    <>
      {session.value === null ? <StartView /> : <Workspace session={session.value} />}
      <Notices />
      <AuthDialog />
      <PeekDialog />
      <NewRecordDialog />
    </>
  )
}
