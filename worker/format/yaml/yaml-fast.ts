import type { Json, RecordValue } from '../../../src/protocol/records.ts'

/**
 * Reads the plain YAML that nearly all records are: block maps of plain keys, one-line scalars, lists of
 * scalars and maps, comments. Undefined means "not surely so": the caller asks the full parser. What is answered
 * equals the full parser's answer (property-tested), so every doubt is undefined. A text that is `inside`
 * something is indented; an `item` of a list begins with its dash.
 */
export function parseFlatYaml(text: string, inside?: 'inside' | 'item'): RecordValue | undefined {
  if (text.length > maxFlatLength || unusual.test(text)) return undefined
  const reader: Reader = { text, at: inside === 'item' ? 1 : 0, indent: 0 }
  nextLine(reader)
  // On the line of the dash its own column counts too.
  if (inside === 'item' && text.lastIndexOf('\n', reader.at - 1) === -1) reader.indent++
  if (reader.indent > 0 !== (inside !== undefined) || reader.at >= text.length) return undefined
  const value = readMap(reader, reader.indent, 0)
  return value !== undefined && reader.at >= text.length ? value : undefined
}

/** Tabs, lone CR, other control characters, byte order marks: never the flat case. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unusual = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]|\r(?!\n)/

/** A plain key (or a simple one in double quotes), its colon, and what follows on the line. Sticky: no copies of the text are made. */
const pair = /(?:([A-Za-z_$][\w$-]*)|"([\w$-]+)"): *(?:\r?\n|$|(?=[^\r\n]))/y
const ambiguousKey = /^(?:null|true|false)$/i
const maxDepth = 20
/** Long quoted text could exhaust the stack of the pattern matcher. */
const maxFlatLength = 256 * 1024

interface Reader {
  readonly text: string
  /** The first character of a line's content, after its indentation; the text's end when there is none. */
  at: number
  indent: number
}

const lineFeed = 10
const carriageReturn = 13
const space = 32
const hash = 35
const dash = 45

/** From the start of a line, skips blank and comment lines and stands on the next content. */
function nextLine(reader: Reader): void {
  const { text } = reader
  let { at } = reader
  for (;;) {
    const lineStart = at
    while (text.charCodeAt(at) === space) at++
    const code = text.charCodeAt(at)
    if (code === lineFeed) at++
    else if (code === carriageReturn) at += 2
    else if (code === hash) {
      const end = text.indexOf('\n', at)
      at = end === -1 ? text.length : end + 1
    } else {
      reader.at = at
      reader.indent = at - lineStart
      return
    }
  }
}

function readMap(reader: Reader, indent: number, depth: number): RecordValue | undefined {
  if (depth > maxDepth) return undefined
  const { text } = reader
  const map: { [name: string]: Json } = {}
  while (reader.at < text.length && reader.indent === indent) {
    pair.lastIndex = reader.at
    const match = pair.exec(text)
    if (match === null) return undefined
    const [, plain, quoted = ''] = match
    const name = plain ?? quoted
    // Doubles, and names of Object.prototype.
    if (name in map || (plain !== undefined && ambiguousKey.test(name))) return undefined
    const afterColon = reader.at + name.length + (plain === undefined ? 3 : 1)
    const end = pair.lastIndex
    const endsLine = end === text.length || text.charCodeAt(end - 1) === lineFeed
    if (!endsLine && text.charCodeAt(afterColon) !== space) return undefined
    let value: Json | undefined
    if (endsLine || text.charCodeAt(end) === hash) {
      reader.at = endsLine ? end : lineEnd(text, end)
      value = readNested(reader, indent, depth)
    } else {
      reader.at = end
      value = readScalar(reader)
      // Deeper content after a scalar continues it.
      if (reader.at < text.length && reader.indent > indent) return undefined
    }
    if (value === undefined) return undefined
    map[name] = value
  }
  return reader.at < text.length && reader.indent > indent ? undefined : map
}

/** What stands below `key:`. */
function readNested(reader: Reader, indent: number, depth: number): Json | undefined {
  const { text } = reader
  nextLine(reader)
  const { at } = reader
  if (at >= text.length) return null
  if (isDash(text, at) && reader.indent >= indent) return readList(reader, reader.indent, indent, depth)
  return reader.indent > indent ? readMap(reader, reader.indent, depth + 1) : null
}

function readList(reader: Reader, indent: number, parent: number, depth: number): Json | undefined {
  const { text } = reader
  const list: Json[] = []
  while (reader.at < text.length && reader.indent === indent && isDash(text, reader.at)) {
    let at = reader.at + 1
    while (text.charCodeAt(at) === space) at++
    const code = text.charCodeAt(at)
    if (at >= text.length || code === lineFeed || code === carriageReturn || code === hash) return undefined
    // A map begins behind the dash, at its own column.
    reader.indent += at - reader.at
    reader.at = at
    const value = beginsPair(text, at) ? readMap(reader, reader.indent, depth + 1) : readScalar(reader)
    if (value === undefined || (reader.at < text.length && reader.indent > indent)) return undefined
    list.push(value)
  }
  // After the list only a key of a map that holds it may follow.
  return reader.at < text.length && reader.indent > parent ? undefined : list
}

function beginsPair(text: string, at: number): boolean {
  pair.lastIndex = at
  const match = pair.exec(text)
  if (match === null) return false
  const [, plain, quoted = ''] = match
  return !(text.charCodeAt(at + (plain?.length ?? quoted.length + 2) + 1) > space)
}

function isDash(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== dash) return false
  const next = text.charCodeAt(at + 1)
  return next === space || next === lineFeed || next === carriageReturn || Number.isNaN(next)
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

const doubleQuoted = /"((?:[^"\\\r\n]|\\["\\/bfnrt])*)"(?: *| +#[^\r\n]*)(?:\r?\n|$)/y
const singleQuoted = /'((?:[^'\r\n]|'')*)'(?: *| +#[^\r\n]*)(?:\r?\n|$)/y

/** Reads the scalar that begins here and moves to the next content line. */
function readScalar(reader: Reader): Json | undefined {
  const { text, at } = reader
  const first = text.charCodeAt(at)
  if (first === 34 || first === 39) {
    const pattern = first === 34 ? doubleQuoted : singleQuoted
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return undefined
    reader.at = pattern.lastIndex
    nextLine(reader)
    const body = match[1] as string // the group takes part in every match
    if (first === 39) return body.includes("'") ? body.replaceAll("''", "'") : body
    return body.includes('\\') ? (JSON.parse(`"${body}"`) as string) : body
  }
  const end = lineEnd(text, at)
  let stop = end
  while (stop > at && text.charCodeAt(stop - 1) <= space) stop--
  let source = text.slice(at, stop)
  const comment = source.indexOf(' #')
  if (comment !== -1) source = source.slice(0, comment).trimEnd()
  const value = readPlain(source, first)
  reader.at = end
  nextLine(reader)
  return value
}

/** First characters of plain scalars that are text whatever follows, so long as no word or number does. */
const plainStart = /^[A-Za-z_/(+.$0-9\u00a1-\ud7ff\uf900-\ufefe~-]/
const integer = /^[-+]?[0-9]{1,15}$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?$/
const anyFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const maybeNumber = /^[-+.0-9]/

/** Resolves a plain scalar by the YAML 1.2 core schema. */
export function readPlain(source: string, first: number): Json | undefined {
  if (source === '[]') return []
  if (source === '{}') return {}
  if (!plainStart.test(source)) return undefined
  if (first === dash && (source.length === 1 || source.charCodeAt(1) === space)) return undefined
  if (source.includes(': ') || source.endsWith(':')) return undefined
  if (source.length <= 5) {
    switch (source) {
      case 'true':
      case 'True':
      case 'TRUE':
        return true
      case 'false':
      case 'False':
      case 'FALSE':
        return false
      case 'null':
      case 'Null':
      case 'NULL':
      case '~':
        return null
      default:
    }
  }
  if (!maybeNumber.test(source)) return source
  if (integer.test(source) || (float.test(source) && source.length <= 24)) return Number(source)
  // Hexadecimal, octal, infinities, very long numbers: the full parser knows.
  return /^(?:0[xo]|[-+]?\.[iInN])/.test(source) || anyFloat.test(source) ? undefined : source
}
