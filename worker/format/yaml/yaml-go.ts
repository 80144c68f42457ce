import type { Json } from '../../../src/protocol/records.ts'
import { compareNaturally, formatGoNumber } from '../go-text.ts'
import { orderedEntries } from '../record-text.ts'
import { isJsonMap } from '../record-value.ts'

/** Indentation of Go's writer; what stands in a list follows its dash. */
const step = 4
/** Longer keys (in UTF-8 bytes) are written after a question mark. */
const maxSimpleKey = 128

/** What Go's reader, or another one, takes for something other than text. */
const notText = [
  /^(?:|~|y|yes|on|n|no|off|true|false|null|[-+]?\.inf|\.nan)$/i,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
]
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const based = /^[-+]?0(?:x[0-9a-f]+|b[01]+|o?[0-7]+)$/i
const timestamp =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?)?$/

/**
 * A value as Go's yaml.v3 writes it with an indentation of 4 (format facts §3.1). Keys are in its natural order; with
 * `first`, those of the outermost map, or of the maps in the outermost list, are `first` and then in byte order.
 *
 * Text that yaml.v3 would write so that it reads back changed (a line break first, deep indentation in lists, line
 * separators) is in double quotes instead.
 */
export function formatGoYaml(value: Json, first?: readonly string[]): string {
  return isFilled(value) ? block(value, 0, first) : `${scalar(value, 0, false)}\n`
}

/** Lines of a list or map whose first one begins at the column that is reached. */
function block(value: Json, column: number, first?: readonly string[]): string {
  const pad = ' '.repeat(column)
  if (Array.isArray(value)) {
    return (value as readonly Json[])
      .map((item) =>
        isFilled(item) ? `- ${block(item, column + 2, first)}` : `- ${scalar(item, column + 2, true)}\n`,
      )
      .join(pad)
  }
  const inner = step * Math.floor((column + step) / step)
  return sortedEntries(value as { readonly [name: string]: Json }, first) // not empty and no list: a map
    .map(([name, item]) => {
      const key = scalar(name, inner, false)
      const simple =
        new TextEncoder().encode(name).length <= maxSimpleKey && !/[\n\r\u0085\u2028\u2029]/.test(name)
      const head = simple ? `${key}:` : `? ${key}\n${pad}:`
      if (!isFilled(item)) return `${head} ${scalar(item, inner, false)}\n`
      const gap = simple ? `\n${' '.repeat(inner)}` : ' '.repeat(inner - column - 1)
      return head + gap + block(item, inner)
    })
    .join(pad)
}

function sortedEntries(
  map: { readonly [name: string]: Json },
  first: readonly string[] | undefined,
): readonly (readonly [string, Json])[] {
  return first === undefined
    ? Object.entries(map).sort(([a], [b]) => compareNaturally(a, b))
    : orderedEntries(map, first)
}

function isFilled(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function scalar(value: Json, column: number, inList: boolean): string {
  if (typeof value === 'number') return formatGoNumber(value)
  if (typeof value !== 'string') return Array.isArray(value) ? '[]' : isJsonMap(value) ? '{}' : String(value)
  // Printable for yaml.v3: tabs and what lies beyond the basic plane are not.
  const printable = !/[^\n\t\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(value)
  if (value.includes('\n')) {
    const shifted = value.startsWith('\n') || (value.startsWith(' ') && (inList || column % step !== 0))
    return printable && !shifted && !/ \n| $/.test(value) ? literal(value, column) : doubleQuoted(value)
  }
  if (!printable || value.includes('\t') || isAmbiguous(value)) return doubleQuoted(value)
  return /^[#,[\]{}&*!|>'"%@`]|^[-?:](?: |$)|^---|^\.\.\.|^ | $|:(?: |$)| #/.test(value)
    ? `'${value.replaceAll("'", "''")}'`
    : value
}

function literal(value: string, column: number): string {
  const hint = value.startsWith(' ') ? step : ''
  const end = value.endsWith('\n\n') ? '+' : value.endsWith('\n') ? '' : '-'
  const lines = value.replace(/\n$/, '').replaceAll(/^(?=.)/gm, ' '.repeat(column))
  return `|${hint}${end}\n${lines}`
}

/** Whether text without quotes would be read as something else. */
function isAmbiguous(text: string): boolean {
  if (notText.some((pattern) => pattern.test(text))) return isGoWord(text)
  if (!/^[-+.0-9]/.test(text)) return false
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '')
  return float.test(plain) || based.test(plain) || isTimestamp(text)
}

/** Words count in three spellings: `no`, `No`, `NO`. */
function isGoWord(text: string): boolean {
  const letters = text.replace(/^[-+]?\.?/, '')
  if (/^nan$/i.test(letters)) return ['nan', 'NaN', 'NAN'].includes(letters)
  return (
    letters === letters.toLowerCase() || letters === letters.toUpperCase() || /^[A-Z][a-z]*$/.test(letters)
  )
}

function isTimestamp(text: string): boolean {
  const match = timestamp.exec(text)
  if (match === null) return false
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number)
  const [hour, minute, second] = (match[4] === undefined ? match.slice(7, 10) : match.slice(4, 7)).map(
    (part) => Number(part ?? 0),
  )
  const last = new Date(Date.UTC(2000, month, 0))
  last.setUTCFullYear(year, month, 0)
  const days = last.getUTCDate()
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= days &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60
  )
}

const escapes: { readonly [character: string]: string } = {
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\u000b': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

function doubleQuoted(text: string): string {
  // yaml.v3 takes every character of a text that begins with a byte order mark for one.
  const special = text.startsWith('\ufeff')
    ? /./gsu
    : /["\\]|[^\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu
  const escaped = text.replaceAll(special, (character) => {
    const short = escapes[character]
    if (short !== undefined) return `\\${short}`
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
    if (code.length <= 2) return `\\x${code.padStart(2, '0')}`
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
  })
  return `"${escaped}"`
}
