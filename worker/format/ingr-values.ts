import type { Json } from '../../src/protocol/records.ts'
import { editJsonText } from './json-edit.ts'
import { formatCompactJson } from './json-text.ts'
import { formatNumberLike } from './number-text.ts'
import { isJsonMap } from './record-value.ts'
import type { OldCell } from './row-columns.ts'

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
  return value === undefined ? 'null' : formatCompactJson(value)
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

/** The order of UTF-8 bytes, which is that of code points: Go's order of strings. */
export function compareCodePoints(a: string, b: string): number {
  let i = 0
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++
  return rank(a.charCodeAt(i)) - rank(b.charCodeAt(i))
}

/** Surrogates stand for code points above all others; the end of a text (NaN) comes first. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit >= 0 ? unit : -1
}
