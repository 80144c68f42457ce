import type { HandleId } from '../protocol/engine.ts'
import type { Choice } from '../protocol/merge.ts'
import type {
  MergeCommitOptions,
  MergeConflict,
  MergeInfo,
  MergeOptions,
  MergeOutcome,
  ResolvedConflict,
} from '../protocol/merge-calls.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'

/** Decides a conflict, at once or later (conflicts are asked for one after the other); undefined leaves it open. */
export type MergeResolver = (conflict: MergeConflict) => Choice | undefined | Promise<Choice | undefined>

/**
 * A merge that was started. What it is stays readable in other tabs and after a reload (`db.merge.current()`); nothing
 * of the branch changes before `commit`.
 */
export interface Merge extends MergeInfo {
  /**
   * Chooses what becomes of a conflict (`null` opens it again), durably. The fields of this object then tell of the
   * merge as it is now, with what other tabs chose.
   *
   * Errors: `merge/unknown-conflict`, `merge/bad-choice` (also for what is no choice; nothing of the call is kept then),
   * `merge/not-started` (it ended, maybe in another tab).
   */
  resolve(id: string, choice: Choice | null): Promise<Merge>
  /** The same for all open conflicts that `filter` lets through, in one step. Errors: those of `resolve`. */
  resolveAll(
    choice: Choice | MergeResolver,
    options?: { readonly filter?: (conflict: MergeConflict) => boolean | Promise<boolean> },
  ): Promise<Merge>
  /**
   * Commits the merge in one durable step, or says what stands in the way. Working changes stay.
   *
   * Errors: `merge/not-started`, `git/branch-protected`, `engine/busy`.
   */
  commit(options?: MergeCommitOptions): Promise<MergeOutcome>
  /** Ends the merge. The branch and its working changes are as they were. Errors: `merge/not-started`. */
  abort(): Promise<void>
}

/** Merges into a branch. */
export interface Merges {
  /**
   * What a merge would do, with its conflicts. Nothing is written.
   *
   * Errors: `git/ref-missing`, `git/history-missing` (offline, and the histories meet in what is not here),
   * `engine/bad-argument` for an option that means nothing, `record/collection-missing` for one about no collection.
   *
   * @example
   * ```ts
   * await db.branches.create('draft')
   * const { status, conflicts, stat } = await db.merge.preview('draft')
   * console.log(status, conflicts.length, stat.modified)
   * ```
   */
  preview(from: string, options?: MergeOptions): Promise<MergeInfo>
  /**
   * Starts a merge of a branch, a tag or a commit into this branch, or goes on with the same one. Where `status` says
   * that there is nothing to commit, nothing was started.
   *
   * Errors: those of `preview`; `merge/in-progress`, `git/branch-protected`.
   *
   * @example
   * ```ts
   * const draft = await db.branches.create('draft')
   * await draft.collection('units').update('foot', { symbol: 'ft.' })
   * await draft.commit({ message: 'Abbreviate the foot' })
   *
   * const merge = await db.merge.start('draft')
   * await merge.resolveAll('theirs')
   * const outcome = await merge.commit()
   * console.log(outcome.status)
   * ```
   */
  start(from: string, options?: MergeOptions): Promise<Merge>
  /** The merge that this branch is in, also when it was started in another tab or before a reload. */
  current(): Promise<Merge | undefined>
}

export function createMerges({ call }: Pick<Connection, 'call'>, handle: HandleId): Merges {
  const open = (first: MergeInfo): Merge => {
    const resolve = async (resolved: readonly ResolvedConflict[]): Promise<Merge> =>
      Object.assign(merge, await call((engine) => engine.versions.mergeResolve(handle, resolved)))
    const merge: Merge = {
      ...first,
      resolve: (id, choice) => resolve([{ id, choice }]),
      resolveAll: async (choice, { filter = () => true } = {}) => {
        const resolved: ResolvedConflict[] = []
        for (const conflict of merge.conflicts) {
          if (conflict.choice !== undefined || !(await filter(conflict))) continue
          const made = typeof choice === 'function' ? await choice(conflict) : choice
          if (made !== undefined) resolved.push({ id: conflict.id, choice: made })
        }
        return resolve(resolved)
      },
      commit: (options = {}) => call((engine) => engine.versions.mergeCommit(handle, options)),
      abort: () => call((engine) => engine.versions.mergeAbort(handle)),
    }
    return merge
  }
  return {
    preview: (from, options = {}) => call((engine) => engine.versions.mergePreview(handle, from, options)),
    start: async (from, options = {}) => {
      askForPersistence()
      return open(await call((engine) => engine.versions.mergeStart(handle, from, options)))
    },
    current: async () => {
      const info = await call((engine) => engine.versions.mergeCurrent(handle))
      return info ? open(info) : undefined
    },
  }
}
