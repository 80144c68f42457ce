import { editJsonText, locateJson } from './json-edit.ts'
import { jsonValueFault, mayOverflow, parseJsonText } from './json-parse.ts'
import { rowOrder } from './json-rows.ts'
import { formatCompactJson } from './json-text.ts'
import { createPositions, type RecordPosition } from '../record-text.ts'
import { maxValueDepth } from '../record-value.ts'
import { attempt, type NewRow, type RowsSyntax, type RowsText } from '../rows-codec.ts'
import type { Splice } from '../text-splice.ts'

interface JsonLines extends RowsText {
  /** Where each row's line begins and ends, without its line end. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** One compact JSON object per line. Blank lines are not rows. */
export function createJsonLines(columnsOrder: readonly string[]): RowsSyntax<JsonLines> {
  const format = ({ row }: NewRow, like?: string): string =>
    formatCompactJson(row, rowOrder(columnsOrder), like)
  return {
    parse(text) {
      const starts: number[] = []
      const ends: number[] = []
      const values: unknown[] = []
      const exact = mayOverflow(text)
      const positions = createPositions(text)
      for (let start = 0, end = 0; start < text.length; start = end + 1) {
        end = text.indexOf('\n', start)
        if (end === -1) end = text.length
        const line = text.slice(start, end)
        if (line.trim() === '') continue
        starts.push(start)
        ends.push(text.charCodeAt(end - 1) === 13 ? end - 1 : end)
        values.push(readLine(line, () => positions(start), exact))
      }
      return { text, values, starts, ends }
    },
    offsetOf({ text, starts, ends }, index, path) {
      const start = starts[index] as number // `index` is a row's
      return start + (path.length === 0 ? 0 : locateJson(text.slice(start, ends[index]), path))
    },
    edit({ text, starts, ends }, { changed, removed, added }) {
      const splices: Splice[] = []
      for (const [index, { edits, row }] of changed) {
        const start = starts[index] as number // indexes are rows'
        const end = ends[index] as number
        splices.push({ start, end, text: editJsonText(text.slice(start, end), edits, row, columnsOrder) })
      }
      for (const index of removed) {
        const newline = text.indexOf('\n', ends[index])
        splices.push({
          start: starts[index] as number,
          end: newline === -1 ? text.length : newline + 1,
          text: '',
        })
      }
      if (added.length > 0) {
        const eol = text.includes('\r\n') ? '\r\n' : '\n'
        const last = ends.at(-1)
        const like = last === undefined ? undefined : text.slice(starts.at(-1), last)
        const lines = added.map((row) => format(row, like) + eol).join('')
        const glued = text !== '' && !text.endsWith('\n') && !removed.has(ends.length - 1)
        splices.push({ start: text.length, end: text.length, text: glued ? eol + lines : lines })
      }
      return splices
    },
    create: (rows) => rows.map((row) => `${format(row)}\n`).join(''),
  }
}

function readLine(line: string, at: () => RecordPosition, exact: boolean): unknown {
  try {
    const value: unknown = JSON.parse(line)
    const mayFail = typeof value === 'object' && value !== null && (exact || line.length >= 2 * maxValueDepth)
    return mayFail ? (jsonValueFault(value, exact, at()) ?? value) : value
  } catch {
    return attempt(() => parseJsonText(line, at().line))
  }
}
