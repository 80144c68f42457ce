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
  /** Their revisions: those that are not made yet are made now. */
  revisions(): readonly string[]
}

/** `soon` runs a task when there is nothing else to do. */
export function createBulkParts(soon: (task: () => void) => void): BulkParts {
  /** A page sends the parts of one write right after each other; a write that it could not send leaves some behind. */
  let receiving = 0
  let parts: SentRows[] = []
  return {
    add: (bulk, text) => {
      if (bulk !== receiving) parts = []
      receiving = bulk
      const rows = JSON.parse(new TextDecoder().decode(text)) as BulkRows // the client wrote it
      parts.push({ rows, texts: [text], revisions: startRevisions(rows, soon) })
    },
    take: (bulk) => {
      if (bulk !== receiving)
        throw new EspalierError('engine/bad-argument', 'The rows of this write are missing.')
      const own = parts
      parts = []
      return {
        rows: own.flatMap(({ rows }) => rows),
        texts: own.flatMap(({ texts }) => texts),
        revisions: () => own.flatMap(({ revisions }) => revisions()),
      }
    },
  }
}

/** Makes the revisions of rows while the next are on their way, or while they are being stored. */
function startRevisions(rows: BulkRows, soon: (task: () => void) => void): () => readonly string[] {
  let made: readonly string[] | undefined
  const make = (): readonly string[] => (made ??= rows.map(({ value }) => revisionOf(value)))
  soon(make)
  return make
}
