import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { escapeGoJson } from './go-text.ts'
import { formatCompactJson, formatJson, newJsonLayout } from './json/json-text.ts'
import { findUnsafeNumbers } from './json/json-unsafe-numbers.ts'
import { editRefused, encodeRecord } from './record-text.ts'
import type { NewRow } from './rows-codec.ts'
import { formatGoYaml } from './yaml/yaml-go.ts'

/** A value over several lines as Go's encoding/json writes it: keys in byte order (format facts §3.1). */
export function formatGoJson(value: Json): string {
  return `${escapeGoJson(formatJson(value, newJsonLayout))}\n`
}

/**
 * The file of many rows as the Go tools write it (format facts §3.1); instead of an edit, so `before` is the file's
 * text until now.
 */
export function goRowsWriter(
  format: 'json' | 'jsonl' | 'yaml',
  named: boolean,
  columnsOrder: readonly string[],
): (rows: readonly NewRow[], before: string) => string {
  return (rows, before) => {
    refuseUnsafe(format, before)
    if (named) {
      const value: RecordValue = Object.fromEntries(rows.map(({ key, row }) => [key, row]))
      return format === 'yaml' ? formatGoYaml(value) : formatGoJson(value)
    }
    if (format === 'yaml')
      return formatGoYaml(
        rows.map(({ row }) => row),
        columnsOrder,
      )
    const lines = rows.map(({ row }) => escapeGoJson(formatCompactJson(row, columnsOrder)))
    if (format === 'jsonl') return lines.map((line) => `${line}\n`).join('')
    return lines.length === 0 ? '[]\n' : `[\n  ${lines.join(',\n  ')}\n]\n`
  }
}

/** A file of one record anew, in place of an edit of it. */
export function rewriteAsGo(format: 'json' | 'yaml', before: string, write: () => string): Uint8Array {
  refuseUnsafe(format, before)
  return encodeRecord(write(), false)
}

function refuseUnsafe(format: 'json' | 'jsonl' | 'yaml', before: string): void {
  if (findUnsafeNumbers(format, before).length > 0) {
    throw editRefused('it holds numbers that do not survive rewriting the whole file')
  }
}
