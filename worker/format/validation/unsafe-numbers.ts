import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { joinKey } from '../record-layout.ts'
import { findUnsafeIngrNumbers } from '../ingr/ingr-rows.ts'
import { findUnsafeNumbers, type UnsafeNumber } from '../json/json-unsafe-numbers.ts'
import { findUnsafeMarkdownNumbers } from '../markdown-codec.ts'
import type { RecordFilePlace } from './record-files.ts'

/**
 * Numbers of a record file that JavaScript cannot hold: they stay in the file, but reads and edits see the
 * nearest one. `keys`: those of a list's rows, in file order.
 */
export function findUnsafeNumberIssues(
  { id, recordFile }: CollectionDefinition,
  file: RecordFilePlace,
  bytes: Uint8Array,
  keys: readonly string[] = [],
): readonly Issue[] {
  return findNumbers(recordFile.format, new TextDecoder().decode(bytes)).map(
    ({ path, text, line, column }) => {
      const [row, ...rest] = path
      const key = file.key ?? (typeof row === 'string' ? joinKey(file.parent, row) : keys[row ?? 0])
      return {
        code: 'validation/unsafe-number',
        severity: 'warning',
        message: `The number ${text.slice(0, 80)} is more exact than JavaScript's numbers; it is read as ${Number(text)}. Store it as text.`,
        file: file.path,
        line,
        column,
        collection: id,
        ...(key === undefined ? {} : { key }),
        path: file.key === undefined ? rest : path,
      }
    },
  )
}

/** The numbers of a record file, in any format, that JavaScript cannot hold. */
export function findNumbers(format: string, text: string): readonly UnsafeNumber[] {
  switch (format) {
    case 'json':
    case 'jsonl':
      return findUnsafeNumbers(format, text)
    case 'yaml':
    case 'yml':
      return findUnsafeNumbers('yaml', text)
    case 'markdown':
      return findUnsafeMarkdownNumbers(text)
    case 'ingr':
      return findUnsafeIngrNumbers(text)
    default:
      // TOML refuses such numbers; in CSV they stay text.
      return []
  }
}
