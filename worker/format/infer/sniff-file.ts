import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import { createCsvRows } from '../csv/csv-rows.ts'
import { parseIngr } from '../ingr/ingr-rows.ts'
import { createJsonLines } from '../json/jsonl-rows.ts'
import { createMarkdownCodec } from '../markdown-codec.ts'
import { findValueFault, isDeeperThan, isJsonMap, maxValueDepth } from '../record-value.ts'
import { readToml } from '../toml/toml-reader.ts'
import { createYamlCodec } from '../yaml/yaml-codec.ts'
import type { RowsText } from '../rows-codec.ts'
import { createYamlRows } from '../yaml/yaml-rows.ts'
import { areAlike } from './value-types.ts'

/** What a data file seems to hold, by its beginning. */
export type Sniffed =
  | { readonly kind: 'record'; readonly value: RecordValue }
  /** `columns` when the file itself has a header. */
  | { readonly kind: 'list'; readonly rows: readonly RecordValue[]; readonly columns?: readonly string[] }
  /** A dictionary of records, which may also be one record. */
  | { readonly kind: 'dictionary'; readonly rows: readonly RecordValue[]; readonly value: RecordValue }
  /** Data, but no records. */
  | { readonly kind: 'other' }
  | { readonly kind: 'broken'; readonly why: string }

/** How much of a file is looked at. */
const sniffBytes = 65_536
/** A file without an end of a field or row within that is looked at whole, up to this. */
const maxWholeBytes = 4_000_000
/** YAML takes longer. */
const yamlCost = 8

/** What looking at the beginning of a file costs, in bytes of the cheaper formats. */
export function sniffCost(bytes: Uint8Array, format: string): number {
  const cost = format === 'yaml' || format === 'yml' ? yamlCost : 1
  return Math.min(bytes.length * cost, sniffBytes)
}
/** Without columns all cells are text. */
const csvRows = createCsvRows({ columns: [], columnsOrder: [], primaryKey: [] })
const other: Sniffed = { kind: 'other' }

/** Looks at the first `limit` bytes of a data file. Never throws for its content. */
export function sniffFile(
  bytes: Uint8Array,
  format: string,
  limit: number = sniffBytes / (format === 'yaml' || format === 'yml' ? yamlCost : 1),
): Sniffed {
  const cut = bytes.length > limit
  try {
    const text = decode(cut ? bytes.subarray(0, limit) : bytes, cut)
    if (text.includes('\0')) return { kind: 'broken', why: 'it is not text' }
    switch (format) {
      case 'json': {
        const begin = cut ? closeJson(text) : text
        if (begin === undefined && bytes.length > maxWholeBytes) return other
        return classify(JSON.parse(begin ?? decode(bytes, false)))
      }
      case 'yaml':
      case 'yml':
        return sniffYaml(bytes, text, cut)
      case 'markdown':
        return sniffMarkdown(bytes)
      case 'toml':
        return classify(readToml(decode(bytes.subarray(0, maxWholeBytes), false)))
      case 'jsonl':
        return sniffRows(createJsonLines([]).parse(wholeLines(text, cut)))
      case 'csv':
        return sniffRows(csvRows.parse(wholeLines(text, cut, true)))
      default:
        return sniffRows(parseIngr(wholeLines(text, cut)))
    }
  } catch (error) {
    const why =
      error instanceof EspalierError || error instanceof SyntaxError ? error.message : 'it does not parse'
    return { kind: 'broken', why }
  }
}

function decode(bytes: Uint8Array, cut: boolean): string {
  // The last character may be cut: `stream` keeps it back. A byte order mark goes.
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut })
}

function classify(value: unknown): Sniffed {
  if (typeof value !== 'object' || value === null || isDeeperThan(value, maxValueDepth)) return other
  if (findValueFault(value, 'any') !== undefined) return other
  // JSON data from here on: checked above.
  if (Array.isArray(value)) {
    const rows = value as readonly Json[]
    return rows.length > 0 && rows.every(isJsonMap)
      ? { kind: 'list', rows: rows as readonly RecordValue[] }
      : other
  }
  const record = value as RecordValue
  const values = Object.values(record)
  // One map of maps may be a record of maps; several alike ones are a dictionary of records.
  return values.length > 1 && areAlike(values)
    ? { kind: 'dictionary', rows: values as readonly RecordValue[], value: record }
    : { kind: 'record', value: record }
}

function sniffYaml(bytes: Uint8Array, text: string, cut: boolean): Sniffed {
  const begin = cut ? text.slice(0, lastTopLevelLine(text)) : text
  if (cut && begin === '')
    return bytes.length * yamlCost > maxWholeBytes ? other : classify(parseYaml(decode(bytes, false)))
  return classify(parseYaml(begin))
}

function parseYaml(text: string): unknown {
  return /^(?:\s*(?:#[^\n]*|---[ \t]*)\n)*-[ \n]/.test(text)
    ? createYamlRows(false, []).parse(text).values
    : createYamlCodec().parse(new TextEncoder().encode(text))
}

function sniffMarkdown(bytes: Uint8Array): Sniffed {
  const value = createMarkdownCodec().parse(bytes)
  return Object.keys(value).some((name) => name !== '$content') ? { kind: 'record', value } : other
}

/** Rows that cannot be read are left out: the others say what the file is. */
function sniffRows(file: RowsText & { readonly columns?: readonly string[] }): Sniffed {
  // Rows are maps of JSON data, or the error for why they are none.
  const rows = file.values.filter(
    (row) => isJsonMap(row) && !(row instanceof Error),
  ) as readonly RecordValue[]
  if (file.columns?.length === 0) return other
  if (rows.length === 0 && file.values.length > 0)
    return { kind: 'broken', why: 'none of its rows can be read' }
  return { kind: 'list', rows, ...(file.columns === undefined ? {} : { columns: file.columns }) }
}

/** The text up to the end of a line, outside of quotes where these may hold one. */
function wholeLines(text: string, cut: boolean, quoted = false): string {
  if (!cut) return text
  if (!quoted) return text.slice(0, text.lastIndexOf('\n') + 1)
  let end = 0
  for (const { 0: token, index } of text.matchAll(/"[^"]*(?:"|$)|\n/g)) if (token === '\n') end = index + 1
  return text.slice(0, end)
}

/** Where the last item or key of a block list or map begins: what stands before is whole. */
function lastTopLevelLine(text: string): number {
  let end = text.lastIndexOf('\n')
  while (end > 0 && /[\s#]/.test(text.charAt(end + 1) || ' ')) end = text.lastIndexOf('\n', end - 1)
  return end + 1
}

/** The beginning of a JSON list or object, ended after its last whole member; undefined when it has none. */
function closeJson(text: string): string | undefined {
  let depth = 0
  let end = 0
  const token = /"(?:[^"\\]|\\.)*"|[[\]{},]/gs
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [mark] = match
    if (mark === '[' || mark === '{') depth++
    else if (mark === ']' || mark === '}') depth--
    else if (mark === ',' && depth === 1) end = match.index
  }
  return end === 0 ? undefined : text.slice(0, end) + (text.trimStart().startsWith('[') ? ']' : '}')
}
