import type {
  DiffOptions,
  DiffPage,
  DiffProblem,
  DiffRequest,
  DiffSides,
  DiffStat,
  FileDiff,
  RecordDiff,
  SchemaDiff,
} from '../protocol/diff.ts'
import type { HandleId } from '../protocol/engine.ts'
import type { Revision } from '../protocol/records.ts'
import type { Connection } from './connection.ts'

/**
 * What differs between two revisions. Awaited it gives all records; iterated it reads them a few hundred at a time, in
 * order of collection and key. Nothing is read before.
 */
export interface Diff extends AsyncIterable<RecordDiff>, PromiseLike<readonly RecordDiff[]> {
  /** Rows and cells, added, deleted and modified; of each collection too. `limit` does not count. */
  stat(): Promise<DiffStat>
  /** Collections and columns that differ in their definitions. */
  schema(): Promise<SchemaDiff>
  /**
   * The files that differ and hold no records: definitions, settings, any others; no links. Together with the records
   * that is all of a change set: see `db.applyChanges`. Working changes have none.
   */
  files(): Promise<readonly FileDiff[]>
  /** What cannot be read of the files that differ. The records that can be read are all in the diff. */
  problems(): Promise<readonly DiffProblem[]>
  /** The commits that are compared. */
  sides(): Promise<DiffSides>
}

/** `db.diff`. */
export interface DiffFace {
  /**
   * What differs between two revisions, or (without `to`) between a revision and this branch with its working changes;
   * without any revision the working changes. `main..draft` and `main...draft` work as in git: the second, like
   * `base: 'merge-base'`, shows what `draft` changed since it left `main`.
   *
   * Errors: `git/ref-missing`, `git/no-merge-base`, `git/history-missing` while offline.
   *
   * @example
   * ```ts
   * await db.collection('units').update('foot', { symbol: 'ft.' })
   * for await (const { collection, key, kind, fields } of db.diff('HEAD')) console.log(collection, key, kind, fields)
   * const { rowsModified } = await db.diff('HEAD').stat()
   * console.log(rowsModified)
   * ```
   */
  diff(from?: Revision, to?: Revision, options?: DiffOptions): Diff
}

export function createDiff({ call }: Pick<Connection, 'call'>, handle: HandleId): DiffFace['diff'] {
  return (from, to, options) => {
    const request: DiffRequest = {
      ...options,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    }
    async function* records(): AsyncGenerator<RecordDiff> {
      let page: DiffPage = await call(({ versions }) => versions.diff(handle, request))
      let { next } = page
      try {
        for (;;) {
          yield* page.records
          const id = next
          next = null
          if (id === null) return
          page = await call(({ versions }) => versions.diffNext(handle, id))
          next = page.next
        }
      } finally {
        const id = next
        if (id !== null) await call(({ versions }) => versions.diffEnd(handle, id))
      }
    }
    const all = async (): Promise<readonly RecordDiff[]> => {
      const found: RecordDiff[] = []
      for await (const record of records()) found.push(record)
      return found
    }
    return {
      [Symbol.asyncIterator]: records,
      // oxlint-disable-next-line unicorn/no-thenable -- a diff is awaited like a query
      then: (...handlers) => all().then(...handlers),
      stat: () => call(({ versions }) => versions.diffStat(handle, request)),
      schema: () => call(({ versions }) => versions.diffSchema(handle, request)),
      files: () => call(({ versions }) => versions.diffFiles(handle, request)),
      problems: () => call(({ versions }) => versions.diffProblems(handle, request)),
      sides: () => call(({ versions }) => versions.diffSides(handle, request)),
    }
  }
}
