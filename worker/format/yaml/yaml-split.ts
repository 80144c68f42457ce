/** Control characters, byte order marks, lone CR: the full parser decides what they mean. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unusual = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]|\r(?!\n)/

/** A name without indentation, and its colon. Sticky. */
const entry =
  /(?:"(?:[^"\\\r\n]|\\["\\/bfnrt])*"|'(?:[^'\r\n]|'')*'|[\w$(/+.\u00a1-\ud7ff\uf900-\ufefe][^\r\n:#]*):(?=[ \r\n]|$)/y
/** YAML 1.2.2 §7.4.2: names have at most 1024 characters. */
const maxName = 1000

/**
 * Where the outermost items of a block list, or the entries of a block map, begin: the lines without indentation.
 * Undefined when the text is built otherwise (or not surely so). A part from one start to the next reads by itself
 * as it reads in the text, unless it uses anchors of another part.
 */
export function splitYaml(text: string, named: boolean): readonly number[] | undefined {
  if (unusual.test(text)) return undefined
  const starts: number[] = []
  let marked = false
  for (let at = 0, next = 0; at < text.length; at = next) {
    const newline = text.indexOf('\n', at)
    next = newline === -1 ? text.length : newline + 1
    switch (text.charCodeAt(at)) {
      case 0x0a:
      case 0x0d:
      case 0x23:
        break
      case 0x20:
        if (starts.length === 0 && !/^ *(?:#|\r?\n|$)/.test(text.slice(at, next))) return undefined
        break
      default:
        if (named ? nameEnd(text, at) !== undefined : isDash(text, at)) starts.push(at)
        else if (!marked && starts.length === 0 && text.slice(at, next).trimEnd() === '---') marked = true
        else return undefined
    }
  }
  return starts
}

/** Where the colon after the name stands that begins here; undefined when there is none. */
export function nameEnd(text: string, start: number): number | undefined {
  entry.lastIndex = start
  return entry.test(text) && entry.lastIndex - start < maxName ? entry.lastIndex - 1 : undefined
}

/** Where the last line of a part ends that is not blank and no comment without indentation. */
export function contentEnd(text: string, start: number, end: number): number {
  // Blank lines at the end of such text are part of it.
  if (/[|>][1-9]?\+/.test(text.slice(start, end))) return end
  let at = end
  for (;;) {
    const line = text.lastIndexOf('\n', at - 2) + 1
    if (line <= start || !/^(?:#| *\r?\n?$)/.test(text.slice(line, at))) return at
    at = line
  }
}

/** Where the comment lines right above a place begin, and the blank lines above them. */
export function leadingStart(text: string, start: number, from: number): { comment: number; blank: number } {
  const above = (at: number, like: RegExp): number => {
    for (let next = at; ; at = next) {
      next = text.lastIndexOf('\n', at - 2) + 1
      if (at <= from || !like.test(text.slice(next, at))) return at
    }
  }
  const comment = above(start, /^#/)
  return { comment, blank: above(comment, /^ *\r?\n$/) }
}

function isDash(text: string, at: number): boolean {
  return /^-(?:[ \r\n]|$)/.test(text.slice(at, at + 2))
}
