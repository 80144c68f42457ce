import type { JSX } from 'preact'
import { readableAddress } from '../lib/secrets.ts'
import { leave } from '../state/navigation.ts'
import type { Session } from '../state/session.ts'
import { busy, downloadBackup } from '../state/sync.ts'
import { BranchTabs } from './BranchTabs.tsx'
import { Icon } from './Icon.tsx'
import { Logo } from './Logo.tsx'
import { StatusPill } from './StatusPill.tsx'
import { SyncButtons } from './SyncButtons.tsx'

/** The repository, its open branches, its state and what can be done with it. */
export function TopBar({ session }: { readonly session: Session }): JSX.Element {
  const address =
    session.repository === 'sample' ? 'Comes with this page' : readableAddress(session.repository)
  return (
    <header class="topbar">
      <button
        type="button"
        class="home"
        aria-label="Espalier: back to the start page"
        title="Back to the start page"
        onClick={() => void leave()}
      >
        <Logo />
      </button>
      <div class="repository">
        <h1>{session.title}</h1>
        <p title={address}>{address}</p>
      </div>
      <BranchTabs />
      <div class="topbar-end">
        <StatusPill />
        <SyncButtons />
        <button
          type="button"
          class="icon-button"
          aria-label="Download a backup bundle"
          title="Download a backup bundle: the whole repository in one file that git can clone"
          aria-disabled={busy.value !== null}
          onClick={() => void downloadBackup()}
        >
          <Icon name="download" />
        </button>
      </div>
    </header>
  )
}
