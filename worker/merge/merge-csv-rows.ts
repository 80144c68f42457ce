import { arrangeCsv, csvColumns } from '../format/csv/csv-columns.ts'
import { mergeColumns } from './merge-columns.ts'
import { mergeRows } from './merge-rows.ts'
import { countMembers } from './three-way-count.ts'

interface CsvLines {
  readonly header: string
  readonly rows: readonly string[]
  readonly lineEnd: '\n' | '\r\n'
  readonly bom: string
  /** What follows the last row. */
  readonly end: string
}

/** A column that is the key of a list's rows when the definition names none. */
const keyColumn = /(?:^|,)"?(?:\$ID|\$id|id)"?(?:,|$)/

/**
 * Merges CSV texts whose rows have no key, by counting equal lines. Columns that one side added, moved or removed are
 * so on the other one too. Undefined when one side has more of a row and the other fewer, when one removed a column in
 * which the other put something, and where a line is not a row: somebody has to look at the file.
 */
export function mergeCsvRows(base: string, ours: string, theirs: string): string | undefined {
  const headers = [base, ours, theirs].map(csvColumns)
  const [before, mine, yours] = headers
  if (!before || !mine || !yours) return undefined
  const columns = mergeColumns({ base: before, ours: mine, theirs: yours }, new Set())
  const dropped = before.filter((name) => !columns.includes(name))
  if (dropped.length > 0 && [ours, theirs].some((side) => usesNew(base, side, dropped))) return undefined
  const texts = [base, ours, theirs].map((text) => arrangeCsv(text, columns))
  const [was, our, their] = texts.map((text) => (text === undefined ? undefined : linesOf(text)))
  if (!was || !our || !their || keyColumn.test(our.header)) return undefined
  const { rows, conflicts } = mergeRows({ base: was.rows, ours: our.rows, theirs: their.rows }, (row) => row)
  if (conflicts.length > 0) return undefined
  return our.bom + [our.header, ...rows].join(our.lineEnd) + our.end
}

/** Whether a side may have something in these columns that the base does not have. */
function usesNew(base: string, side: string, columns: readonly string[]): boolean {
  const own = columns.filter((name) => csvColumns(side)?.includes(name))
  if (own.length === 0) return false
  const [old, now] = [base, side].map((text) => {
    const arranged = arrangeCsv(text, own)
    return arranged === undefined ? undefined : linesOf(arranged)
  })
  if (!old || !now) return true
  const known = countMembers(old.rows)
  return [...countMembers(now.rows)].some(
    ([row, count]) => /[^,"]/.test(row) && count > (known.get(row) ?? 0),
  )
}

function linesOf(whole: string): CsvLines | undefined {
  const bom = whole.startsWith('\ufeff') ? '\ufeff' : ''
  const text = whole.slice(bom.length)
  const lineEnd = /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n'
  const end = text.endsWith(lineEnd) ? lineEnd : ''
  const [header = '', ...rows] = text.slice(0, text.length - end.length).split(lineEnd)
  const isRow = (line: string): boolean => !/[\r\n]/.test(line) && (line.split('"').length - 1) % 2 === 0
  return [header, ...rows].every(isRow) ? { header, rows, lineEnd, bom, end } : undefined
}
