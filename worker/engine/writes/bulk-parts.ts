import { bulkLevels, type BulkPart } from '../../../src/protocol/bulk-write.ts'
import { EspalierError } from '../../../src/protocol/errors.ts'
import { maxRecordBytes } from '../../format/record-text.ts'
import type { BulkText } from '../branches/journal.ts'
import { revisionOf } from '../../records/revision.ts'

/** The rows of bulk writes, which come in parts before them. */
export interface BulkParts {
  /** `text`: the JSON of a {@link BulkPart}, as UTF-8. */
  add(bulk: number, text: Uint8Array): void
  /** All that came for one write. */
  take(bulk: number): SentRows
}

/** Rows as they were sent. */
export interface SentRows extends BulkText {
  /**
   * The most bytes that a file of one of them may take, when they surely hold nothing that a record cannot: NUL, half
   * of a surrogate pair, names with `$`.
   */
  readonly maxBytes: number | undefined
  /** Their revisions: those that are not made yet are made now. */
  revisions(): readonly string[]
}

/**
 * What a byte of JSON may become in any record file. Numbers and names on lines of their own take most, indented by
 * their depth; see `writableBytes`.
 */
const mostOfByte = 16 + 6 * (bulkLevels - 2)

/** Whether JSON stands for nothing that must be looked at value by value. */
function isOrdinary(json: string): boolean {
  return !json.includes('\\u0000') && !json.includes('\\ud') && !json.includes('$')
}

/** `turn` resolves when what has come meanwhile is done. */
export function createBulkParts(turn: () => Promise<void>): BulkParts {
  /** A page sends the parts of one write right after each other; a write that it could not send leaves some behind. */
  let receiving = 0
  let parts: (SentRows & { readonly maxBytes: number })[] = []
  const open: (() => unknown)[] = []
  /** Makes revisions while parts are on their way, or while they are being stored, which never waits for many. */
  const makeRevisions = async (): Promise<void> => {
    for (; open.length > 0; open.shift()) {
      await turn()
      open[0]?.()
    }
  }
  return {
    add: (bulk, text) => {
      if (bulk !== receiving) parts = []
      receiving = bulk
      const json = new TextDecoder().decode(text)
      const { collection, rows } = JSON.parse(json) as BulkPart // the client wrote it
      let made: readonly string[] | undefined
      const revisions = (): readonly string[] => (made ??= rows.map(({ value }) => revisionOf(value)))
      parts.push({
        collection,
        rows,
        texts: [text],
        maxBytes: isOrdinary(json) ? text.length * mostOfByte : Infinity,
        revisions,
      })
      if (open.push(revisions) === 1) void makeRevisions()
    },
    take: (bulk) => {
      if (bulk !== receiving)
        throw new EspalierError('engine/bad-argument', 'The rows of this write are missing.')
      const own = parts
      parts = []
      const maxBytes = Math.max(...own.map((part) => part.maxBytes))
      return {
        collection: own[0]?.collection ?? '',
        rows: own.flatMap(({ rows }) => rows),
        texts: own.flatMap(({ texts }) => texts),
        maxBytes: maxBytes > maxRecordBytes ? undefined : maxBytes,
        revisions: () => own.flatMap(({ revisions }) => revisions()),
      }
    },
  }
}
