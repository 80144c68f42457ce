import { EspalierError } from '../../../src/protocol/errors.ts'
import { csvName } from './csv-cells.ts'
import { scanCsv } from './csv-rows.ts'
import { attempt } from '../rows-codec.ts'
import { applySplices, type Splice } from '../text-splice.ts'

/** The names in the header of a CSV file; undefined when it cannot be read. */
export function csvColumns(text: string): readonly string[] | undefined {
  const file = attempt(() => scanCsv(withoutMark(text)))
  return file instanceof EspalierError ? undefined : file.columns
}

/**
 * A CSV file with other columns, or in another order; all cells keep their text, and those of new columns are empty.
 * Undefined when it cannot be read, has no columns, or has a row that is none. The same text when it has these columns.
 */
export function arrangeCsv(text: string, columns: readonly string[]): string | undefined {
  const plain = withoutMark(text)
  const file = attempt(() => scanCsv(plain))
  if (file instanceof EspalierError) return undefined
  if (columns.join('\n') === file.columns.join('\n')) return text
  if (file.broken.size > 0 || file.columns.length === 0 || columns.length === 0) return undefined
  const sources = columns.map((name) => file.columns.indexOf(name))
  const header = file.columnEnds.flatMap((end, i) => [
    i === 0 ? file.columnStart : (file.columnEnds[i - 1] as number) + 1,
    end,
  ])
  const arrange = (cells: readonly number[], missing: (column: number) => string): Splice => ({
    start: cells[0] as number, // of the first column, which there is
    end: cells.at(-1) as number,
    text: sources
      .map((from, column) =>
        from === -1 ? missing(column) : plain.slice(cells[2 * from], cells[2 * from + 1]),
      )
      .join(','),
  })
  const arranged = applySplices(plain, [
    arrange(header, (column) => csvName(columns[column] as string)), // one of them
    ...file.rows.map(({ cells }) => arrange(cells, () => '')),
  ])
  return arranged === undefined ? undefined : text.slice(0, text.length - plain.length) + arranged
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text
}
