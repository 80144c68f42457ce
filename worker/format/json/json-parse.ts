import type { EspalierError } from '../../../src/protocol/errors.ts'
import { type JsonVisitor, walkJson } from './json-walk.ts'
import { badRecord, mergeMarkerFault, positionAt, type RecordPosition } from '../record-text.ts'
import { findValueFault, isDeeperThan, maxValueDepth } from '../record-value.ts'

/**
 * The value of JSON text; `firstLine` is the number of its first line in the file.
 *
 * @throws EspalierError `format/bad-record` where it is not JSON.
 */
export function parseJsonText(text: string, firstLine = 1): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw syntaxError(text, firstLine)
  }
}

/** The error for what JSON.parse accepts but a record cannot hold; `exact` looks at every number. */
export function jsonValueFault(
  value: object,
  exact: boolean,
  at?: RecordPosition,
): EspalierError | undefined {
  if (!exact && !isDeeperThan(value, maxValueDepth)) return undefined
  const fault = findValueFault(value, 'any')
  return fault && badRecord(`${fault.why} (at "${fault.path.slice(0, 8).join('.')}")`, at)
}

/** As a token of its own: text in quotes is full of what looks like it (`"1e511-f47d"`). */
const largeExponent = /(?:^|[\s:,[])-?\d+(?:\.\d+)?[eE]\+?\d{3,}(?![^\s,\]}])/
/** With an exponent of two digits they are still below 1e308. */
const longestSafeDigits = 200

/** Whether there may be a number beyond the range of JavaScript's numbers. */
export function mayOverflow(text: string): boolean {
  if (largeExponent.test(text)) return true
  // A run of digits that long covers one of these places.
  for (let i = longestSafeDigits - 1; i < text.length; i += longestSafeDigits) {
    if (!isDigit(text.charCodeAt(i))) continue
    let start = i
    let end = i + 1
    while (isDigit(text.charCodeAt(start - 1))) start--
    while (isDigit(text.charCodeAt(end))) end++
    if (end - start >= longestSafeDigits) return true
  }
  return false
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function syntaxError(text: string, firstLine: number): EspalierError {
  const marked = mergeMarkerFault(text)
  if (marked !== undefined) return marked
  const fault = walkJson(text, nothing)
  if (fault === undefined) return badRecord('it is not valid JSON')
  const { line, column } = positionAt(text, fault.offset)
  return badRecord(`it is not valid JSON: expected ${fault.expected}`, { line: line + firstLine - 1, column })
}

const nothing: JsonVisitor = { open() {}, close() {}, name() {}, scalar() {} }
