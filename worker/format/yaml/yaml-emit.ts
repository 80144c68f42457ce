import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json } from '../../../src/protocol/records.ts'
import { orderedEntries } from '../record-text.ts'
import { isJsonMap } from '../record-value.ts'

/** What YAML 1.1 or 1.2 readers (Go's yaml.v3 among them) would take for something other than text. */
const ambiguousWord = /^(?:y|n|yes|no|on|off|true|false|null|~|[-+]?\.(?:inf|nan)|=|<<)$/i
/** Numbers of YAML 1.1 or 1.2 in any base (60 too, which times look like), and timestamps. */
const numberLike = [
  /^[-+]?[0-9_,]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]*)?$/,
  /^[-+]?0[xXoObB][0-9a-fA-F_]+$/,
  /^[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt \t].*)?$/,
]
/** Starts that begin nothing else in block and flow context. */
const plainStart = /^[A-Za-z0-9_/$(+.\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\u{10000}-\u{1fffd}]/u
// oxlint-disable-next-line no-control-regex -- these are what needs escapes
const needsEscape = /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/u

/** A date or date and time that YAML 1.1 readers take for a timestamp. */
export function isPlainDate(text: string): boolean {
  return /^\d{4}-\d\d?-\d\d?(?:[Tt]\d\d?:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d?(?::\d\d)?)?)?$/.test(text)
}

/** How a new scalar is written. */
export interface ScalarContext {
  /** Inside `[]` or `{}`, where more characters end a plain scalar. */
  readonly flow?: boolean
  /** The quotes of the scalar that is replaced; kept where they can hold the new text. */
  readonly quotes?: 'single' | 'double'
}

/** One line of YAML for a scalar. */
export function formatYamlScalar(value: Json, context: ScalarContext = {}): string {
  if (typeof value !== 'string') return typeof value === 'number' ? String(value) : JSON.stringify(value)
  if (needsEscape.test(value) || value === '') return doubleQuoted(value)
  if (context.quotes === 'single') return singleQuoted(value)
  if (context.quotes === 'double') return doubleQuoted(value)
  if (ambiguousWord.test(value) || isNumberLike(value)) return doubleQuoted(value)
  return isPlain(value, context.flow ?? false) ? value : singleQuoted(value)
}

/**
 * YAML block lines of a map or list, each ending in a newline, at a column. `step` is one level of
 * indentation of maps; lists in maps are indented too, maps in lists by the two characters of `- `.
 */
export function formatYamlBlock(
  value: Json,
  column: number,
  step: number,
  first: readonly string[] = [],
): string {
  const pad = ' '.repeat(column)
  if (Array.isArray(value)) {
    const items = value as readonly Json[]
    return items.map((item) => `${pad}- ${formatYamlAfterDash(item, column + 2, step)}`).join('')
  }
  if (!isJsonMap(value)) return `${pad}${formatYamlScalar(value)}\n`
  return orderedEntries(value, first)
    .map(([name, item]) => `${pad}${formatYamlKey(name)}:${formatYamlAfterColon(item, column, step)}`)
    .join('')
}

/** What follows `key:` at a column, with its final newline. */
export function formatYamlAfterColon(
  value: Json,
  column: number,
  step: number,
  first: readonly string[] = [],
): string {
  if (isBlockCollection(value)) return `\n${formatYamlBlock(value, column + step, step, first)}`
  return ` ${formatInline(value, column + step)}\n`
}

/** A key; quoted wherever it could be anything but text. */
export function formatYamlKey(name: string, flow = false): string {
  const text = formatYamlScalar(name, { flow })
  // YAML 1.2.2 §7.4.2: an implicit key has at most 1024 characters.
  if (text.length > 1000) {
    throw new EspalierError(
      'record/bad-value',
      `The field name "${name.slice(0, 40)}…" is too long for YAML.`,
    )
  }
  return text
}

/** A value on one line, with flow collections. */
export function formatYamlFlow(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(formatYamlFlow).join(', ')}]`
  if (!isJsonMap(value)) return formatYamlScalar(value, { flow: true })
  const pairs = orderedEntries(value).map(
    ([name, item]) => `${formatYamlKey(name, true)}: ${formatYamlFlow(item)}`,
  )
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** Whether a value needs lines of its own. */
export function isBlockCollection(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isJsonMap(value) && Object.keys(value).length > 0
}

/** What follows `- ` at the column after it, with its final newline. */
export function formatYamlAfterDash(
  value: Json,
  column: number,
  step: number,
  first: readonly string[] = [],
): string {
  // A block that begins at `column` continues after the dash, without its first padding.
  if (isBlockCollection(value)) return formatYamlBlock(value, column, step, first).slice(column)
  return `${formatInline(value, column)}\n`
}

function formatInline(value: Json, column: number): string {
  if (Array.isArray(value)) return '[]'
  if (isJsonMap(value)) return '{}'
  if (typeof value === 'string' && isLiteral(value)) {
    const lines = value.replace(/\n$/, '').split('\n')
    const pad = ' '.repeat(column)
    const body = lines.map((line) => (line === '' ? '' : pad + line)).join('\n')
    return `${value.endsWith('\n') ? '|' : '|-'}\n${body}`
  }
  return formatYamlScalar(value)
}

/** Text over several lines that a literal block holds without any special case. */
function isLiteral(text: string): boolean {
  return (
    /^[^\s][^\n]*\n/.test(text) &&
    !/\n\n$|[ \t](?:\n|$)|\n[ \t]/.test(text) &&
    !needsEscape.test(text.replaceAll('\n', ''))
  )
}

function isNumberLike(text: string): boolean {
  return /^[-+.0-9]/.test(text) && numberLike.some((pattern) => pattern.test(text))
}

function isPlain(text: string, flow: boolean): boolean {
  if (!plainStart.test(text) || /: |:$| #| $/.test(text)) return false
  return !flow || !/[,[\]{}:]/.test(text)
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** JSON text is YAML, but for characters that YAML calls not printable. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
