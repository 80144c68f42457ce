import type { JSX } from 'preact'
import type { Status } from '../../../src/index.ts'
import { plural } from '../lib/format.ts'
import { fraction, phaseName } from '../lib/phases.ts'
import { saving } from '../state/edits.ts'
import { online } from '../state/layout.ts'
import { progress } from '../state/session.ts'
import { status } from '../state/workspace.ts'
import { Icon, type IconName } from './Icon.tsx'
import { Popover } from './Popover.tsx'

interface Fact {
  readonly icon: IconName
  readonly text: string
  readonly detail: string
}

/** The state of the data in one line; the details unfold. */
export function StatusPill(): JSX.Element | null {
  const now = status.value
  if (now === null) return null
  const facts = factsOf(now)
  return (
    <Popover
      label="State of the data"
      buttonClass="pill"
      face={facts
        .filter((fact) => fact.text !== '')
        .slice(0, 3)
        .map((fact) => (
          <span key={fact.text} class="pill-part">
            <Icon name={fact.icon} />
            {fact.text}
          </span>
        ))}
    >
      {() => (
        <>
          <h2 class="popover-title">State of the data</h2>
          <ul class="facts">
            {facts.map((fact) => (
              <li key={fact.detail}>
                <Icon name={fact.icon} />
                <span>{fact.detail}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Popover>
  )
}

function factsOf(now: Status): readonly Fact[] {
  const facts: Fact[] = []
  const add = (icon: IconName, text: string, detail: string): void => void facts.push({ icon, text, detail })
  const isSaved = now.durable && saving.value === 0
  if (isSaved) add('check', 'Saved', 'Everything is saved in this browser.')
  else add('clock', 'Saving…', 'Being saved in this browser right now.')
  if (!online.value)
    add('offline', 'Offline', 'There is no network. Edits and commits work; push when it is back.')
  if (now.readOnly) add('lock', 'Read-only', 'This is one commit of the past. It cannot be edited.')
  if (now.unpushed !== null && now.unpushed > 0) {
    const there = now.remote.canPush
      ? 'are only in this browser: push them.'
      : 'are only in this browser: keep a backup bundle.'
    add('push', `${now.unpushed} unpushed`, `${plural(now.unpushed, 'commit')} ${there}`)
  }
  if (now.behind !== null && now.behind > 0)
    add(
      'pull',
      `${now.behind} behind`,
      `The remote has ${plural(now.behind, 'commit')} that this branch lacks: pull.`,
    )
  if (now.history === 'loading') {
    const done = fraction(progress.value?.phase === 'history' ? progress.value : null)
    const percent = done === undefined ? '' : ` ${Math.floor(done * 100)} %`
    add('clock', `History${percent}…`, `${phaseName({ phase: 'history', loaded: 0 })} in the background.`)
  }
  if (now.history === 'tip') add('clock', '', 'Only the newest commit was fetched.')
  if (!now.remote.canPush)
    add(
      'lock',
      now.readOnly ? '' : 'No remote to push to',
      'This source is read-only: commits stay in this browser.',
    )
  if (now.persisted === false)
    add('info', '', 'The browser may clear this data when space is short. Push, or keep a backup.')
  for (const warning of now.warnings) add('warning', '', warning)
  return facts
}
