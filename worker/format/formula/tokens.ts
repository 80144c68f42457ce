import { FormulaError } from './fault.ts'
import { encodeText } from './values.ts'

/** Characters of the longest formula. */
const maxSourceLength = 20_000

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'end'
  /** The spelling; the value (as bytes) of a string. */
  readonly text: string
  /** In UTF-16 units. */
  readonly offset: number
}

const skipped = /(?:[ \t\r\n]|#[^\n]*|\\\r?\n)*/y
const token =
  /(?<name>[\p{L}_][\p{L}\p{Nd}_]*)|(?<number>0[xX][\dA-Fa-f]+|0[oO][0-7]+|0[bB][01]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\p{L}\p{Nd}_])|(?<operator>\/\/|\*\*|<<|>>|[<>=!]=|[-+*/%<>=()[\]{}.,:|&^~])/uy
const quotes = /(r?)("""|'''|["'])/y

/** Words that Starlark keeps; those with a meaning in an expression are operators. */
const words = new Set('and or not in if else for lambda'.split(' '))
const reserved = new Set(
  'as assert async await break class continue def del elif except finally from global import is load nonlocal pass raise return try while with yield'.split(
    ' ',
  ),
)

/** The error for a formula that does not parse. */
export function syntax(message: string, offset: number): FormulaError {
  return new FormulaError('invalid-formula', message, offset)
}

/** Splits a formula into tokens; the last is the end. */
export function tokenize(source: string): readonly Token[] {
  if (source.length > maxSourceLength) throw syntax('it is too long', 0)
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    skipped.lastIndex = at
    skipped.exec(source)
    at = skipped.lastIndex
    if (at === source.length) return [...tokens, { kind: 'end', text: '', offset: at }]
    quotes.lastIndex = at
    const opening = quotes.exec(source)
    if (opening !== null) {
      const [{ length }, raw, quote = ''] = opening
      const end = endOfString(source, at + length, quote)
      const body = source.slice(at + length, end)
      tokens.push({ kind: 'string', text: encodeText(raw === '' ? unescape(body, at) : body), offset: at })
      at = end + quote.length
      continue
    }
    token.lastIndex = at
    const { groups } = token.exec(source) ?? {}
    if (groups === undefined) throw syntax('this is no part of an expression', at)
    const { name, number, operator } = groups
    const text = name ?? number ?? operator ?? ''
    if (reserved.has(text)) throw syntax(`"${text}" is a reserved word`, at)
    const kind =
      name === undefined
        ? number === undefined
          ? 'operator'
          : 'number'
        : words.has(text)
          ? 'operator'
          : 'name'
    if (kind === 'number' && /^0\d*[1-9]\d*$/.test(text)) throw syntax('a number must not begin with 0', at)
    tokens.push({ kind, text, offset: at })
    at += text.length
  }
}

function endOfString(source: string, from: number, quote: string): number {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source.startsWith(quote, i)) return i
    else if (source[i] === '\n' && quote.length === 1) break
  }
  throw syntax('the string does not end', from - quote.length)
}

const letters = new Map([...'abtnvfr'].map((letter, index) => [letter, String.fromCharCode(index + 7)]))

function unescape(body: string, offset: number): string {
  return body.replace(
    /\\(?:([0-7]{1,3})|x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(\r?\n)|([^]))/g,
    (match, octal?: string, hex?: string, short?: string, long?: string, line?: string, other = '') => {
      const digits = octal ?? hex ?? short ?? long
      if (digits !== undefined) {
        const code = Number.parseInt(digits, octal === undefined ? 16 : 8)
        const max = octal === undefined && hex === undefined ? 0x10ffff : 0x7f
        if (code <= max && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code)
      }
      if (line !== undefined) return ''
      const letter = letters.get(other) ?? (/["'\\]/.test(other) ? String(other) : undefined)
      if (letter === undefined) throw syntax(`the escape "${match}" is not valid`, offset)
      return letter
    },
  )
}
