import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { editJsonText, locateJson } from './json-edit.ts'
import { jsonValueFault, mayOverflow, parseJsonText } from './json-parse.ts'
import { formatJson, newJsonLayout } from './json-text.ts'
import type { RecordCodec } from '../record-codec.ts'
import { checkEdits, diffValues } from '../record-diff.ts'
import {
  badRecord,
  decodeRecord,
  encodeRecord,
  positionAt,
  maxRecordBytes,
  strictDecoder,
} from '../record-text.ts'
import { checkRecordValue, isDeeperThan, isJsonMap, maxValueDepth } from '../record-value.ts'

/** Files per joined parse; measured best between 100 and 1000. */
const filesPerBatch = 500
/** Larger files gain nothing from joining. */
const maxJoinedBytes = 64 * 1024

/** Writes whole files in the bytes of other tools. */
export interface CanonicalJson {
  format(value: RecordValue): string
  /** In place of an edit of the text before. */
  rewrite(before: string, value: RecordValue): Uint8Array
}

/** The codec of `{key}.json` files: one JSON object each. */
export function createJsonCodec(
  options: { readonly columnsOrder?: readonly string[]; readonly canonical?: CanonicalJson } = {},
): RecordCodec {
  const { columnsOrder = [], canonical } = options
  return {
    parse: (bytes) => parseJson(decodeRecord(bytes).text),
    parseMany,
    edit(bytes, value) {
      const { text, bom } = decodeRecord(bytes)
      const edits = diffValues(parseJson(text), value)
      if (edits.length === 0) return bytes
      if (!isJsonMap(value)) checkRecordValue(value)
      checkEdits(edits)
      if (canonical) return canonical.rewrite(text, value)
      return encodeRecord(editJsonText(text, edits, value, columnsOrder), bom)
    },
    locate(bytes, path) {
      const { text } = decodeRecord(bytes)
      return positionAt(text, locateJson(text, path))
    },
    createsAny: true,
    create(value, definition) {
      checkRecordValue(value)
      const text =
        canonical?.format(value) ?? formatJson(value, newJsonLayout, '', definition.columnsOrder) + '\n'
      return encodeRecord(text, false)
    },
  }
}

function parseJson(text: string): RecordValue {
  const value = parseJsonText(text)
  if (!isJsonMap(value)) throw badRecord('a record must be a JSON object', { line: 1, column: 1 })
  // A value of depth d has at least 2d characters; numbers overflow only where digits are many.
  if (text.length >= 2 * maxValueDepth || mayOverflow(text)) {
    const fault = jsonValueFault(value, true)
    if (fault !== undefined) throw fault
  }
  return value
}

function parseMany(files: readonly Uint8Array[]): readonly (RecordValue | EspalierError)[] {
  const results: (RecordValue | EspalierError)[] = []
  const scratch = { bytes: new Uint8Array(0) }
  let start = 0
  while (start < files.length) {
    let size = 0
    let end = start
    while (end < files.length && end - start < filesPerBatch) {
      const { length } = files[end] as Uint8Array // inside the list
      if (length > maxJoinedBytes) break
      size += length
      end++
    }
    const joined = end - start > 1 ? parseJoined(files, start, end, size, scratch) : undefined
    if (joined === undefined) {
      end = Math.max(end, start + 1)
      for (const bytes of files.slice(start, end)) results.push(parseOrError(bytes))
    } else {
      for (const value of joined) results.push(value)
    }
    start = end
  }
  return results
}

function parseOrError(bytes: Uint8Array): RecordValue | EspalierError {
  try {
    if (bytes.length > maxRecordBytes) return badRecord('it is too large')
    return parseJson(decodeRecord(bytes).text)
  } catch (error) {
    if (error instanceof EspalierError) return error
    throw error
  }
}

/**
 * Parses `[file, nonce, file, nonce, file]` at once. The nonce is secret until the files are fixed, so all
 * nonces stand at odd positions of the outer list only if each file is exactly one JSON value: a file that
 * closes or opens brackets, or holds several values, cannot shift the others. Undefined: parse one by one.
 */
function parseJoined(
  files: readonly Uint8Array[],
  start: number,
  end: number,
  size: number,
  scratch: { bytes: Uint8Array },
): readonly (RecordValue | EspalierError)[] | undefined {
  const count = end - start
  const nonce = createNonce()
  const between = `,"${nonce}",`
  const separator = new TextEncoder().encode(between)
  const length = size + (count - 1) * separator.length + 2
  if (scratch.bytes.length < length) scratch.bytes = new Uint8Array(length)
  const { bytes } = scratch
  bytes[0] = 0x5b
  let at = 1
  for (let i = start; i < end; i++) {
    const file = files[i] as Uint8Array // inside the list
    if (i > start) {
      bytes.set(separator, at)
      at += separator.length
    }
    bytes.set(file, at)
    at += file.length
  }
  bytes[at] = 0x5d
  let elements: unknown
  let texts: readonly string[] | undefined
  try {
    const text = strictDecoder().decode(bytes.subarray(0, length))
    // In a few hundred files some text looks like such a number: those are parsed alone, the others are not.
    if (mayOverflow(text)) texts = text.split(between)
    elements = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(elements) || elements.length !== 2 * count - 1) return undefined
  const values: (RecordValue | EspalierError)[] = []
  for (let i = 0; i < count; i++) {
    if (i > 0 && elements[2 * i - 1] !== nonce) return undefined
    const value: unknown = elements[2 * i]
    if (!isJsonMap(value)) return undefined
    const file = files[start + i] as Uint8Array // inside the list
    if (file.length >= 2 * maxValueDepth && isDeeperThan(value, maxValueDepth)) return undefined
    values.push(texts && mayOverflow(texts[i] ?? '') ? parseOrError(file) : value)
  }
  return values
}

function createNonce(): string {
  const random = crypto.getRandomValues(new Uint32Array(4))
  return `x${[...random].map((part) => part.toString(36)).join('-')}`
}
