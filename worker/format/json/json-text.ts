import type { Json } from '../../../src/protocol/records.ts'
import { isJsonMap } from '../record-value.ts'
import { orderedEntries, orderedNames } from '../record-text.ts'

/** How JSON text is laid out. */
export interface JsonLayout {
  /** One level of indentation. */
  readonly unit: string
  readonly eol: string
}

/** The layout of new files. */
export const newJsonLayout: JsonLayout = { unit: '  ', eol: '\n' }

/** JSON text of a value over several lines; `indent` is that of the line on which it begins. */
export function formatJson(value: Json, layout: JsonLayout, indent = '', first?: readonly string[]): string {
  // The engine's own writer is several times as fast, where it can write the same.
  const { unit, eol } = layout
  const isNative = indent === '' && eol === '\n' && unit.length > 0 && unit.length <= 10
  const ordered = isNative ? inOrder(value, first) : undefined
  if (ordered !== undefined) return JSON.stringify(ordered, null, unit)
  return formatLines(value, layout, indent, first)
}

/** A copy with the names in order; undefined where objects would keep them in another one. */
function inOrder(value: Json, first?: readonly string[]): Json | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const item of value as readonly Json[]) {
      const copy = inOrder(item)
      if (copy === undefined) return undefined
      items.push(copy)
    }
    return items
  }
  const map = value as { readonly [name: string]: Json } // neither null nor a list
  const copy: { [name: string]: Json } = {}
  for (const name of orderedNames(map, first)) {
    // Numbers come first in any object, and `__proto__` is no plain name.
    if (/^(?:\d|__proto__$)/.test(name)) return undefined
    const member = inOrder(map[name] as Json) // its own name
    if (member === undefined) return undefined
    copy[name] = member
  }
  return copy
}

function formatLines(value: Json, layout: JsonLayout, indent: string, first?: readonly string[]): string {
  const inner = indent + layout.unit
  const wrap = (open: string, items: readonly string[], close: string): string =>
    items.length === 0
      ? open + close
      : `${open}${layout.eol}${inner}${items.join(`,${layout.eol}${inner}`)}${layout.eol}${indent}${close}`
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => formatLines(item, layout, inner))
    return wrap('[', items, ']')
  }
  if (!isJsonMap(value)) return JSON.stringify(value)
  const items = orderedEntries(value, first).map(
    ([name, item]) => `${JSON.stringify(name)}: ${formatLines(item, layout, inner)}`,
  )
  return wrap('{', items, '}')
}

/** JSON text of a value on one line, spaced as `like` is: another object's text. */
export function formatCompactJson(value: Json, first: readonly string[] = [], like = ''): string {
  const space = /^[^"]*"(?:[^"\\]|\\.)*"\s*: /.test(like) ? ' ' : ''
  const pad = like.startsWith('{ ') ? ' ' : ''
  const format = (item: Json, order: readonly string[]): string => {
    if (Array.isArray(item)) {
      return `[${(item as readonly Json[]).map((child) => format(child, [])).join(`,${space}`)}]`
    }
    if (!isJsonMap(item)) return JSON.stringify(item)
    const members = orderedEntries(item, order).map(
      ([name, child]) => `${JSON.stringify(name)}:${space}${format(child, [])}`,
    )
    return members.length === 0 ? '{}' : `{${pad}${members.join(`,${space}`)}${pad}}`
  }
  return format(value, first)
}
