import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { rewriteAsGo } from './go-files.ts'
import { findUnsafeNumbers, type UnsafeNumber } from './json/json-unsafe-numbers.ts'
import type { RecordCodec } from './record-codec.ts'
import { checkEdits, diffValues, equalValues } from './record-diff.ts'
import {
  badRecord,
  decodeRecord,
  editRefused,
  encodeRecord,
  mergeMarkerFault,
  parseEach,
  positionAt,
  type RecordPosition,
} from './record-text.ts'
import { checkRecordValue, isJsonMap, type ValuePath } from './record-value.ts'
import { createYamlCodec } from './yaml/yaml-codec.ts'
import { parseYamlDocument } from './yaml/yaml-document.ts'
import { formatYamlBlock } from './yaml/yaml-emit.ts'
import { parseFlatYaml } from './yaml/yaml-fast.ts'
import { formatGoYaml } from './yaml/yaml-go.ts'

/** Where the body goes when the definition does not say (format facts §2.2). */
const defaultContentField = '$content'
/** Indentation of new front matter (format facts §8.1). */
const newFileIndent = 4

/** What a Markdown codec knows of its collection. */
export interface MarkdownOptions {
  readonly columnsOrder?: readonly string[]
  readonly contentField?: string
  readonly canonical?: 'go'
}

/**
 * The codec of Markdown files: YAML between two `---` lines, then a body that is the record's content field,
 * byte for byte. A file without front matter is all body; one that ends in its closing `---`, without a line
 * end, has no content field (the Go tools read it as an empty one).
 */
export function createMarkdownCodec(options: MarkdownOptions = {}): RecordCodec {
  const { columnsOrder = [], contentField = defaultContentField, canonical } = options
  const yaml = createYamlCodec({ columnsOrder })
  const locateField = (front: string, path: ValuePath): RecordPosition | undefined =>
    // The empty line stands for the opening `---`, so that positions are those of the file.
    yaml.locate?.(encodeRecord(`\n${front}`, false), path)

  const read = (text: string): MarkdownRecord => {
    const parts = splitFrontMatter(text)
    const { front, body } = parts
    const fields = parseFields(front)
    if (Object.hasOwn(fields, contentField)) {
      const why = `"${contentField}" is the text below the front matter, so it must not be a field in it`
      throw badRecord(why, locateField(front, [contentField]))
    }
    if (body === undefined) return { ...parts, fields, value: fields }
    return { ...parts, fields, value: Object.fromEntries([...Object.entries(fields), [contentField, body]]) }
  }
  const parse = (bytes: Uint8Array): RecordValue => read(decodeRecord(bytes).text).value

  const split = (value: RecordValue): { readonly fields: RecordValue; readonly body: string | undefined } => {
    const body = Object.hasOwn(value, contentField) ? value[contentField] : undefined
    if (body !== undefined && typeof body !== 'string') {
      const message = `The value at "${contentField}" cannot be stored: the body of a Markdown file is text.`
      throw new EspalierError('record/bad-value', message, { data: { path: [contentField] } })
    }
    return {
      fields: Object.fromEntries(Object.entries(value).filter(([name]) => name !== contentField)),
      body,
    }
  }

  const write = (value: RecordValue, order: readonly string[]): string => {
    const { fields, body } = split(value)
    const front = formatFields(fields, order, canonical)
    return `---\n${front}---${body === undefined && canonical === undefined ? '' : `\n${body ?? ''}`}`
  }

  const editText = (before: MarkdownRecord, value: RecordValue): string => {
    const { fields, body } = split(value)
    const eol = before.close.endsWith('\r\n') || before.open.endsWith('\r\n') ? '\r\n' : '\n'
    let { front } = before
    if (!equalValues(before.fields, fields)) {
      if (Object.keys(fields).length === 0) front = front.replaceAll(/^[^#].*\n|^\r?\n/gm, '')
      else if (isBlankYaml(front)) front += formatFields(fields, columnsOrder).replaceAll('\n', eol)
      else front = decodeRecord(yaml.edit(encodeRecord(front, false), fields)).text
    }
    // Without front matter the body is the file, unless it could be taken for front matter.
    const bare = before.open === '' && front === '' && body !== undefined && !opening.test(body)
    if (bare) return body
    const open = before.open || `---${eol}`
    const close = before.close.trimEnd() || '---'
    return open + front + close + (body === undefined ? '' : (lineEnd.exec(before.close)?.[0] ?? eol) + body)
  }

  return {
    parse,
    parseMany: (files) => parseEach(files, parse),
    edit(bytes, value) {
      const { text, bom } = decodeRecord(bytes)
      const before = read(text)
      const edits = diffValues(before.value, value)
      if (edits.length === 0) return bytes
      if (!isJsonMap(value)) checkRecordValue(value)
      checkEdits(edits)
      if (canonical === 'go') return rewriteAsGo('yaml', before.front, () => write(value, columnsOrder))
      const result = editText(before, value)
      if (!equalValues(read(result).value, value)) throw editRefused('its front matter cannot be kept')
      return encodeRecord(result, bom)
    },
    create(value, definition) {
      checkRecordValue(value)
      return encodeRecord(write(value, definition.columnsOrder), false)
    },
    locate(bytes, path) {
      const { text } = decodeRecord(bytes)
      const { open, front, body } = read(text)
      if (path.length === 0) return { line: 1, column: 1 }
      if (path[0] !== contentField) return open === '' ? undefined : locateField(front, path)
      return body === undefined ? undefined : positionAt(text, text.length - body.length)
    },
  }
}

/** As `findUnsafeNumbers`, for the front matter of a file that parses. */
export function findUnsafeMarkdownNumbers(text: string): readonly UnsafeNumber[] {
  return findUnsafeNumbers('yaml', `\n${splitFrontMatter(text).front}`)
}

interface MarkdownParts {
  /** The opening delimiter with its line end; empty when there is no front matter. */
  readonly open: string
  readonly front: string
  readonly close: string
  readonly body: string | undefined
}

interface MarkdownRecord extends MarkdownParts {
  readonly fields: RecordValue
  readonly value: RecordValue
}

const opening = /^---[ \t]*(?:\r?\n|$)/
const closing = /^---[ \t]*(?:\r?\n|$(?![^]))/m
const lineEnd = /\r?\n$/

function splitFrontMatter(text: string): MarkdownParts {
  const open = opening.exec(text)?.[0]
  if (open === undefined) {
    // Markers further down may be what the text is about.
    if (text.startsWith('<<<<<<< ')) throw mergeMarkerFault(text)
    return { open: '', front: '', close: '', body: text }
  }
  const rest = text.slice(open.length)
  const end = closing.exec(rest)
  if (end === null || !open.endsWith('\n')) {
    const why = 'the front matter that begins here has no closing "---" line'
    throw mergeMarkerFault(text) ?? badRecord(why, { line: 1, column: 1 })
  }
  const [close] = end
  const body = lineEnd.test(close) ? rest.slice(end.index + close.length) : undefined
  return { open, front: rest.slice(0, end.index), close, body }
}

function parseFields(front: string): RecordValue {
  if (isBlankYaml(front)) return {}
  // The empty line stands for the opening `---`, so that positions are those of the file.
  const text = `\n${front}`
  return parseFlatYaml(text) ?? parseYamlDocument(text).value
}

/** Nothing but empty lines and comments. */
function isBlankYaml(front: string): boolean {
  return !/^[ \t]*[^\s#]/m.test(front)
}

function formatFields(fields: RecordValue, order: readonly string[], canonical?: 'go'): string {
  if (Object.keys(fields).length === 0) return ''
  return canonical === 'go' ? formatGoYaml(fields, order) : formatYamlBlock(fields, 0, newFileIndent, order)
}
