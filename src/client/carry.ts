import type {
  CarryCommitOptions,
  CarryOptions,
  CarryOutcome,
  CarrySource,
  Change,
} from '../protocol/carry.ts'
import type { HandleId } from '../protocol/engine.ts'
import type { Revision } from '../protocol/records.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'

/** Brings changes to a branch that were made elsewhere, or takes them back. */
export interface CarryFace {
  /**
   * Applies changes of records: what a diff gives, perhaps stored, sent, reviewed and reduced meanwhile. Each record is
   * merged with what is here, field by field; where that is not possible nothing is written, and the outcome holds the
   * conflicts. What is written is one operation on the working changes, so `undo` takes it back. Changes of definitions
   * and other files (a diff's `files()`) are made by a commit at once, together with the records.
   *
   * Errors: `engine/bad-argument` for what is no change, `record/collection-missing`, `record/invalid`,
   * `record/referenced`, `record/missing`, `git/branch-protected`.
   *
   * @example
   * ```ts
   * const draft = await db.branches.create('draft')
   * await draft.collection('units').update('foot', { factor: 0.305 })
   * const text = JSON.stringify(await draft.diff('main'))
   *
   * const outcome = await db.applyChanges(JSON.parse(text), { select: [{ collection: 'units', key: 'foot' }] })
   * if (outcome.status === 'conflicts') console.log(outcome.conflicts)
   * ```
   */
  applyChanges(changes: readonly Change[], options?: CarryOptions): Promise<CarryOutcome>
  /**
   * Takes back what a commit (a branch, tag, id or `HEAD~1`), or a set of changes, changed. What else happened to these
   * records since stays. `mainline` says of a merge which parent to go back to, from 1; a first commit goes altogether.
   *
   * Errors: those of {@link applyChanges}, `git/ref-missing`, `git/history-missing` while offline, and with `whole`
   * `format/not-a-database` when no database would be left.
   *
   * @example
   * ```ts
   * await db.collection('units').update('foot', { factor: 0.305 })
   * await db.commit({ message: 'Round the foot' })
   * await db.revert('HEAD')
   * await db.commit({ message: 'Revert "Round the foot"' })
   * ```
   */
  revert(what: string | readonly Change[], options?: CarryCommitOptions): Promise<CarryOutcome>
  /**
   * Brings what another branch's commit changed to this branch: its records, or with `whole` all of it.
   *
   * Errors: those of {@link revert}.
   *
   * @example
   * ```ts
   * const draft = await db.branches.create('draft')
   * await draft.collection('units').update('foot', { factor: 0.305 })
   * const { oid, message } = await draft.commit({ message: 'Round the foot' })
   * const { status } = await db.cherryPick(oid)
   * if (status === 'applied') await db.commit({ message })
   * ```
   */
  cherryPick(commit: string, options?: CarryCommitOptions): Promise<CarryOutcome>
  /**
   * Makes records what they are in another revision: all of them, those of some collections, or of some keys. Records
   * that are not there are deleted. With `whole` their definitions too, as they were, with subcollections, by a commit
   * at once (`message`); without `collections` all files. It brings back collections that are gone; keys are not named then.
   *
   * Errors: those of {@link revert}.
   *
   * @example
   * ```ts
   * await db.collection('units').delete('foot')
   * await db.restore({ from: 'HEAD', collections: ['units'] })
   * ```
   */
  restore(options: {
    readonly from: Revision
    readonly collections?: readonly string[]
    readonly keys?: readonly string[]
    readonly whole?: boolean
    readonly message?: string
  }): Promise<CarryOutcome>
}

export function createCarry({ call }: Pick<Connection, 'call'>, handle: HandleId): CarryFace {
  const carry = (source: CarrySource, options: CarryCommitOptions = {}): Promise<CarryOutcome> => {
    askForPersistence()
    return call(({ versions }) => versions.carry(handle, source, options))
  }
  return {
    applyChanges: (changes, options) => carry({ kind: 'changes', changes, reverse: false }, options),
    revert: (what, options) =>
      carry(
        typeof what === 'string'
          ? { kind: 'commit', commit: what, reverse: true }
          : { kind: 'changes', changes: what, reverse: true },
        options,
      ),
    cherryPick: (commit, options) => carry({ kind: 'commit', commit, reverse: false }, options),
    restore: (what) => carry({ kind: 'restore', ...what }),
  }
}
