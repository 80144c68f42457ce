import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from './record-value.ts'
import { orderedEntries } from './record-text.ts'

/** How JSON text is laid out. */
export interface JsonLayout {
  /** One level of indentation. */
  readonly unit: string
  readonly eol: string
}

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
