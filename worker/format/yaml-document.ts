import { type Document, LineCounter, parseDocument, type ParsedNode } from 'yaml'
import type { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { badRecord, mergeMarkerFault } from './record-text.ts'
import { findValueFault, isJsonMap, maxValueDepth } from './record-value.ts'
import { findDuplicateKey } from './yaml-duplicates.ts'

/** Ends of shared parts (aliases) that one file may expand to; more is an attack. */
const maxAliasCount = 100

/** A YAML file as a document with positions. */
export type YamlDocument = Document.Parsed<ParsedNode>

/** A parsed YAML record file. */
export interface ParsedYaml {
  readonly document: YamlDocument
  readonly value: RecordValue
}

/**
 * Parses a YAML record with the full parser: YAML 1.2, core schema, so dates, `no` and `on` are text.
 *
 * @throws EspalierError `format/bad-record`
 */
export function parseYamlDocument(text: string): ParsedYaml {
  if (opensTooDeep(text)) throw badRecord('it is nested too deeply')
  const lines = new LineCounter()
  let document: YamlDocument
  let value: unknown
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      merge: false,
      uniqueKeys: false,
      lineCounter: lines,
      logLevel: 'silent',
      prettyErrors: false,
    }) as YamlDocument // without errors the contents are parsed nodes; checked below
    const error = document.errors[0]
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0])
      throw (
        mergeMarkerFault(text) ?? badRecord(`it is not valid YAML: ${error.message}`, { line, column: col })
      )
    }
    const duplicate = findDuplicateKey(document)
    if (duplicate !== undefined) {
      const { line, col } = lines.linePos(duplicate.offset)
      throw badRecord(`the field "${duplicate.name}" stands twice`, { line, column: col })
    }
    value = document.toJS({ maxAliasCount })
  } catch (error) {
    throw asBadRecord(error)
  }
  if (!isJsonMap(value)) throw badRecord('a record must be a map of fields', { line: 1, column: 1 })
  const fault = findValueFault(value, 'any')
  if (fault === undefined) return { document, value: value as RecordValue }
  const place = fault.path.slice(0, 8).join('.')
  throw badRecord(`${fault.why} (at "${place}")`, positionOf(document, lines, fault.path.slice(0, 8)))
}

/** Unclosed brackets, or dashes in a row: the parser takes quadratic time for them. */
function opensTooDeep(text: string): boolean {
  let open = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x5b || code === 0x7b) open++
    else if ((code === 0x5d || code === 0x7d) && open > 0) open--
    if (open > maxOpenBrackets) return true
  }
  return dashRun.test(text)
}

/** Brackets inside text count too, so this is well above the depth that values may have. */
const maxOpenBrackets = 1000
const dashRun = new RegExp(`(?:- ){${maxValueDepth}}`)

/** Alias limits are ReferenceErrors, deep nesting overflows the stack (RangeError). */
function asBadRecord(error: unknown): EspalierError | Error {
  if (error instanceof ReferenceError) return badRecord(error.message)
  if (error instanceof RangeError) return badRecord('it is nested too deeply')
  return error instanceof Error ? error : badRecord(String(error))
}

function positionOf(
  document: YamlDocument,
  lines: LineCounter,
  path: readonly (string | number)[],
): { line: number; column: number } | undefined {
  const node: unknown = document.getIn(path, true)
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  if (!Array.isArray(range)) return undefined
  const { line, col } = lines.linePos(Number(range[0]))
  return { line, column: col }
}
