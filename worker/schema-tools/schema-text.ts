import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../format/record-diff.ts'
import { decodeRecord, encodeRecord } from '../format/record-text.ts'
import { isJsonMap, type ValuePath } from '../format/record-value.ts'
import { parseYamlDocument, type ParsedYaml } from '../format/yaml/yaml-document.ts'
import { editYamlText } from '../format/yaml/yaml-edit.ts'
import {
  formatYamlAfterColon,
  formatYamlBlock,
  formatYamlKey,
  isBlockCollection,
} from '../format/yaml/yaml-emit.ts'

/**
 * One edit of a settings, registry or definition file. Everything that it does not name keeps its bytes: comments,
 * quotes, order.
 */
export type SchemaEdit =
  /** Replaces the value at a path, or adds the field at the end of its map, or an item before a list position. */
  | { readonly kind: 'set'; readonly path: ValuePath; readonly value: Json }
  | { readonly kind: 'add'; readonly path: ValuePath; readonly value: Json }
  /** Adds a field after another one (null: as the first). `keys` orders the fields of its value. */
  | {
      readonly kind: 'insert'
      readonly path: readonly string[]
      readonly value: Json
      readonly after: string | null
      readonly keys?: readonly string[]
    }
  | { readonly kind: 'remove'; readonly path: ValuePath }
  /** Gives a field another name; its value, place and comments stay. */
  | { readonly kind: 'rename'; readonly path: readonly string[]; readonly to: string }

/**
 * The file with the edits made in order. Each is checked by reading the result.
 *
 * @throws EspalierError `format/edit-refused` when an edit cannot be made without risk to the rest of the file,
 * `format/bad-record` when the file does not parse.
 */
export function editSchemaFile(bytes: Uint8Array, edits: readonly SchemaEdit[]): Uint8Array {
  const { text, bom } = decodeRecord(bytes)
  let result = text
  for (const edit of edits) result = applyEdit(result, edit)
  return result === text ? bytes : encodeRecord(result, bom)
}

function applyEdit(text: string, edit: SchemaEdit): string {
  const parsed = parseYamlDocument(text)
  const intended = editValue(parsed.value, edit, 0)
  if (equalValues(parsed.value, intended) && edit.kind !== 'rename') return text
  const spliced = spliceLines(text, parsed, edit)
  if (spliced !== undefined && reads(spliced, intended)) return spliced
  if (edit.kind === 'rename') {
    // Through the value: the field moves to the end of its map.
    const value = valueAt(parsed.value, edit.path)
    const path = [...edit.path.slice(0, -1), edit.to]
    return applyEdit(applyEdit(text, { kind: 'remove', path: edit.path }), { kind: 'add', path, value })
  }
  const { path } = edit
  const result =
    edit.kind === 'remove'
      ? editYamlText(text, [{ kind: 'remove', path }], intended, [])
      : editYamlText(
          text,
          [{ kind: edit.kind === 'insert' ? 'add' : edit.kind, path, value: edit.value }],
          intended,
          [],
        )
  if (reads(result, intended)) return result
  throw new EspalierError(
    'format/edit-refused',
    `"${path.join('.')}" cannot be changed in this file without risk to the rest. Edit the file's text instead.`,
  )
}

function reads(text: string, intended: RecordValue): boolean {
  try {
    return equalValues(parseYamlDocument(text).value, intended)
  } catch {
    return false
  }
}

/** Whole lines of block maps; undefined where the place is written in another way. */
function spliceLines(text: string, { document }: ParsedYaml, edit: SchemaEdit): string | undefined {
  if (edit.kind === 'set' || edit.kind === 'add') return undefined
  const name = edit.path.at(-1)
  const parent: unknown =
    edit.path.length === 1 ? document.contents : document.getIn(edit.path.slice(0, -1), true)
  if (!isMap(parent) || parent.flow === true || typeof name !== 'string') return undefined
  const holder: YAMLMap = parent
  const places = holder.items.map((pair) => placeOf(text, pair))
  if (edit.kind === 'rename') {
    const place = places.find((each) => each?.name === name)
    if (place === undefined) return undefined
    return text.slice(0, place.start) + formatYamlKey(edit.to) + text.slice(place.end)
  }
  if (edit.kind === 'remove') {
    const index = places.findIndex((each) => each?.name === name)
    const place = places[index]
    if (place === undefined || places.length === 1) return undefined
    const end = blockEnd(text, place)
    const from = index === 0 ? place.line : commentStart(text, place)
    if (end < text.length || text.endsWith('\n')) return text.slice(0, from) + text.slice(end)
    return text.slice(0, from).replace(/\r?\n$/, '')
  }
  const first = places[0]
  if (first === undefined) return undefined
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const step = /^( {2,8})[^\s#]/m.exec(text)?.[1]?.length ?? 4
  const pad = ' '.repeat(first.column)
  const body =
    isJsonMap(edit.value) && isBlockCollection(edit.value)
      ? `\n${formatYamlBlock(edit.value, first.column + step, step, edit.keys)}`
      : formatYamlAfterColon(edit.value, first.column, step)
  const lines = `${pad}${formatYamlKey(name)}:${body}`.replaceAll('\n', eol)
  if (edit.after === null) {
    const at = first.line === 0 ? 0 : first.line
    return text.slice(0, at) + lines + text.slice(at)
  }
  const before = places.find((each) => each?.name === edit.after)
  if (before === undefined) return undefined
  const at = blockEnd(text, before)
  if (at === text.length && !text.endsWith('\n')) return `${text}${eol}${lines.slice(0, -eol.length)}`
  return text.slice(0, at) + lines + text.slice(at)
}

/** A key at the beginning of its line: offsets of its token and its line, and its column. */
interface KeyPlace {
  readonly name: string
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}

function placeOf(text: string, { key }: Pair): KeyPlace | undefined {
  if (!isScalar(key) || !key.range) return undefined
  const [start, end] = key.range
  const line = text.lastIndexOf('\n', start - 1) + 1
  if (!/^ *$/.test(text.slice(line, start))) return undefined
  return { name: key.value === null ? '' : String(key.value), start, end, line, column: start - line }
}

/** The end of the lines that belong to a key: what is indented deeper, its comments among them, without blank lines after. */
function blockEnd(text: string, { line, column }: KeyPlace): number {
  let end = nextLine(text, line)
  for (let at = end; at < text.length; at = nextLine(text, at)) {
    const [, indent = '', rest = ''] = /^( *)([^\r\n]*)/.exec(text.slice(at, nextLine(text, at))) ?? []
    if (rest === '') continue
    // A list may stand at the column of its key.
    const inside = indent.length > column || (indent.length === column && /^-(?: |$)/.test(rest))
    if (!inside) break
    end = nextLine(text, at)
  }
  return end
}

/** Where the comment lines right above a key begin. */
function commentStart(text: string, { line, column }: KeyPlace): number {
  let start = line
  while (start > 0) {
    const above = text.lastIndexOf('\n', start - 2) + 1
    if (!text.startsWith(`${' '.repeat(column)}#`, above)) break
    start = above
  }
  return start
}

function nextLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline === -1 ? text.length : newline + 1
}

function valueAt(value: Json, path: ValuePath): Json {
  let at: Json | undefined = value
  for (const step of path) {
    at = isJsonMap(at) ? at[step] : Array.isArray(at) ? (at as readonly Json[])[Number(step)] : undefined
  }
  return at ?? null
}

/** The file's value after an edit. */
function editValue(value: RecordValue, edit: SchemaEdit, depth: number): RecordValue
function editValue(value: Json, edit: SchemaEdit, depth: number): Json
function editValue(value: Json, edit: SchemaEdit, depth: number): Json {
  const step = edit.path[depth]
  const last = depth === edit.path.length - 1
  if (Array.isArray(value)) {
    const items = [...(value as readonly Json[])]
    const index = Number(step)
    if (!last) items[index] = editValue(items[index] ?? null, edit, depth + 1)
    else if (edit.kind === 'remove') items.splice(index, 1)
    else if (edit.kind !== 'rename') items.splice(index, edit.kind === 'set' ? 1 : 0, edit.value)
    return items
  }
  const entries = new Map(isJsonMap(value) ? Object.entries(value) : [])
  const name = String(step)
  if (!last) entries.set(name, editValue(entries.get(name) ?? {}, edit, depth + 1))
  else if (edit.kind === 'remove') entries.delete(name)
  else if (edit.kind === 'rename') {
    return Object.fromEntries([...entries].map(([key, item]) => [key === name ? edit.to : key, item]))
  } else entries.set(name, edit.value)
  return Object.fromEntries(entries)
}
