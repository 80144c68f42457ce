import type { BulkRows } from '../../src/protocol/bulk-write.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { revisionOf } from '../records/revision.ts'

/** The rows of bulk writes, which come in parts before them. */
export interface BulkParts {
  /** `text`: the JSON of the rows, as UTF-8. */
  add(bulk: number, text: Uint8Array): void
  /** All that came for one write. */
  take(bulk: number): SentRows
}

/** Rows as they were sent. */
export interface SentRows {
  readonly rows: BulkRows
  /** The JSON that they came as: lists, as UTF-8. */
  readonly texts: readonly Uint8Array[]
  /** Whether nothing in it stands for NUL or half of a surrogate pair. */
  readonly isClean: boolean
  /** Their revisions: those that are not made yet are made now. */
  revisions(): readonly string[]
}

/** Makes some more revisions; answers whether all are made. */
type RevisionMaker = (most: number) => boolean

/** Until code that never ran is compiled, a revision takes a hundredth of a millisecond. */
const rowsAtOnce = 200

/** `turn` resolves when what has come meanwhile is done. */
export function createBulkParts(turn: () => Promise<void>): BulkParts {
  /** A page sends the parts of one write right after each other; a write that it could not send leaves some behind. */
  let receiving = 0
  let parts: SentRows[] = []
  const open: RevisionMaker[] = []
  /** Makes revisions while parts are on their way, or while they are being stored, which never waits for many. */
  const makeRevisions = async (): Promise<void> => {
    for (let make = open[0]; make; make = open[0]) {
      await turn()
      if (make(rowsAtOnce)) open.shift()
    }
  }
  return {
    add: (bulk, text) => {
      if (bulk !== receiving) parts = []
      receiving = bulk
      const json = new TextDecoder().decode(text)
      const rows = JSON.parse(json) as BulkRows // the client wrote it
      const revisions: string[] = []
      const make = (most: number): boolean => {
        for (const { value } of rows.slice(revisions.length, revisions.length + most))
          revisions.push(revisionOf(value))
        return revisions.length === rows.length
      }
      parts.push({
        rows,
        texts: [text],
        isClean: !json.includes('\\u0000') && !json.includes('\\ud'),
        revisions: () => {
          make(rows.length)
          return revisions
        },
      })
      if (open.push(make) === 1) void makeRevisions()
    },
    take: (bulk) => {
      if (bulk !== receiving)
        throw new EspalierError('engine/bad-argument', 'The rows of this write are missing.')
      const own = parts
      parts = []
      return {
        rows: own.flatMap(({ rows }) => rows),
        texts: own.flatMap(({ texts }) => texts),
        isClean: own.every(({ isClean }) => isClean),
        revisions: () => own.flatMap(({ revisions }) => revisions()),
      }
    },
  }
}
