import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from './record-value.ts'
import { orderedEntries } from './record-text.ts'

/** How JSON text is laid out. */
export interface JsonLayout {
  /** One level of indentation. */
  readonly unit: string
  readonly eol: string
}

/** The layout of new files. */
export const newJsonLayout: JsonLayout = { unit: '  ', eol: '\n' }

/** JSON text of a value over several lines; `indent` is that of the line on which it begins. */
export function formatJson(
  value: Json,
  layout: JsonLayout,
  indent = '',
  first: readonly string[] = [],
): string {
  const inner = indent + layout.unit
  const wrap = (open: string, items: readonly string[], close: string): string =>
    items.length === 0
      ? open + close
      : `${open}${layout.eol}${inner}${items.join(`,${layout.eol}${inner}`)}${layout.eol}${indent}${close}`
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => formatJson(item, layout, inner))
    return wrap('[', items, ']')
  }
  if (!isJsonMap(value)) return JSON.stringify(value)
  const items = orderedEntries(value, first).map(
    ([name, item]) => `${JSON.stringify(name)}: ${formatJson(item, layout, inner)}`,
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
