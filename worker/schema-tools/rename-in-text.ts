import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { strictDecoder } from '../format/record-text.ts'
import { formatYamlKey, formatYamlScalar } from '../format/yaml/yaml-emit.ts'

/**
 * Texts of a record file in which names are replaced and nothing else. They are guesses by pattern: the caller
 * reads each one and takes the first that says what it must.
 */
export type TextGuesses = Iterable<Uint8Array>

/** At most this many places are tried one by one. */
const maxGuesses = 50

/** The file with a field of its records renamed. `count`: records that have the field. */
export function* guessFieldRename(
  { recordFile }: Pick<CollectionDefinition, 'recordFile'>,
  bytes: Uint8Array,
  field: { readonly name: string; readonly to: string; readonly count: number },
): TextGuesses {
  const text = decode(bytes)
  if (text === undefined) return
  const { name, to, count } = field
  const { format } = recordFile
  if (format === 'csv' || format === 'ingr') {
    const header = text.indexOf('\n')
    const end = header === -1 ? text.length : header
    for (const token of tokens(text.slice(0, end), cell(name))) yield splice(text, [token], csvCell(to))
    return
  }
  const head = format === 'markdown' ? text.slice(0, frontMatterEnd(text)) : text
  const keys = tokens(head, keyToken(name))
  const newKey = jsonLike(format) ? JSON.stringify(to) : formatYamlKey(to)
  if (keys.length === count) yield splice(text, keys, newKey)
  // The same name deeper down or inside of texts: the fields of the records have one depth, or one column.
  const groups = new Map<number, Token[]>()
  const places = jsonLike(format) ? depthsOf(text, keys) : keys.map(({ start }) => columnOf(text, start))
  keys.forEach((token, index) => {
    const place = places[index] ?? 0
    groups.set(place, [...(groups.get(place) ?? []), token])
  })
  if (groups.size < 2) return
  for (const group of groups.values()) if (group.length === count) yield splice(text, group, newKey)
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

/** How many brackets are open at each token of a JSON text. */
function depthsOf(text: string, keys: readonly Token[]): readonly number[] {
  const depths: number[] = []
  let depth = 0
  let at = 0
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]|[^"[\]{}]+|"/gs)) {
    while (keys[depths.length] !== undefined && (keys[depths.length] as Token).start <= at) depths.push(depth) // checked
    if (part === '{' || part === '[') depth++
    else if (part === '}' || part === ']') depth--
    at += part.length
  }
  return depths
}

/** The file with one record's key replaced where it is stored: a dictionary's key, or a field of a row or record. */
export function* guessKeyRename(
  { recordFile }: Pick<CollectionDefinition, 'recordFile'>,
  bytes: Uint8Array,
  record: { readonly key: string; readonly to: string; readonly fields: readonly string[] },
): TextGuesses {
  const text = decode(bytes)
  if (text === undefined) return
  const { key, to, fields } = record
  const { format, type } = recordFile
  if (format === 'csv') {
    for (const token of tokens(text, cell(key))) yield splice(text, [token], csvCell(to))
  } else if (format === 'ingr') {
    for (const token of tokens(
      text,
      new RegExp(`^${escape(JSON.stringify(key))}(?=[ \\t\\r]*(?:#|$))`, 'gm'),
    ))
      yield splice(text, [token], JSON.stringify(to))
  } else if (type.startsWith('map[') && type !== 'map[string]any') {
    for (const token of tokens(text, keyToken(key)))
      yield splice(text, [token], jsonLike(format) ? JSON.stringify(to) : formatYamlKey(to))
  } else {
    for (const field of fields) {
      for (const token of tokens(text, valueToken(field, key)))
        yield splice(text, [token], jsonLike(format) ? likeJson(token.text, to) : likeYaml(token.text, to))
    }
  }
}

interface Token {
  readonly start: number
  readonly text: string
}

/** Where a pattern's last group (or the whole match) stands. */
function tokens(text: string, pattern: RegExp): Token[] {
  const found: Token[] = []
  for (const match of text.matchAll(pattern)) {
    const token = match.at(-1) ?? ''
    found.push({ start: match.index + match[0].length - token.length, text: token })
  }
  return found
}

function splice(text: string, at: readonly Token[], replacement: string): Uint8Array {
  let result = ''
  let from = 0
  for (const { start, text: old } of at) {
    result += text.slice(from, start) + replacement
    from = start + old.length
  }
  return new TextEncoder().encode(result + text.slice(from))
}

/** A name as a key, however it is quoted. */
function keyToken(name: string): RegExp {
  return new RegExp(`(?:^|[\\s{,])(${spellings(name)})(?=[ \\t]*:)`, 'gm')
}

/** The value of a field that says the key. */
function valueToken(field: string, key: string): RegExp {
  return new RegExp(
    `(?:^|[\\s{,])(?:${spellings(field)})[ \\t]*:[ \\t]*(${spellings(key)})(?=[\\s,}\\]]|$)`,
    'gm',
  )
}

/** A cell of a line. */
function cell(text: string): RegExp {
  return new RegExp(
    `(?<=^|[,:]) *("${escape(text.replaceAll('"', '""'))}"|${escape(text)})(?=[ \\t\\r]*(?:[,:]|$))`,
    'gm',
  )
}

function spellings(text: string): string {
  return [JSON.stringify(text), `'${text.replaceAll("'", "''")}'`, text].map(escape).join('|')
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
}

function jsonLike(format: string): boolean {
  return format === 'json' || format === 'jsonl'
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function likeJson(old: string, to: string): string {
  return !old.startsWith('"') && String(Number(to)) === to ? to : JSON.stringify(to)
}

function likeYaml(old: string, to: string): string {
  if (old.startsWith('"')) return JSON.stringify(to)
  if (old.startsWith("'")) return `'${to.replaceAll("'", "''")}'`
  return String(Number(old)) === old && String(Number(to)) === to ? to : formatYamlScalar(to)
}

/** Where the front matter ends; the body is not looked at. */
function frontMatterEnd(text: string): number {
  const end = /\n---[ \t]*\r?(?:\n|$)/.exec(text)
  return end === null ? text.length : end.index + 1
}

/** The guesses that are worth trying. */
export function* someGuesses(guesses: TextGuesses): TextGuesses {
  let left = maxGuesses
  for (const guess of guesses) {
    if (left-- === 0) return
    yield guess
  }
}

/** The text with its byte order mark; undefined when it is not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder().decode(bytes)
  } catch {
    return undefined
  }
}
