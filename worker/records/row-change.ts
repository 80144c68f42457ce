import type { Row } from '../../src/protocol/records.ts'

/** One record's new row; undefined removes it. */
export interface TableChange {
  readonly key: string
  readonly row: Row | undefined
}

/** One record before and after. */
export interface RowChange {
  readonly key: string
  readonly before: Row | undefined
  readonly after: Row | undefined
}
