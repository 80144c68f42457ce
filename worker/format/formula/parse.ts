import { parseComprehension, parseLambda } from './parse-bindings.ts'
import { attribute } from './methods.ts'
import { invoke } from './functions.ts'
import { at, binary, checkInteger, slice, unary } from './operators.ts'
import { lookUp, type Node, type Scope } from './scope.ts'
import { syntax, type Token, tokenize } from './tokens.ts'
import { dict, fail, hashKey, isDict, iterate, list, truth, tuple, type Value } from './values.ts'

/** Nested brackets, operands and conditions; a formula that is read by people has few. */
const maxDepth = 60

/** A use of a name that no variable of the formula binds. */
export interface NameUse {
  readonly name: string
  readonly offset: number
}

/** A formula as something that can run, and the names that it takes from outside. */
export interface ParsedFormula {
  readonly node: Node
  readonly uses: readonly NameUse[]
}

/** What the parts of the parser share. */
export interface Parser {
  readonly uses: NameUse[]
  readonly token: Token
  next(): Token
  /** Whether the token is this operator; then it is taken. */
  take(operator: string): boolean
  expect(operator: string): void
  /** A whole expression, without a tuple's commas. */
  test(): Node
  /** Operators from this precedence on; 0 leaves out conditions and lambdas. */
  operation(precedence: number): Node
}

const precedences = new Map(
  [
    ['or'],
    ['and'],
    ['not'],
    ['==', '!=', '<', '>', '<=', '>=', 'in', 'not in'],
    ['|'],
    ['^'],
    ['&'],
    ['<<', '>>'],
    ['+', '-'],
    ['*', '/', '//', '%'],
  ].flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
)
const notLevel = 2
const comparisonLevel = 3

/** Notes the place, for faults, and counts a step. */
function mark(scope: Scope, offset: number): void {
  scope.meter.at = offset
  scope.meter.spend(1)
}

/**
 * Parses one Starlark expression.
 *
 * @throws FormulaError `invalid-formula`
 */
export function parseFormula(source: string): ParsedFormula {
  const tokens = tokenize(source)
  let index = 0
  let depth = 0
  const uses: NameUse[] = []
  const parser: Parser = {
    uses,
    get token() {
      return tokens[index] as Token // the end is never passed
    },
    next() {
      const { token } = parser
      if (token.kind !== 'end') index++
      return token
    },
    take(operator) {
      const { token } = parser
      const found = token.kind === 'operator' && token.text === operator
      if (found) index++
      return found
    },
    expect(operator) {
      if (!parser.take(operator)) throw unexpected(`"${operator}"`)
    },
    test() {
      if (++depth > maxDepth) throw syntax('it is nested too deeply', parser.token.offset)
      const node = parser.take('lambda') ? parseLambda(parser) : conditional()
      depth--
      return node
    },
    operation,
  }

  function unexpected(wanted: string): Error {
    const { kind, text, offset } = parser.token
    return syntax(
      `${wanted} is expected, not ${kind === 'end' ? 'the end' : `"${text.slice(0, 40)}"`}`,
      offset,
    )
  }

  function conditional(): Node {
    const then = operation(0)
    if (!parser.take('if')) return then
    const condition = operation(0)
    parser.expect('else')
    const other = parser.test()
    return (scope) => (truth(condition(scope)) ? then(scope) : other(scope))
  }

  function operation(precedence: number): Node {
    const first = precedence <= notLevel && parser.take('not') ? negation() : operand()
    const steps: ((left: Value, scope: Scope) => Value)[] = []
    let compared = false
    for (;;) {
      const { token } = parser
      if (token.kind !== 'operator') break
      const negated = token.text === 'not' && tokens[index + 1]?.text === 'in'
      const operator = negated ? 'not in' : token.text
      const level = operator === 'not' ? undefined : precedences.get(operator)
      if (level === undefined || level < precedence) break
      if (level === comparisonLevel && compared)
        throw syntax('comparisons cannot be chained; use "and"', token.offset)
      // A looser operator ends the comparison; a tighter one is part of it.
      compared = level === comparisonLevel || (compared && level > comparisonLevel)
      index += negated ? 2 : 1
      const right = operation(level + 1)
      const { offset } = token
      if (operator === 'and') steps.push((left, scope) => (truth(left) ? right(scope) : left))
      else if (operator === 'or') steps.push((left, scope) => (truth(left) ? left : right(scope)))
      else {
        steps.push((left, scope) => {
          const value = right(scope)
          mark(scope, offset)
          return binary(operator, left, value, scope.meter)
        })
      }
    }
    return chain(first, steps)
  }

  function negation(): Node {
    if (++depth > maxDepth) throw syntax('it is nested too deeply', parser.token.offset)
    const node = operation(notLevel)
    depth--
    return (scope) => !truth(node(scope))
  }

  function operand(): Node {
    const { kind, text, offset } = parser.token
    if (kind === 'operator' && (text === '-' || text === '+' || text === '~')) {
      if (++depth > maxDepth) throw syntax('it is nested too deeply', offset)
      index++
      const node = operand()
      depth--
      return (scope) => {
        const value = node(scope)
        mark(scope, offset)
        return unary(text, value)
      }
    }
    const first = primary()
    const steps: ((left: Value, scope: Scope) => Value)[] = []
    for (;;) {
      const suffixOffset = parser.token.offset
      const step = parser.take('.')
        ? member()
        : parser.take('(')
          ? parseCall()
          : parser.take('[')
            ? subscript()
            : undefined
      if (step === undefined) return chain(first, steps)
      steps.push((left, scope) => step(left, scope, suffixOffset))
    }
  }

  type Suffix = (left: Value, scope: Scope, offset: number) => Value

  function member(): Suffix {
    const { kind, text } = parser.token
    if (kind !== 'name') throw unexpected('a name')
    index++
    return (left, scope, offset) => {
      mark(scope, offset)
      return attribute(left, text)
    }
  }

  function parseCall(): Suffix {
    const args: { readonly form: string; readonly node: Node }[] = []
    const seen = new Set<string>()
    while (!parser.take(')')) {
      const { token } = parser
      let form = ''
      if (parser.take('*')) form = '*'
      else if (parser.take('**')) form = '**'
      else if (
        token.kind === 'name' &&
        tokens[index + 1]?.text === '=' &&
        tokens[index + 1]?.kind === 'operator'
      ) {
        index += 2
        form = token.text
        if (seen.has(form)) throw syntax(`the argument "${form}" is given twice`, token.offset)
        seen.add(form)
      } else if (args.some((arg) => arg.form !== '')) {
        throw syntax('a positional argument cannot follow a named one', token.offset)
      }
      args.push({ form, node: parser.test() })
      if (parser.take(')')) break
      parser.expect(',')
    }
    return (callee, scope, offset) => {
      const { meter } = scope
      const positional: Value[] = []
      const named = new Map<string, Value>()
      const name = (key: Value, value: Value): void => {
        if (typeof key !== 'string' || named.has(key))
          fail('an argument is given twice or its name is no string')
        else named.set(key, value)
      }
      for (const { form, node } of args) {
        const value = node(scope)
        if (form === '') positional.push(value)
        else if (form === '*') positional.push(...iterate(value, meter))
        else if (form !== '**') name(form, value)
        else if (isDict(value)) for (const entry of value.entries.values()) name(...entry)
        else fail('** needs a dict')
      }
      mark(scope, offset)
      return invoke(callee, positional, meter, named)
    }
  }

  function subscript(): Suffix {
    const parts: (Node | undefined)[] = []
    for (;;) {
      const { text, kind } = parser.token
      const empty = kind === 'operator' && (text === ':' || text === ']')
      parts.push(empty ? undefined : expressions(']', ':'))
      if (parser.take(']')) break
      if (parts.length === 3) throw unexpected('"]"')
      parser.expect(':')
    }
    const [index = undefined] = parts
    if (parts.length === 1) {
      if (index === undefined) throw unexpected('an index')
      return (left, scope, offset) => {
        const place = index(scope)
        mark(scope, offset)
        return at(left, place, scope.meter)
      }
    }
    return (left, scope, offset) => {
      const bounds = parts.map((part) => part?.(scope) ?? null)
      mark(scope, offset)
      return slice(left, bounds, scope.meter)
    }
  }

  function primary(): Node {
    const { kind, text, offset } = parser.token
    index += kind === 'end' ? 0 : 1
    if (kind === 'string') return () => text
    if (kind === 'number') {
      const value = number(text, offset)
      return () => value
    }
    if (kind === 'name') {
      if (text === 'None') return () => null
      if (text === 'True' || text === 'False') return () => text === 'True'
      uses.push({ name: text, offset })
      return (scope) => {
        mark(scope, offset)
        return lookUp(scope, text)
      }
    }
    if (text === '(') {
      if (parser.take(')')) return () => tuple([])
      const node = expressions(')')
      parser.expect(')')
      return node
    }
    if (text === '[') return display(']')
    if (text === '{') return display('}')
    index -= kind === 'end' ? 0 : 1
    throw unexpected('a value')
  }

  /** One expression, or several with commas as a tuple. */
  function expressions(...ends: readonly string[]): Node {
    const first = parser.test()
    if (!parser.take(',')) return first
    const nodes = [first]
    while (
      parser.token.kind !== 'end' &&
      !(parser.token.kind === 'operator' && ends.includes(parser.token.text))
    ) {
      nodes.push(parser.test())
      if (!parser.take(',')) break
    }
    return (scope) => tuple(nodes.map((node) => node(scope)))
  }

  /** A list or dict, written out or as a comprehension. */
  function display(end: ']' | '}'): Node {
    const before = uses.length
    const entries: { readonly key: Node; readonly value: Node }[] = []
    while (!parser.take(end)) {
      const key = parser.test()
      if (end === '}') parser.expect(':')
      const value = end === '}' ? parser.test() : key
      entries.push({ key, value })
      if (entries.length === 1 && parser.take('for')) {
        const run = parseComprehension(parser, before)
        parser.expect(end)
        return end === ']'
          ? (scope) => {
              const items: Value[] = []
              run(scope, (inner) => items.push(value(inner)))
              return list(items)
            }
          : (scope) => {
              const pairs: (readonly [Value, Value])[] = []
              run(scope, (inner) => pairs.push([key(inner), value(inner)]))
              return dict(pairs, scope.meter)
            }
      }
      if (parser.take(end)) break
      parser.expect(',')
    }
    if (end === ']') return (scope) => list(entries.map(({ value }) => value(scope)))
    return (scope) => {
      const keys = new Set<string>()
      return dict(
        entries.map(({ key, value }) => {
          const pair = [key(scope), value(scope)] as const
          const hash = hashKey(pair[0], scope.meter)
          if (keys.has(hash)) fail('a key stands twice in a dict')
          keys.add(hash)
          return pair
        }),
        scope.meter,
      )
    }
  }

  const node = expressions()
  if (parser.token.kind !== 'end') throw unexpected('the end')
  return { node, uses }
}

/** Applies the steps one after the other: a long formula is no deep one. */
function chain(first: Node, steps: readonly ((left: Value, scope: Scope) => Value)[]): Node {
  if (steps.length === 0) return first
  return (scope) => {
    let value = first(scope)
    for (const step of steps) value = step(value, scope)
    return value
  }
}

function number(text: string, offset: number): Value {
  if (!/^(?:0[xob].*|\d+)$/i.test(text)) {
    const value = Number(text)
    if (Number.isFinite(value)) return value
    throw syntax('the number is too large', offset)
  }
  try {
    return checkInteger(text.length > 2000 ? 1n << 1024n : BigInt(text))
  } catch {
    throw syntax('the number is too large', offset)
  }
}
