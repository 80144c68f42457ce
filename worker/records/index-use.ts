import type { FieldPath } from '../../src/protocol/query.ts'
import { isKeyPath } from './sorted-index.ts'
import type { Table } from './table.ts'

/** Below this many rows a scan is as fast as any index. */
const minRows = 200

/** `ready`: only those that stand ready, of a table that is not worth any. */
export type IndexMode = 'auto' | 'always' | 'ready' | 'never'

/** Whether a query may use an index: it stands ready, or is worth building. */
export type MayUseIndex = (kind: 'hash' | 'sorted', path: FieldPath, locale?: string) => boolean

/**
 * A field's first query builds its index: that takes a fraction of what reading the table took, and whoever asks for a
 * field asks for it again.
 */
export function createIndexUse(table: Table, mode: IndexMode): MayUseIndex {
  const isWorth = mode === 'always' || (mode === 'auto' && table.size >= minRows)
  if (isWorth || mode === 'never') return () => isWorth
  return (kind, path, locale) =>
    (kind === 'sorted' && locale === undefined && isKeyPath(path)) || table.hasIndex(kind, path, locale)
}
