import type { HandleId } from '../protocol/engine.ts'
import type { FieldOrigin, HistoryOptions, RecordVersion } from '../protocol/history.ts'
import type { AtOptions } from '../protocol/records.ts'
import type { Connection } from './connection.ts'

/** What a collection tells of the past of its records. */
export interface RecordHistory<Key extends string = string> {
  /**
   * The commits that changed a record, newest first, with its values before and after; of some `fields` only where one
   * of these changed. The commits are those of `git log` on the record's file; in a file of many records those that
   * changed this one.
   *
   * Errors: `record/collection-missing`, `record/bad-key`, `git/history-missing` while offline.
   *
   * @example
   * ```ts
   * const units = db.collection('units')
   * for (const { commit, kind, fields } of await units.history('foot')) console.log(commit.message, kind, fields)
   * const [renamed] = await units.history('foot', { fields: ['symbol'], limit: 1 })
   * ```
   */
  history(key: Key, options?: HistoryOptions): Promise<readonly RecordVersion[]>
  /**
   * For each field of a record, as it is or was `at` a revision, the commit that gave it its value; null for a working
   * change.
   *
   * Errors: those of `history`.
   *
   * @example
   * ```ts
   * for (const { field, commit } of await db.collection('units').blame('foot'))
   *   console.log(field, commit?.author.name ?? 'not committed yet')
   * ```
   */
  blame(key: Key, options?: Pick<AtOptions, 'at'>): Promise<readonly FieldOrigin[]>
}

/** `whole` makes the keys of one parent's records those of the collection. */
export function createRecordHistory<Key extends string>(
  { call }: Pick<Connection, 'call'>,
  handle: HandleId,
  id: string,
  whole: (key: string) => string,
): RecordHistory<Key> {
  return {
    history: (key, options = {}) =>
      call(({ versions }) => versions.recordHistory(handle, id, whole(key), options)),
    blame: (key, options) => call(({ versions }) => versions.blame(handle, id, whole(key), options)),
  }
}
