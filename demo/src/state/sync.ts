import { signal } from '@preact/signals'
import type { Author, PullOutcome, PushOutcome } from '../../../src/index.ts'
import { isEspalierError } from '../../../src/index.ts'
import { plural, shortOid, subjectOf } from '../lib/format.ts'
import { wasSignInDeclined, watchSignIn } from './auth.ts'
import { online } from './layout.ts'
import { dismiss, type Notice, notify, notifyFailure } from './notices.ts'
import { progress, session } from './session.ts'
import { refreshBranches, refreshChanges, refreshLog, refreshStatus, status, view } from './workspace.ts'

/** What runs right now. */
export const busy = signal<'commit' | 'push' | 'pull' | 'backup' | null>(null)

let abort = new AbortController()

/** Stops a push or pull. */
export function cancelSync(): void {
  abort.abort()
}

/** Commits the working changes. True when it did. */
export function commit(message: string, author: Author): Promise<boolean> {
  return run('commit', async () => {
    const made = await view.value?.branch?.commit({ message, author })
    if (made === undefined) return
    notify({
      about: 'commit',
      tone: 'good',
      title: `Committed ${shortOid(made.oid)}`,
      text: `“${subjectOf(made.message)}” is saved in this browser. ${status.value?.remote.canPush === false ? 'Download a backup to take it along.' : 'Push it to share it.'}`,
    })
  })
}

/** Pushes the branch that is shown and says what came of it. */
export function push(): Promise<boolean> {
  return run('push', async () => {
    const outcome = await view.value?.branch?.push({ signal: abort.signal })
    if (outcome !== undefined) notify({ about: 'push', ...describePush(outcome) })
  })
}

/** Pulls the branch that is shown and says what came of it. */
export function pull(): Promise<boolean> {
  return run('pull', async () => {
    const outcome = await view.value?.branch?.pull({ signal: abort.signal })
    if (outcome !== undefined) notify({ about: 'pull', ...describePull(outcome) })
  })
}

/** Downloads the whole repository as a git bundle. */
export function downloadBackup(): Promise<boolean> {
  return run('backup', async () => {
    const open = session.value
    if (open === null) return
    const bytes = await open.database.exportBundle()
    // A fresh copy: the bytes may lie in memory of a kind that a Blob does not take.
    const address = URL.createObjectURL(
      new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' }),
    )
    const link = document.createElement('a')
    link.href = address
    link.download = `${open.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.bundle`
    link.click()
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
    notify({
      about: 'backup',
      tone: 'good',
      title: 'Backup downloaded',
      text: `Read it anywhere with: git clone ${link.download}`,
    })
  })
}

type Message = Omit<Notice, 'about'>

function describePush(outcome: PushOutcome): Message {
  switch (outcome.status) {
    case 'pushed':
      return {
        tone: 'good',
        title: `Pushed ${plural(outcome.commits, 'commit')}`,
        text: `The remote is now at ${shortOid(outcome.to)}.`,
      }
    case 'up-to-date':
      return { tone: 'info', title: 'Nothing to push', text: 'The remote has every commit of this branch.' }
    case 'diverged':
      return {
        tone: 'warning',
        title: 'Not pushed: the remote has newer commits',
        text: `${outcome.reason} Pull first. Your commits are safe here.`,
      }
    case 'refused':
      return {
        tone: 'warning',
        title: 'The host refused the push',
        text: `${outcome.reason} Your commits are safe here: ask for access, or push them from a new branch.`,
      }
  }
}

function describePull(outcome: PullOutcome): Message {
  switch (outcome.status) {
    case 'up-to-date':
      return { tone: 'info', title: 'Up to date', text: 'The remote has nothing new.' }
    case 'fast-forwarded':
      return {
        tone: 'good',
        title: `Pulled ${shortOid(outcome.from)} → ${shortOid(outcome.to)}`,
        text: `${plural(outcome.records.length, 'record')} changed.`,
      }
    case 'blocked':
      return {
        tone: 'warning',
        title: 'Not pulled: your changes touch the same records',
        text: 'Commit or discard these first, then pull again. Nothing was changed.',
        records: outcome.records,
      }
    case 'diverged':
      return {
        tone: 'warning',
        title: 'Not pulled: both sides have new commits',
        text: `Here ${plural(outcome.ahead, 'commit')}, there ${plural(outcome.behind, 'commit')}. Nothing was changed: create a branch to share yours, and merge the two with git.`,
      }
  }
}

type Task = NonNullable<typeof busy.value>

/** What went wrong, in the words of what the user did: their own “no” and a missing network are no failures. */
function reportFailure(what: Task, error: unknown): void {
  const name = capitalized(what)
  if (isEspalierError(error, 'remote/aborted'))
    notify({
      about: what,
      tone: 'info',
      title: `${name} stopped`,
      text: 'Nothing half-finished was kept.',
    })
  else if (isEspalierError(error, 'remote/unauthorized') && wasSignInDeclined())
    notify({
      about: what,
      tone: 'info',
      title: `${name} cancelled`,
      text: 'Nothing was sent. Your commits are safe here.',
    })
  else if (isEspalierError(error, 'remote/network') && !online.value)
    notify({
      about: what,
      tone: 'warning',
      title: `No ${what} while offline`,
      text: 'Your edits and commits are safe in this browser. Try again when the network is back.',
      code: error.code,
    })
  else notifyFailure(what, `The ${what} failed`, error)
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

async function run(what: Task, work: () => Promise<void>): Promise<boolean> {
  if (busy.value !== null) return false
  busy.value = what
  abort = new AbortController()
  dismiss()
  watchSignIn()
  try {
    await work()
    return true
  } catch (error) {
    reportFailure(what, error)
    return false
  } finally {
    busy.value = null
    progress.value = null
    // Rows and counts follow the engine's `changed` events.
    void Promise.all([refreshChanges(), refreshStatus(), refreshBranches(), refreshLog()])
  }
}
