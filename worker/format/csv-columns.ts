import { EspalierError } from '../../src/protocol/errors.ts'
import { csvName } from './csv-cells.ts'
import { scanCsv } from './csv-rows.ts'
import { attempt } from './rows-codec.ts'
import { applySplices } from './text-splice.ts'

/** The names in the header of a CSV file; undefined when it cannot be read. */
export function csvColumns(text: string): readonly string[] | undefined {
  const file = attempt(() => scanCsv(text))
  return file instanceof EspalierError ? undefined : file.columns
}

/**
 * A CSV file with other columns, or in another order; all cells keep their text, and those of new columns are empty.
 * Undefined when one of its rows is none. Returns the same text when it has these columns.
 */
export function arrangeCsv(text: string, columns: readonly string[]): string | undefined {
  const file = attempt(() => scanCsv(text))
  if (file instanceof EspalierError || file.broken.size > 0) return undefined
  if (file.columns.length === 0 || columns.length === 0) return undefined
  if (columns.length === file.columns.length && columns.every((name, i) => name === file.columns[i]))
    return text
  const sources = columns.map((name) => file.columns.indexOf(name))
  const header = file.columnEnds.flatMap((end, i) => [
    i === 0 ? file.columnStart : (file.columnEnds[i - 1] ?? 0) + 1,
    end,
  ])
  const arrange = (
    cells: readonly number[],
    missing: (column: number) => string,
  ): { start: number; end: number; text: string } => ({
    start: cells[0] ?? 0,
    end: cells.at(-1) ?? 0,
    text: sources
      .map((from, column) =>
        from === -1 ? missing(column) : text.slice(cells[2 * from], cells[2 * from + 1]),
      )
      .join(','),
  })
  return applySplices(text, [
    arrange(header, (column) => csvName(columns[column] ?? '')),
    ...file.rows.map(({ cells }) => arrange(cells, () => '')),
  ])
}
