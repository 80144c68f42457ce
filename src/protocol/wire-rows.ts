/**
 * How many rows cross the worker boundary: as JSON text, which from a few hundred rows on takes a third of the time of
 * structured clone (28 against 76 ms for ten thousand, measured in Chromium), and in parts, so that one thread reads
 * the first ones while the other writes the next.
 */

/** Where a message's rows belong: a property of its value, or `''` for the value itself. */
export type RowsPlace = string

/** From this many rows on text is faster. */
const manyRows = 150
/** Few enough that the page begins soon, enough that messages cost nothing beside them. */
const rowsInPart = 250

/** A value as it crosses: the rest of it, and its rows in parts. */
export interface PackedRows {
  readonly value: unknown
  readonly parts: readonly (readonly unknown[])[]
}

/** The last part of a message's rows, which goes with the message; the others went before. */
export interface LastRows {
  readonly place: RowsPlace
  readonly text: string
}

/** Takes the rows out of a value; undefined when they are few and it can go as it is. */
export function packRows(value: unknown, place: RowsPlace): PackedRows | undefined {
  const holder = value as { readonly [place: string]: readonly unknown[] } // whoever names a place has rows there
  const rows = place === '' ? (value as readonly unknown[]) : (holder[place] ?? [])
  if (rows.length < manyRows) return undefined
  const parts: (readonly unknown[])[] = []
  for (let start = 0; start < rows.length; start += rowsInPart)
    parts.push(rows.slice(start, start + rowsInPart))
  return { value: place === '' ? [] : { ...holder, [place]: [] }, parts }
}

/** The value with its rows again. */
export function unpackRows(value: unknown, place: RowsPlace, rows: readonly unknown[]): unknown {
  return place === '' ? rows : { ...(value as object), [place]: rows }
}

/** Rows are JSON data; one that is not there becomes null. */
export function textOfRows(rows: readonly unknown[]): string {
  return JSON.stringify(rows)
}

export function rowsOfText(text: string): readonly unknown[] {
  return JSON.parse(text) as readonly unknown[] // textOfRows made it
}
