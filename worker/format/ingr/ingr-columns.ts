import { EspalierError } from '../../../src/protocol/errors.ts'
import { hashSplice, parseIngr, type IngrText } from './ingr-rows.ts'
import { attempt } from '../rows-codec.ts'
import { applySplices, type Splice } from '../text-splice.ts'

/** The names in the header of an INGR file; undefined when it cannot be read. */
export function ingrColumns(text: string): readonly string[] | undefined {
  return readable(text)?.columns
}

/**
 * An INGR file with its columns in the order of `columns`; all lines keep their text, and columns that are not named
 * there stand at the end. Undefined when it cannot be read or has a record that is none. The same text when it has this order.
 */
export function arrangeIngr(text: string, columns: readonly string[]): string | undefined {
  const file = readable(text)
  if (!file || file.values.some((value) => value instanceof EspalierError)) return undefined
  const known = columns.filter((name) => file.columns.includes(name))
  const order = [...known, ...file.columns.filter((name) => !known.includes(name))]
  const sources = order.map((name) => file.columns.indexOf(name))
  if (sources.every((from, to) => from === to)) return text
  const header = file.columnEnds.map((end, i): Place => {
    const start = i === 0 ? file.columnStart : (file.columnEnds[i - 1] as number) + 1
    return { start: end - text.slice(start, end).trimStart().length, end }
  })
  const lines = [...file.rows, ...file.hidden].map(({ cells }) =>
    file.columns.map((_name, i): Place => {
      const end = cells[2 * i + 1] as number // two for each column
      const newline = text.indexOf('\n', end)
      // What is said of a value goes where it goes.
      const line = text.slice(end, newline === -1 ? text.length : newline).trimEnd()
      return { start: cells[2 * i] as number, end: end + line.length }
    }),
  )
  const splices = [header, ...lines].flatMap((places) =>
    places.map((place, to): Splice => {
      const { start, end } = places[sources[to] as number] as Place // one for each column
      return { ...place, text: text.slice(start, end) }
    }),
  )
  return applySplices(text, [...splices, ...hashSplice(file, splices)])
}

interface Place {
  readonly start: number
  readonly end: number
}

function readable(text: string): IngrText | undefined {
  const file = attempt(() => parseIngr(text))
  return file instanceof EspalierError ? undefined : file
}
