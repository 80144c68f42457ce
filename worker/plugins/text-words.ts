import type { Json } from '../../src/protocol/records.ts'

/** What comes after this much text of one field is not searched. */
export const maxTextLength = 100_000
/** Words are told apart by so many characters: what is longer is data, and comparing it is slow. */
const maxWordLength = 64
/** A search looks for so many words; the others are not asked for. */
const maxQueryWords = 24

const words = /[\p{L}\p{N}\p{M}]+/gu
const ascii = /^[\0-\x7f]*$/ // oxlint-disable-line no-control-regex -- all of ASCII
/** Scripts that are written without spaces between words. */
const unspaced =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}'
const hasUnspaced = new RegExp(`[${unspaced}]`, 'u')
const runs = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu')

/** All text in a value: itself, in lists, in maps (the values, not the names). Numbers are no text. */
export function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value.slice(0, maxTextLength)
  const texts: string[] = []
  let length = 0
  // A stack of its own: values may be nested deeper than calls.
  const open: (Json | undefined)[] = [value]
  while (open.length > 0 && length < maxTextLength) {
    const next = open.pop()
    if (typeof next === 'string') {
      texts.push(next.slice(0, maxTextLength - length))
      length += next.length
    } else if (typeof next === 'object' && next !== null) {
      for (const item of Object.values(next).toReversed()) open.push(item)
    }
  }
  return texts.join('\n')
}

/**
 * The words of a text as they are indexed, each as often as it is there: without case and accents. Text without spaces
 * is cut into pairs of characters, so that any part of it is found.
 */
export function wordsOf(text: string): string[] {
  return cut(text, (run, into) => {
    for (let at = 1; at < run.length; at++) into.push(`${run[at - 1]}${run[at]}`)
    // Every character begins a word: one alone is found by its beginning.
    into.push(run.at(-1) ?? '')
  })
}

/** The different words that a search asks for. */
export function queryWordsOf(text: string): string[] {
  const found = cut(text.slice(0, maxTextLength), (run, into) => {
    if (run.length === 1) into.push(run[0] ?? '')
    for (let at = 1; at < run.length; at++) into.push(`${run[at - 1]}${run[at]}`)
  })
  return [...new Set(found)].slice(0, maxQueryWords)
}

/** Whether words that begin like this one are found too: a single letter begins too many. */
export function findsBeginnings(word: string): boolean {
  return word.length > 1 || hasUnspaced.test(word)
}

/** How many letters of a word may be wrong: none of short ones, numbers and pairs of characters. */
export function wrongLetters(word: string): number {
  if (word.length < 4 || /\p{N}/u.test(word) || hasUnspaced.test(word)) return 0
  return word.length < 8 ? 1 : 2
}

function cut(text: string, pairs: (run: readonly string[], into: string[]) => void): string[] {
  const isAscii = ascii.test(text)
  const found: string[] = []
  for (const word of (isAscii ? text.toLowerCase() : plain(text)).match(words) ?? []) {
    if (isAscii || !hasUnspaced.test(word)) found.push(word.slice(0, maxWordLength))
    else
      for (const run of word.match(runs) ?? [])
        if (hasUnspaced.test(run)) pairs([...run], found)
        else found.push(run.slice(0, maxWordLength))
  }
  return found
}

/** Without case, accents, and forms that depend on what follows (a final sigma). */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f]+/g, '')
    .replaceAll('ς', 'σ')
    .normalize('NFC')
}
