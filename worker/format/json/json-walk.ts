/** What {@link walkJson} meets, in order. All places are offsets. */
export interface JsonVisitor {
  /** An object (`named`) or list begins. */
  open(offset: number, named: boolean): void
  /** The innermost one ends. */
  close(end: number): void
  /** The name of a member, in its quotes; its value is next. */
  name(start: number, end: number): void
  /** Text, a number, `true`, `false` or `null`. */
  scalar(start: number, end: number): void
}

/** Where a text is not JSON, and what should be there. */
export interface JsonFault {
  readonly offset: number
  readonly expected: string
}

/** Sticky: a number, or a word. */
const plain = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y
const escape = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const quote = 0x22
const backslash = 0x5c

/** Goes through JSON text (RFC 8259) in one pass, however deep it is; ends where it is not JSON. */
export function walkJson(text: string, visitor: JsonVisitor): JsonFault | undefined {
  /** Whether each open list is an object. */
  const open: boolean[] = []
  let at = 0
  let fault: JsonFault | undefined
  const fail = (expected: string): false => {
    fault = { offset: at, expected }
    return false
  }
  const skipSpace = (): number => {
    let code = text.charCodeAt(at)
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at)
    return code
  }
  const string = (): boolean => {
    for (at++; ;) {
      const code = text.charCodeAt(at)
      if (code === quote) return ++at > 0
      if (code === backslash) {
        escape.lastIndex = at
        if (!escape.test(text)) return fail('a valid escape')
        at = escape.lastIndex
      } else if (code >= 0x20) at++
      else return fail(at < text.length ? 'an escaped control character' : 'the end of a text in quotes')
    }
  }
  const name = (): boolean => {
    if (skipSpace() !== quote) return fail('a name in double quotes')
    const start = at
    if (!string()) return false
    visitor.name(start, at)
    if (skipSpace() !== 0x3a) return fail('":"')
    at++
    return true
  }
  const value = (): boolean => {
    const start = at
    if (text.charCodeAt(at) === quote) {
      if (!string()) return false
    } else {
      plain.lastIndex = at
      if (!plain.test(text)) return fail('a value')
      at = plain.lastIndex
    }
    visitor.scalar(start, at)
    return true
  }
  /** Ends what ends here; false when nothing may follow. */
  const next = (): boolean => {
    for (;;) {
      const code = skipSpace()
      const named = open.at(-1)
      if (named === undefined) return at < text.length && fail('the end of the file')
      if (code !== (named ? 0x7d : 0x5d)) {
        if (code !== 0x2c) return fail(named ? '"," or "}"' : '"," or "]"')
        at++
        return !named || name()
      }
      open.pop()
      visitor.close(++at)
    }
  }
  for (;;) {
    const code = skipSpace()
    const named = code === 0x7b
    if (named || code === 0x5b) {
      visitor.open(at++, named)
      open.push(named)
      if (skipSpace() !== (named ? 0x7d : 0x5d)) {
        if (named && !name()) return fault
        continue
      }
    } else if (!value()) return fault
    if (!next()) return fault
  }
}
