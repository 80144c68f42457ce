import {
  type Document,
  isCollection,
  isDocument,
  isNode,
  LineCounter,
  type Node,
  parseDocument,
  type ParsedNode,
} from 'yaml'
import type { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { badRecord, mergeMarkerFault, type RecordPosition } from '../record-text.ts'
import { findValueFault, isJsonMap, maxValueDepth } from '../record-value.ts'
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

/** A YAML text with its positions in the file. */
export interface OpenedYaml {
  readonly document: YamlDocument
  /** Where further documents of the file begin: only the first one is read. */
  readonly further?: RecordPosition
  positionOf(offset: number): RecordPosition
}

/**
 * Parses a YAML record with the full parser: YAML 1.2, core schema, so dates, `no` and `on` are text.
 *
 * @throws EspalierError `format/bad-record`
 */
export function parseYamlDocument(text: string): ParsedYaml {
  const opened = openYaml(text)
  const value = yamlValueOf(opened, opened.document)
  if (!isJsonMap(value)) throw badRecord('a record must be a map of fields', { line: 1, column: 1 })
  return { document: opened.document, value }
}

/**
 * The syntax of YAML text, which may be a part of a file that begins at `firstLine`.
 *
 * @throws EspalierError `format/bad-record`
 */
export function openYaml(text: string, firstLine = 1): OpenedYaml {
  if (opensTooDeep(text)) throw badRecord('it is nested too deeply')
  const lines = new LineCounter()
  const positionOf = (offset: number): RecordPosition => {
    const { line, col } = lines.linePos(offset)
    return { line: line + firstLine - 1, column: col }
  }
  let document: YamlDocument
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      lineCounter: lines,
      // Silence would also hide that there are further documents.
      logLevel: 'error',
      prettyErrors: false,
    }) as YamlDocument // without errors the contents are parsed nodes; checked below
  } catch (error) {
    throw asBadRecord(error)
  }
  const error = document.errors[0]
  if (error === undefined) return { document, positionOf }
  if (error.code === 'MULTIPLE_DOCS') return { document, positionOf, further: positionOf(error.pos[0]) }
  throw (
    mergeMarkerFault(text) ?? badRecord(`it is not valid YAML: ${error.message}`, positionOf(error.pos[0]))
  )
}

/**
 * What a document, or a node of it, says.
 *
 * @throws EspalierError `format/bad-record` for keys that stand twice, too many aliases, and values that are no data.
 */
export function yamlValueOf({ document, positionOf }: OpenedYaml, node: YamlDocument | Node): unknown {
  const whole = isDocument(node)
  let value: unknown
  try {
    const duplicate = findDuplicateKey(node)
    if (duplicate !== undefined) {
      throw badRecord(`the field "${duplicate.name}" stands twice`, positionOf(duplicate.offset))
    }
    value = whole ? node.toJS({ maxAliasCount }) : node.toJS(document, { maxAliasCount })
  } catch (error) {
    throw asBadRecord(error)
  }
  const fault = findValueFault(value, 'any')
  if (fault === undefined) return value
  const path = fault.path.slice(0, 8)
  const at: unknown = whole ? node.getIn(path, true) : isCollection(node) ? node.getIn(path, true) : node
  const offset = isNode(at) ? at.range?.[0] : undefined
  throw badRecord(
    `${fault.why} (at "${path.join('.')}")`,
    offset === undefined ? undefined : positionOf(offset),
  )
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
