import type { Json } from '../../../src/protocol/records.ts'
import { escapeGoJson } from '../go-text.ts'
import { editJsonText } from '../json/json-edit.ts'
import { formatCompactJson } from '../json/json-text.ts'
import { formatNumberLike } from '../number-text.ts'
import { isJsonMap } from '../record-value.ts'
import type { OldCell } from '../row-columns.ts'

/** A value's line; missing ones are null. Numbers keep their decimals, and what is nested the order of its keys. */
export function ingrValue(value: Json | undefined, old?: OldCell): string {
  if (value === undefined) return 'null'
  if (typeof value === 'number') return formatNumberLike(value, old?.source ?? '')
  if (old !== undefined && isJsonMap(value) && old.edits.every(({ path }) => path.length > 1)) {
    const edits = old.edits.map((edit) => ({ ...edit, path: edit.path.slice(1) }))
    return editJsonText(old.source, edits, value, [])
  }
  return formatCompactJson(value)
}

/** A value's line as Go writes it: keys by bytes, and what HTML would read escaped. */
export function goIngrValue(value: Json | undefined): string {
  return value === undefined ? 'null' : escapeGoJson(formatCompactJson(value))
}

/** Where the value on a line ends that holds a `#`: in text, or before a comment. */
export function valueEnd(text: string, start: number, end: number): number {
  let at = start
  let quoted = false
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) quoted = !quoted
    else if (code === 92 && quoted) at++
    else if (code === 35 && !quoted) break
  }
  at = Math.min(at, end)
  while (at > start && text.charCodeAt(at - 1) <= 32) at--
  return at
}
