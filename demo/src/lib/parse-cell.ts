import type { Json } from '../../../src/index.ts'
import type { TableColumn } from './columns.ts'
import { compact, sameJson } from './json.ts'

/** How a cell is edited. */
export type EditorKind = 'text' | 'number' | 'integer' | 'boolean' | 'enum' | 'json'

/** A parsed cell, or what is wrong with the text. */
export type ParsedCell =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: string }

/** The editor that fits a column; a column of any type follows the value that is there. */
export function editorKind(column: TableColumn, value: Json | undefined): EditorKind {
  if (column.enum.length > 0) return 'enum'
  switch (column.type) {
    case 'int':
    case 'integer':
      return 'integer'
    case 'float':
    case 'number':
    case 'decimal':
      return 'number'
    case 'bool':
    case 'boolean':
      return 'boolean'
    case 'any':
      return kindOfValue(value)
    default:
      return column.type.startsWith('map[') || column.type.startsWith('[]') ? 'json' : 'text'
  }
}

function kindOfValue(value: Json | undefined): EditorKind {
  if (value === undefined || value === null || typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'boolean' : 'json'
}

/** The text that the editor starts with. */
export function cellText(kind: EditorKind, value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return kind === 'json' ? JSON.stringify(value, null, 2) : compact(value)
}

/** Parses what was typed; the problem says what to type instead. */
export function parseCell(kind: EditorKind, column: TableColumn, text: string): ParsedCell {
  switch (kind) {
    case 'text':
      return { ok: true, value: text }
    case 'boolean':
      return text === 'true' || text === 'false' ? ok(text === 'true') : bad('Choose true or false.')
    case 'enum': {
      const option = column.enum.find((one) => compact(one) === text)
      return option === undefined ? bad('Choose one of the listed values.') : ok(option)
    }
    case 'integer':
    case 'number':
      return parseNumber(kind, text.trim())
    case 'json':
      return parseJson(column, text)
  }
}

function parseNumber(kind: 'integer' | 'number', text: string): ParsedCell {
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text))
    return bad('Type a number, for example 5300000 or 0.5.')
  const value = Number(text)
  if (!Number.isFinite(value)) return bad('This number is too large.')
  if (kind === 'integer' && !Number.isInteger(value)) return bad('Type a whole number.')
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return bad('This number has more digits than can be kept exactly.')
  return ok(value)
}

function parseJson(column: TableColumn, text: string): ParsedCell {
  let value: Json
  try {
    value = JSON.parse(text) as Json // JSON.parse gives JSON
  } catch (error) {
    return bad(`This is not JSON yet: ${error instanceof Error ? error.message : String(error)}`)
  }
  const isList = Array.isArray(value)
  if (column.type.startsWith('[]') && !isList) return bad('Type a list, for example ["a", "b"].')
  if (column.type.startsWith('map[') && (isList || typeof value !== 'object' || value === null))
    return bad('Type a map, for example {"en": "Ireland"}.')
  return ok(value)
}

/** True when an edit would change nothing. */
export function isSameCell(before: Json | undefined, after: Json | undefined): boolean {
  return before === undefined || after === undefined ? before === after : sameJson(before, after)
}

function ok(value: Json): ParsedCell {
  return { ok: true, value }
}

function bad(problem: string): ParsedCell {
  return { ok: false, problem }
}
