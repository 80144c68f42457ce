import { EspalierError } from '../../src/protocol/errors.ts'
import { announceRefs, openInBrowser } from './browser-storage.ts'
import { type GitFace, withGit } from './git-face.ts'
import { lentStorage } from './lent-storage.ts'

export type { GitFace } from './git-face.ts'

/** What {@link git} needs of an open database; `open()` of every entry gives one. */
export interface GitDatabase {
  /** The local repository's name. */
  readonly repository: string
  settled(): Promise<void>
  refresh(): Promise<void>
  status(): Promise<{ readonly remote: { readonly url: string } }>
}

/**
 * Gives a callback the repository behind a database as a standard bare one, for isomorphic-git. It runs alone
 * among all writers of all tabs: read the database in it as you like, but write only through git. What the callback
 * writes stays in memory and becomes one durable transaction when it resolves; when it throws, nothing is kept.
 * Open branches have caught up when the promise resolves, their working changes carried over or in conflict.
 *
 * Files that a bare repository does not have (an index, FETCH_HEAD, hooks) are forgotten afterwards.
 *
 * Errors: what the callback throws, `git/object-missing` (a ref was set to a commit whose files nobody wrote),
 * `git/object-corrupt`, `git/object-type`, `git/pack-corrupt`, `git/bad-ref-name`, `storage/*`, `engine/closed`,
 * `client/unsupported`.
 *
 * @example
 * ```ts
 * import { open } from 'espalier'
 * import { git } from 'espalier/git'
 * import { log } from 'isomorphic-git'
 *
 * const db = await open('https://git.example.com/acme/reference-data.git')
 * const commits = await git(db, ({ fs, gitdir, cache }) => log({ fs, gitdir, cache, ref: 'main' }))
 * ```
 */
export async function git<T>(
  database: GitDatabase,
  work: (face: GitFace) => Promise<T>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { repository } = database
  await database.settled()
  const { remote } = await database.status()
  const lent = lentStorage(database)
  if (lent === undefined && typeof indexedDB === 'undefined') throw notHere()
  const host = lent ?? (await openInBrowser(repository))
  try {
    const { result, moved } = await withGit({ ...host, remoteUrl: remote.url }, work, options)
    if (moved.length > 0) {
      if (lent === undefined) announceRefs(repository, moved)
      // Everything is stored: what goes wrong here is seen by the next call on the database.
      await database.refresh().catch(() => {})
    }
    return result
  } finally {
    if (lent === undefined) await host.storage.close()
  }
}

function notHere(): EspalierError {
  return new EspalierError(
    'client/unsupported',
    "git() found no storage. In Node, give it the very object that open() of 'espalier/node' returned.",
  )
}
