/** Where the members of the outermost list or object of a JSON text stand. All are offsets. */
export interface JsonMembers {
  /** Of the brackets. */
  readonly open: number
  readonly close: number
  /** Of the values. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  /** Of the names; empty in a list. */
  readonly nameStarts: readonly number[]
  readonly nameEnds: readonly number[]
}

const quote = 0x22
const backslash = 0x5c

/** Finds the members of JSON text that is known to parse, without looking into their values. */
export function scanJsonMembers(text: string): JsonMembers {
  const starts: number[] = []
  const ends: number[] = []
  const nameStarts: number[] = []
  const nameEnds: number[] = []
  const open = skipSpace(text, 0)
  const named = text.charCodeAt(open) === 0x7b
  let at = skipSpace(text, open + 1)
  while (at < text.length && text.charCodeAt(at) !== (named ? 0x7d : 0x5d)) {
    if (named) {
      nameStarts.push(at)
      at = stringEnd(text, at)
      nameEnds.push(at)
      at = skipSpace(text, skipSpace(text, at) + 1)
    }
    starts.push(at)
    at = valueEnd(text, at)
    ends.push(at)
    at = skipSpace(text, at)
    if (text.charCodeAt(at) === 0x2c) at = skipSpace(text, at + 1)
  }
  return { open, close: at, starts, ends, nameStarts, nameEnds }
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++
  return at
}

function stringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at === -1 ? text.length : at + 1
}

function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text.charCodeAt(before - 1) === backslash) before--
  return (at - before) % 2 === 1
}

function valueEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = stringEnd(text, at) - 1
      if (depth === 0) return at + 1
    } else if (code === 0x7b || code === 0x5b) depth++
    else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (code === 0x2c || code <= 0x20)) return at
  }
  return text.length
}
