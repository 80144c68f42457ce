import { mergeRows } from './merge-rows.ts'

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
 * Merges CSV texts whose rows have no key, by counting equal lines. Undefined when one side has more of a row and the
 * other fewer, when the columns differ, and where a line is not a row: somebody has to look at the file.
 */
export function mergeCsvRows(base: string, ours: string, theirs: string): string | undefined {
  const [was, our, their] = [base, ours, theirs].map(linesOf)
  if (!was || !our || !their) return undefined
  if (was.header !== our.header || their.header !== our.header || keyColumn.test(our.header)) return undefined
  const { rows, conflicts } = mergeRows({ base: was.rows, ours: our.rows, theirs: their.rows }, (row) => row)
  if (conflicts.length > 0) return undefined
  return our.bom + [our.header, ...rows].join(our.lineEnd) + our.end
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
