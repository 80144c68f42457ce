import type { TextConflict } from '../../src/protocol/merge.ts'
import { createNumbering, diff3, type Region, type Span } from './diff3.ts'

/** What became of three texts. */
export interface MergedText {
  /** Undefined when they conflict. */
  readonly text: string | undefined
  /** What merged and what did not, in order. */
  readonly parts: readonly (string | TextConflict)[]
  /** Where the sides conflict ours, then theirs. */
  readonly both: string
}

interface Sides<T> {
  readonly base: T
  readonly ours: T
  readonly theirs: T
}

/**
 * Merges texts by lines; where both sides changed the same lines, by words, of which at least one must lie between the
 * changes. Line ends belong to their lines, and whether the text ends with one is merged like anything else.
 */
export function mergeText(base: string, ours: string, theirs: string): MergedText {
  return mergeTexts(base, ours, theirs, mergeWords)
}

/** Merges texts by lines only, as git does. */
export function mergeLines(base: string, ours: string, theirs: string): MergedText {
  return mergeTexts(base, ours, theirs, () => undefined)
}

function mergeTexts(
  base: string,
  ours: string,
  theirs: string,
  mergeInside: (lines: Sides<readonly string[]>) => string | undefined,
): MergedText {
  // Lines end at the break, not with it: appending a line leaves the one before as it was.
  const lines = { base: base.split('\n'), ours: ours.split('\n'), theirs: theirs.split('\n') }
  const merged: string[] = []
  const both: string[] = []
  const parts: (string | TextConflict)[] = []
  let conflicts = false
  const add = (texts: readonly string[]): void => {
    for (const text of texts) {
      merged.push(text)
      both.push(text)
    }
  }
  const endPart = (): void => {
    if (merged.length > 0) parts.push(merged.splice(0).join('\n'))
  }
  for (const region of compare(lines)) {
    const texts = {
      base: cut(lines.base, region.base),
      ours: cut(lines.ours, region.ours),
      theirs: cut(lines.theirs, region.theirs),
    }
    if (region.outcome !== 'conflict') {
      add(texts[region.outcome === 'theirs' ? 'theirs' : 'ours'])
      continue
    }
    const inside = mergeInside(texts)
    if (inside !== undefined) {
      add([inside])
      continue
    }
    conflicts = true
    endPart()
    parts.push({
      base: texts.base.join('\n'),
      ours: texts.ours.join('\n'),
      theirs: texts.theirs.join('\n'),
    })
    for (const text of [...texts.ours, ...texts.theirs]) both.push(text)
  }
  endPart()
  const joined = both.join('\n')
  return { text: conflicts ? undefined : joined, parts, both: joined }
}

/** Merges lines by words. Undefined when the same words were changed, or lines were added or removed as a whole. */
export function mergeWords(lines: Sides<readonly string[]>): string | undefined {
  if (lines.base.length === 0 || lines.ours.length === 0 || lines.theirs.length === 0) return undefined
  const words = { base: wordsOf(lines.base), ours: wordsOf(lines.ours), theirs: wordsOf(lines.theirs) }
  let merged = ''
  for (const { outcome, ours, theirs } of compare(words)) {
    if (outcome === 'conflict') return undefined
    merged += (outcome === 'theirs' ? cut(words.theirs, theirs) : cut(words.ours, ours)).join('')
  }
  return merged
}

/** Each word with the space after it, so that changes of neighbouring words touch. */
function wordsOf(lines: readonly string[]): readonly string[] {
  return lines.join('\n').match(/^\s+|\S+\s*/g) ?? []
}

function compare({ base, ours, theirs }: Sides<readonly string[]>): readonly Region[] {
  const number = createNumbering()
  return diff3(number(base), number(ours), number(theirs))
}

function cut(items: readonly string[], [from, to]: Span): readonly string[] {
  return items.slice(from, to)
}
