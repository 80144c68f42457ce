import type { RecordValue } from '../../../src/protocol/records.ts'
import { detectJsonLayout, editJsonText, lineIndent, locateJson } from './json-edit.ts'
import { jsonValueFault, mayOverflow, parseJsonText } from './json-parse.ts'
import { type JsonMembers, scanJsonMembers } from './json-scan.ts'
import { formatCompactJson, formatJson, type JsonLayout, newJsonLayout } from './json-text.ts'
import { isJsonMap } from '../record-value.ts'
import { type NewRow, notRows, type RowChange, type RowsSyntax, type RowsText } from '../rows-codec.ts'
import type { Splice } from '../text-splice.ts'

interface JsonRows extends RowsText {
  /** Found when they are first asked for. */
  members(): JsonMembers
}

/** Rows in a JSON list, or in an object by key. New lists have one compact row per line, new objects many lines. */
export function createJsonRows(named: boolean, columnsOrder: readonly string[]): RowsSyntax<JsonRows> {
  const create = (rows: readonly NewRow[]): string =>
    `${wrapRows(
      rows.map((row) => format(row)),
      '  ',
      '\n',
    )}\n`
  const wrapRows = (rows: readonly string[], unit: string, eol: string): string => {
    const [open, close] = named ? '{}' : '[]'
    if (rows.length === 0) return `${open}${close}`
    return `${open}${eol}${unit}${rows.join(`,${eol}${unit}`)}${eol}${close}`
  }
  /** A row's text like a sibling's. */
  const formatBody = (
    row: RecordValue,
    layout = newJsonLayout,
    indent = '  ',
    like = named ? '\n' : '',
  ): string =>
    like.includes('\n')
      ? formatJson(row, layout, indent, rowOrder(columnsOrder))
      : formatCompactJson(row, rowOrder(columnsOrder), like)
  const format = ({ key, row }: NewRow, layout?: JsonLayout, indent?: string, like?: string): string =>
    (named ? `${JSON.stringify(key)}: ` : '') + formatBody(row, layout, indent, like)

  return {
    parse(text) {
      const value = parseJsonText(text)
      if (named ? !isJsonMap(value) : !Array.isArray(value)) {
        throw notRows(named ? 'a JSON object with the records by key' : 'a JSON list of objects')
      }
      let members: JsonMembers | undefined
      const found = (): JsonMembers => (members ??= scanJsonMembers(text))
      const exact = mayOverflow(text)
      const check = (item: unknown): unknown =>
        typeof item === 'object' && item !== null ? (jsonValueFault(item, exact) ?? item) : item
      if (Array.isArray(value)) return { text, values: value.map(check), members: found }
      const { starts, ends, nameStarts, nameEnds } = found()
      const names = nameStarts.map((start, i) => JSON.parse(text.slice(start, nameEnds[i])) as string)
      // One value per name unless a name stands twice.
      const once = names.length === Object.keys(value as object).length
      const values = names.map((name, i) =>
        check(once ? (value as RecordValue)[name] : JSON.parse(text.slice(starts[i], ends[i]))),
      )
      return { text, names, values, members: found }
    },

    offsetOf(file, index, path) {
      const { starts, ends, nameStarts } = file.members()
      const start = starts[index] as number // `index` is a row's
      if (path.length === 0) return nameStarts[index] ?? start
      const inside = locateJson(file.text.slice(start, ends[index]), path)
      return inside === 0 ? (nameStarts[index] ?? start) : start + inside
    },

    edit(file, { changed, removed, added }) {
      const { text } = file
      const { open, close, starts, ends, nameStarts } = file.members()
      const startOf = (index: number): number => nameStarts[index] ?? (starts[index] as number)
      const endOf = (index: number): number => ends[index] as number
      const kept = starts.map((_start, index) => index).filter((index) => !removed.has(index))
      const [first] = kept
      const last = kept.at(-1)
      const indent = starts.length === 0 ? lineIndent(text, open) : lineIndent(text, startOf(0))
      const { layout, sibling } = styleOf(file)
      const splices = [...changed].map(([index, change]) => changeRow(file, index, change))
      if (removed.size + added.length === 0) return splices
      if (first === undefined || last === undefined) {
        const outer = lineIndent(text, open)
        const unit = starts.length === 0 ? outer + layout.unit : indent
        const rows = added.map((row) => format(row, layout, unit, sibling))
        return [{ start: open, end: close + 1, text: wrapRows(rows, unit, layout.eol) }]
      }
      if (first > 0) splices.push({ start: startOf(0), end: startOf(first), text: '' })
      for (const index of removed) {
        if (index > first) splices.push({ start: endOf(index - 1), end: endOf(index), text: '' })
      }
      const inline = !text.slice(open, startOf(0)).includes('\n')
      const between = starts.length > 1 ? text.slice(endOf(0), startOf(1)) : ', '
      const gap = inline ? between : `,${layout.eol}${indent}`
      const rows = added.map(
        (row) => gap + format(row, layout, indent, sibling ?? (inline ? '{' : undefined)),
      )
      if (rows.length > 0) splices.push({ start: endOf(last), end: endOf(last), text: rows.join('') })
      return splices
    },

    create,
  }

  function changeRow(file: JsonRows, index: number, { edits, row }: RowChange): Splice {
    const { text } = file
    const start = file.members().starts[index] as number // `index` is a row's
    const end = file.members().ends[index] as number
    const indent = lineIndent(text, start)
    if (Object.keys(file.values[index] as object).length === 0) {
      const { layout, sibling } = styleOf(file)
      return { start, end, text: formatBody(row, layout, indent, sibling) }
    }
    const edited = editJsonText(
      indent + text.slice(start, end),
      edits,
      row,
      columnsOrder,
      detectJsonLayout(text),
    )
    return { start, end, text: edited.slice(indent.length) }
  }

  /** The file's layout, and the text of a row that new rows look like. */
  function styleOf(file: JsonRows): { readonly layout: JsonLayout; readonly sibling: string | undefined } {
    const { starts, ends } = file.members()
    const layout = detectJsonLayout(file.text)
    const like = file.values.findLastIndex((value) => isJsonMap(value) && Object.keys(value).length > 0)
    return { layout, sibling: like === -1 ? undefined : file.text.slice(starts[like], ends[like]) }
  }
}

/** The key first, then the columns. */
export function rowOrder(columnsOrder: readonly string[]): readonly string[] {
  return columnsOrder.includes('$ID') || columnsOrder.includes('$id')
    ? columnsOrder
    : ['$ID', '$id', ...columnsOrder]
}
