import LightningFS from '@isomorphic-git/lightning-fs'
import { createObjectStore } from '../git/packs/object-store.ts'
import type { RepositoryLock } from '../storage/lock.ts'
import type { Storage } from '../storage/storage.ts'
import { createLightningBackend } from './lightning-backend.ts'
import { gitdir, repositoryFiles } from './repository-files.ts'
import { storeChanges } from './store-changes.ts'

/** What a callback gets: pass all three to isomorphic-git's functions. */
export interface GitFace {
  readonly fs: LightningFS
  readonly gitdir: string
  readonly cache: object
}

/** The repository behind the face. */
export interface GitFaceHost {
  readonly storage: Storage
  readonly lock: RepositoryLock
  /** The address of the remote `origin` in a configuration that nobody has written yet. Holds no secret. */
  readonly remoteUrl?: string
}

/** What became of a callback: its result, and the refs that it moved. */
export interface GitFaceOutcome<T> {
  readonly result: T
  readonly moved: readonly string[]
}

/**
 * Gives a callback the repository as a standard bare one, for isomorphic-git. It holds the writer lock; what the
 * callback writes stays in memory and is stored as one transaction when it resolves, not at all when it throws.
 * Throws what the callback throws, and what {@link storeChanges} throws.
 */
export function withGit<T>(
  { storage, lock, remoteUrl }: GitFaceHost,
  work: (face: GitFace) => Promise<T>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<GitFaceOutcome<T>> {
  return lock.exclusive(async () => {
    const state = await storage.readState()
    // Its own view of the objects: what the callback writes must not count as there for anybody else.
    const store = await createObjectStore(storage, state)
    const files = repositoryFiles(state, store, remoteUrl)
    // Its types do not know the option that its README documents.
    const face = { backend: createLightningBackend(files) } as unknown as LightningFS.Options
    const result = await work({ fs: new LightningFS('espalier', face), gitdir, cache: {} })
    const moved = await storeChanges({ storage, store, state }, files)
    return { result, moved }
  }, options)
}
