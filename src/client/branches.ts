import type {
  BranchInfo,
  DeletedRemoteTag,
  DeleteBranchOutcome,
  LostRef,
  RecoveredRef,
  PushedTag,
  TagInfo,
  TagOptions,
} from '../protocol/branches.ts'
import type { HandleId } from '../protocol/engine.ts'
import type { Revision } from '../protocol/records.ts'
import type { AnySchema, Untyped } from '../types/collection-types.ts'
import { abortable } from './abort.ts'
import type { Connection } from './connection.ts'
import type { Branch } from './database.ts'

/** The branches of a database. Each is opened as a handle of its own: nothing is checked out. */
export interface Branches<Schema extends AnySchema = Untyped> {
  /**
   * Every branch, here or on the remote as last fetched, with its last commit, how far it is from the remote's branch,
   * and from the default branch or `against` (a branch, tag or commit).
   *
   * Errors: `git/ref-missing`.
   *
   * @example
   * ```ts
   * for (const { name, base } of await db.branches.list({ against: 'main' }))
   *   console.log(`${name}: ${base?.ahead} ahead, ${base?.behind} behind`)
   * ```
   */
  list(options?: { readonly against?: string }): Promise<readonly BranchInfo[]>
  /**
   * Creates a branch from another branch, tag, commit or point in time (default: this one) and opens it.
   *
   * Errors: `git/ref-exists`, `git/ref-missing`, `git/bad-ref-name`, `engine/bad-argument`.
   *
   * @example
   * ```ts
   * const draft = await db.branches.create('draft', { from: 'main' })
   * await draft.collection('units').update('foot', { factor: 0.305 })
   * ```
   */
  create(name: string, options?: { readonly from?: Revision }): Promise<Branch<Schema>>
  /** Opens a branch; one that only the remote has becomes local. Errors: `git/ref-missing`. */
  open(name: string): Promise<Branch<Schema>>
  /**
   * Gives a local branch another name. Working changes and the reflog go with it, and so do open handles, those of
   * other tabs too; their `branch` still says the name that they were opened by, `status()` that of now. The remote
   * keeps the old name: a push makes a branch of the new name there.
   *
   * Errors: `git/ref-missing`, `git/ref-exists`, `git/bad-ref-name`, `git/branch-protected`.
   *
   * @example
   * ```ts
   * const draft = await db.branches.create('draft')
   * await db.branches.rename('draft', 'review/units')
   * console.log((await draft.status()).branch)
   * ```
   */
  rename(from: string, to: string): Promise<void>
  /**
   * Deletes a local branch. Refused, as data, while that could lose something; `force` deletes it all the same, with
   * its working changes. Its commits can be found again with `recover()` for at least 90 days.
   *
   * Errors: `git/ref-missing`, `git/branch-protected`.
   *
   * @example
   * ```ts
   * const draft = await db.branches.create('draft')
   * await draft.collection('units').update('foot', { factor: 0.305 })
   * const outcome = await db.branches.delete('draft')
   * if (outcome.status === 'refused') console.log(outcome.reasons, outcome.workingChanges)
   * ```
   */
  delete(name: string, options?: { readonly force?: boolean }): Promise<DeleteBranchOutcome>
  /**
   * Protects a local branch, in this store only: it takes nothing but what `pull` brings. Writes, commits, renaming and
   * deleting fail with `git/branch-protected` until `protect(name, false)`.
   *
   * Errors: `git/ref-missing`.
   *
   * @example
   * ```ts
   * await db.branches.protect('main', true)
   * const draft = await db.branches.create('draft')
   * await draft.collection('units').update('foot', { factor: 0.305 })
   * ```
   */
  protect(name: string, on: boolean): Promise<void>
}

/** The tags of this store: those of the remote, as far as its history was fetched, and those made here. */
export interface Tags {
  /** Every tag, by name. */
  list(): Promise<readonly TagInfo[]>
  /**
   * Tags a commit: with a `message` by an annotated tag, without one by a lightweight one.
   *
   * Errors: `git/ref-exists`, `git/ref-missing`, `git/bad-ref-name`.
   *
   * @example
   * ```ts
   * await db.tags.create('v1', { message: 'As published' })
   * const published = await db.at('v1')
   * ```
   */
  create(name: string, options?: TagOptions): Promise<TagInfo>
  /** False: there is none of this name. What was tagged can be found again with `recover()` for at least 90 days. */
  delete(name: string): Promise<boolean>
  /**
   * Sends tags to the remote, with the commits that they need: one, several, or all unless named. A tag that the remote
   * has is never moved: another one of that name, or one that the host refuses, is told as data, and the others are sent.
   *
   * Errors: `git/ref-missing`, `remote/*`; `remote/aborted` when `signal` aborts, which undoes nothing that has arrived.
   *
   * @example
   * ```ts
   * await db.tags.create('v1', { message: 'As published' })
   * for (const { name, status } of await db.tags.push('v1')) console.log(name, status)
   * ```
   */
  push(
    names?: string | readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly PushedTag[]>
  /**
   * Deletes tags on the remote; those of this name here stay until `delete`. One that is another tag here is left
   * alone, and told as data as are refusals of the host.
   *
   * Errors: `remote/*`; `remote/aborted` when `signal` aborts.
   *
   * @example
   * ```ts
   * await db.tags.create('v1')
   * await db.tags.push('v1')
   * for (const { name, status } of await db.tags.deleteRemote('v1')) console.log(name, status)
   * await db.tags.delete('v1')
   * ```
   */
  deleteRemote(
    names: string | readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly DeletedRemoteTag[]>
}

/** The branches and tags of a database. */
export interface Refs<Schema extends AnySchema = Untyped> {
  readonly branches: Branches<Schema>
  readonly tags: Tags
  /**
   * What no branch or tag names any more and is still here: branches and tags that were deleted, commits that a branch
   * was moved away from. The last one lost comes first.
   */
  recover(): Promise<readonly LostRef[]>
  /**
   * Brings back one of them, under its name or as another one: a branch, a tag as it was, a commit as a branch.
   *
   * Errors: `git/ref-exists` when the name is taken, `git/ref-missing` when it is kept no longer, `git/bad-ref-name`.
   *
   * @example
   * ```ts
   * await db.branches.create('draft')
   * await db.branches.delete('draft')
   * const [lost] = await db.recover()
   * if (lost) console.log(await db.recover(lost, { as: 'draft-again' }))
   * ```
   */
  recover(lost: LostRef, options?: { readonly as?: string }): Promise<RecoveredRef>
}

/** `create` and `open` are the database's: it ends the handles that they open. */
export function createRefs<Schema extends AnySchema>(
  connection: Connection,
  handle: HandleId,
  opening: Pick<Branches<Schema>, 'create' | 'open'>,
): Refs<Schema> {
  const { call } = connection
  function recover(): Promise<readonly LostRef[]>
  function recover(lost: LostRef, options?: { readonly as?: string }): Promise<RecoveredRef>
  function recover(
    ...given: readonly [] | readonly [lost: LostRef, options?: { readonly as?: string } | undefined]
  ): Promise<readonly LostRef[] | RecoveredRef> {
    // Nothing that was found is not the same as nothing given.
    if (given.length === 0) return call(({ versions }) => versions.listLost(handle))
    const [lost, { as } = {}] = given
    return call(({ versions }) => versions.restoreLost(handle, lost, as))
  }
  return {
    branches: {
      ...opening,
      list: (options) => call(({ versions }) => versions.listBranches(handle, options)),
      rename: (from, to) => call(({ versions }) => versions.renameBranch(handle, from, to)),
      delete: (name, options) => call(({ versions }) => versions.deleteBranch(handle, name, options)),
      protect: (name, on) => call(({ versions }) => versions.protectBranch(handle, name, on)),
    },
    tags: {
      list: () => call(({ versions }) => versions.listTags(handle)),
      create: (name, options = {}) => call(({ versions }) => versions.createTag(handle, name, options)),
      delete: (name) => call(({ versions }) => versions.deleteTag(handle, name)),
      push: (names, { signal } = {}) =>
        abortable(connection, signal, ({ versions }, token) =>
          versions.pushTags(handle, token, typeof names === 'string' ? [names] : names),
        ),
      deleteRemote: (names, { signal } = {}) =>
        abortable(connection, signal, ({ versions }, token) =>
          versions.deleteRemoteTags(handle, token, typeof names === 'string' ? [names] : names),
        ),
    },
    recover,
  }
}
