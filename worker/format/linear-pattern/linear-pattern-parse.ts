import type { PatternNode } from './linear-pattern-states.ts'

const maxLength = 1000
const maxDepth = 50
const maxRepeat = 1000

type Test = (char: string) => boolean

/** Sets by their name in `[:name:]`, and by their letter after a backslash, as JavaScript writes them. */
const sets = new Map(
  Object.entries({
    alnum: '0-9A-Za-z',
    alpha: 'A-Za-z',
    ascii: String.raw`\0-\x7f`,
    blank: String.raw`\t `,
    cntrl: String.raw`\0-\x1f\x7f`,
    digit: '0-9',
    graph: '!-~',
    lower: 'a-z',
    print: ' -~',
    punct: String.raw`!-\/:-@\[-\x60\{-~`,
    space: String.raw`\t-\r `,
    upper: 'A-Z',
    word: '0-9A-Z_a-z',
    xdigit: '0-9A-Fa-f',
    d: '0-9',
    w: '0-9A-Z_a-z',
    s: String.raw`\t\n\f\r `,
  }),
)

const repetitionSign = /(?:([*+?])|\{(\d{1,4})(,?)(\d{0,4})\})\??/y
const escapes = new Map([...'abtnvfr'].map((letter, index) => [letter, String.fromCharCode(index + 7)]))
escapes.delete('b') // the edge of a word; it is taken before
const letters = /[0-9A-Z_a-z]/
const isWord = (char: string | undefined): boolean => char !== undefined && letters.test(char)

function refuse(reason: string): never {
  throw new SyntaxError(reason)
}

/**
 * Parses RE2's syntax.
 *
 * @throws SyntaxError whose message says why the pattern is refused.
 */
export function parsePattern(source: string): PatternNode {
  if (source.length > maxLength) refuse(`it is longer than ${maxLength} characters`)
  let at = 0
  let depth = 0
  /** Of `imsU`, those that are on here. */
  let flags = ''

  const matched = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match !== null) at += match[0].length
    return match
  }
  const take = (text: string): boolean => {
    const found = source.startsWith(text, at)
    if (found) at += text.length
    return found
  }
  const oneOf = (set: string, negated: boolean): Test => {
    const pattern = new RegExp(`[${set}]`, flags.includes('i') ? 'iu' : 'u')
    return (char) => pattern.test(char) !== negated
  }
  const hex = (char: string): string => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`

  function alternatives(): PatternNode {
    if (++depth > maxDepth) refuse('it is nested too deeply')
    const outer = flags
    const either: PatternNode[] = []
    do either.push(sequence())
    while (take('|'))
    flags = outer
    depth--
    return either.length === 1 ? (either[0] as PatternNode) : { either } // there is one
  }

  function sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      if (take(String.raw`\Q`)) {
        const [quoted = ''] = matched(/(?:(?!\\E)[^])*(?:\\E)?/y) ?? []
        for (const char of quoted.replace(/\\E$/, '')) parts.push({ test: literal(char) })
        const last = parts.pop()
        if (last !== undefined) parts.push(repetition(last))
        continue
      }
      const node = atom()
      parts.push(...(node === undefined ? [] : [repetition(node)]))
    }
    return { sequence: parts }
  }

  function repetition(repeated: PatternNode): PatternNode {
    const match = matched(repetitionSign)
    if (match === null) return repeated
    const [, sign, least = '', comma, most = ''] = match
    const min = sign === undefined ? Number(least) : sign === '+' ? 1 : 0
    const max =
      sign === undefined
        ? comma === ''
          ? min
          : most === ''
            ? Infinity
            : Number(most)
        : sign === '?'
          ? 1
          : Infinity
    if ((comma === '' && most !== '') || min > max || Math.max(min, max === Infinity ? 0 : max) > maxRepeat) {
      refuse(`the repetition "${match[0]}" is not valid; at most ${maxRepeat} are possible`)
    }
    if (matched(repetitionSign) !== null) refuse('a repetition is repeated without a group')
    return { repeated, min, max }
  }

  function atom(): PatternNode | undefined {
    if (take('(')) return group()
    if (take('[')) return { test: bracket() }
    if (take('.')) {
      if (flags.includes('s')) return { test: () => true }
      return { test: (char) => char !== '\n' }
    }
    const lines = flags.includes('m')
    if (take('^')) return { holds: (chars, i) => i === 0 || (lines && chars[i - 1] === '\n') }
    if (take('$')) return { holds: (chars, i) => i === chars.length || (lines && chars[i] === '\n') }
    const edge = matched(/\\([AzbB])/y)?.[1]
    if (edge === 'A') return { holds: (_, i) => i === 0 }
    if (edge === 'z') return { holds: (chars, i) => i === chars.length }
    if (edge !== undefined)
      return { holds: (chars, i) => (isWord(chars[i - 1]) !== isWord(chars[i])) === (edge === 'b') }
    if (matched(repetitionSign) !== null) refuse('there is nothing to repeat')
    const set = namedSet()
    return { test: set ?? literal(character()) }
  }

  function group(): PatternNode | undefined {
    const before = flags
    if (take('?')) {
      if (matched(/P?<[\p{L}_][\p{L}\p{N}_]*>/uy) === null) {
        if (/^<?[=!]/.test(source.slice(at, at + 2))) refuse('look-around is not in RE2')
        const [, on = '', off = '', end] =
          matched(/([imsU]*)(?:-([imsU]+))?([:)])/y) ?? refuse('a group "(?" is not known')
        flags = [...new Set(flags + on)].filter((flag) => !off.includes(flag)).join('')
        if (end === ')') return undefined
      }
    }
    const node = alternatives()
    if (!take(')')) refuse('a group does not end')
    flags = before
    return node
  }

  function literal(char: string): Test {
    return flags.includes('i') ? oneOf(hex(char), false) : (other) => other === char
  }

  /** A set outside or inside of brackets: `\d`, `\pL`, `[:alpha:]`. */
  function namedSet(inBrackets = false): Test | undefined {
    const [, letter, sign, short, name] = matched(/\\(?:([dswDSW])|([pP])(?:([A-Z])|\{(\^?\w+)\}))/y) ?? []
    if (letter !== undefined) {
      const small = letter.toLowerCase()
      return oneOf(sets.get(small) ?? '', letter !== small)
    }
    if (sign !== undefined) {
      const property = short ?? name ?? ''
      const bare = property.replace('^', '')
      const category = /^(?:[CLMNPSZ][a-z]?|Any)$/.test(bare)
      return oneOf(
        String.raw`\p{${category ? '' : 'Script='}${bare}}`,
        (sign === 'P') !== (bare !== property),
      )
    }
    const [, not, posix] = (inBrackets ? matched(/\[:(\^?)(\w+):\]/y) : null) ?? []
    if (posix === undefined) return undefined
    return oneOf(
      sets.get(posix.length > 1 ? posix : '') ?? refuse(`"[:${posix}:]" is not known`),
      not === '^',
    )
  }

  function bracket(): Test {
    const negated = take('^')
    const tests: Test[] = []
    let own = ''
    for (let first = true; first || !take(']'); first = false) {
      const set = namedSet(true)
      if (set !== undefined) tests.push(set)
      else {
        const from = character()
        const isRange = source[at] === '-' && at + 1 < source.length && source[at + 1] !== ']'
        if (isRange) at++
        const to = isRange ? character() : from
        if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0))
          refuse(`the range ${from}-${to} is not valid`)
        own += `${hex(from)}-${hex(to)}`
      }
    }
    if (own !== '') tests.push(oneOf(own, false))
    return (char) => tests.some((test) => test(char)) !== negated
  }

  /** One character, perhaps escaped. */
  function character(): string {
    if (!take('\\')) {
      const char = String.fromCodePoint(source.codePointAt(at) ?? refuse('a bracket does not end'))
      at += char.length
      return char
    }
    const [, digits, braced, octal] =
      matched(/x(?:([\dA-Fa-f]{2})|\{([\dA-Fa-f]{1,6})\})|([1-7][0-7]{1,2}|0[0-7]{0,2})/y) ?? []
    const code = octal === undefined ? Number.parseInt(digits ?? braced ?? '', 16) : Number.parseInt(octal, 8)
    if (code <= 0x10ffff) return String.fromCodePoint(code)
    const char = String.fromCodePoint(source.codePointAt(at) ?? refuse('it ends with a backslash'))
    at += char.length
    if (/[1-9]/.test(char)) refuse('back-references are not in RE2')
    if (char < '\x7f' && !/[\dA-Za-z]/.test(char)) return char
    return escapes.get(char) ?? refuse(`the escape "\\${char}" is not known`)
  }

  const node = alternatives()
  if (at < source.length) refuse('a group ends that did not begin')
  return node
}
