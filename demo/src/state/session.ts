import { signal } from '@preact/signals'
import { type Database, isEspalierError, open, type Progress } from '../../../src/index.ts'
import { describeFailure, type Failure } from '../lib/advice.ts'
import { repositoryName, withoutSecrets } from '../lib/secrets.ts'
import { askForCredentials, wasSignInDeclined, watchSignIn } from './auth.ts'
import { signingAuthor } from './author.ts'
import { refreshDatabases } from './local-databases.ts'
import { dismiss } from './notices.ts'
import { loadStartConfig } from './start-config.ts'

/** The open database and what it is called: `sample`, or its address without secrets. */
export interface Session {
  readonly repository: string
  readonly title: string
  readonly database: Database
  /** The opening that led here: events of another one are not this session's. */
  readonly opening: Opening
}

/** A repository that is being opened. */
export interface Opening {
  readonly repository: string
  readonly title: string
  cancel(): void
}

/** The open database. */
export const session = signal<Session | null>(null)
/** The repository on its way. */
export const opening = signal<Opening | null>(null)
/** Why the last opening failed. */
export const openFailure = signal<(Failure & { readonly repository: string }) | null>(null)
/** What the engine does right now; null when it is quiet. */
export const progress = signal<Progress | null>(null)

/**
 * Opens `sample` or an address. User info in the address goes to the engine only. Resolves to null when it failed
 * or was cancelled; `openFailure` says why.
 */
export async function openRepository(address: string, branch: string | null): Promise<Session | null> {
  await closeRepository()
  const repository = address === 'sample' ? address : withoutSecrets(address)
  const title = address === 'sample' ? 'Sample reference data' : repositoryName(repository)
  const abort = new AbortController()
  const mine: Opening = { repository, title, cancel: () => abort.abort() }
  opening.value = mine
  openFailure.value = null
  dismiss()
  watchSignIn()
  try {
    const bundle = address === 'sample' ? await fetchSample(abort.signal) : null
    const isCurrent = (): boolean => opening.value === mine || session.value?.opening === mine
    const database = await open(bundle?.url ?? address, {
      auth: askForCredentials,
      onProgress: (step) => {
        if (isCurrent()) progress.value = step
      },
      signal: abort.signal,
      ...(bundle?.bytes && { bundle: bundle.bytes }),
      ...(branch !== null && { branch }),
      author: signingAuthor(),
    })
    if (opening.value !== mine) {
      await database.close()
      return null
    }
    const opened: Session = { repository, title, database, opening: mine }
    session.value = opened
    return opened
  } catch (error) {
    const declined = wasSignInDeclined() && isEspalierError(error, 'remote/unauthorized')
    const cancelled = declined || abort.signal.aborted || isEspalierError(error, 'remote/aborted')
    if (opening.value === mine && !cancelled) openFailure.value = { ...describeFailure(error), repository }
    return null
  } finally {
    if (opening.value === mine) {
      opening.value = null
      progress.value = null
    }
  }
}

/** Closes the database, or stops opening it. Everything acknowledged stays in this browser. */
export async function closeRepository(): Promise<void> {
  opening.value?.cancel()
  opening.value = null
  progress.value = null
  const closing = session.value
  session.value = null
  if (closing === null) return
  await closing.database.close().catch(() => {})
  await refreshDatabases()
}

/** The sample's bytes; without them (offline, on a later visit) the copy in this browser is opened. */
async function fetchSample(signal: AbortSignal): Promise<{ url: string; bytes: Uint8Array | null }> {
  const { bundle: url } = await loadStartConfig()
  try {
    const response = await fetch(url, { signal })
    return { url, bytes: response.ok ? new Uint8Array(await response.arrayBuffer()) : null }
  } catch (error) {
    if (signal.aborted) throw error
    return { url, bytes: null }
  }
}
