import type { NameUse, Parser } from './parse.ts'
import type { Node, Scope, Target } from './scope.ts'
import { syntax } from './tokens.ts'
import { fail, iterate, truth, type Value } from './values.ts'

type Clause = { readonly target: Target; readonly source: Node } | { readonly condition: Node }

/** Runs `emit` for every combination of a comprehension's items. */
export type Loop = (scope: Scope, emit: (inner: Scope) => void) => void

/**
 * The clauses of a comprehension, after its first `for`. Uses of its variables since `before` (in its body)
 * and in later clauses are no uses of outside names; its first source sees only what is outside.
 */
export function parseComprehension(parser: Parser, before: number): Loop {
  const { uses } = parser
  const inner = uses.splice(before)
  const bound = new Set<string>()
  const clauses: Clause[] = []
  let outer = uses.length
  for (;;) {
    const target = parseTarget(parser, bound)
    parser.expect('in')
    const source = parser.operation(0)
    clauses.push({ target, source })
    if (clauses.length === 1) outer = uses.length
    while (parser.take('if')) clauses.push({ condition: parser.operation(0) })
    if (!parser.take('for')) break
  }
  release(uses, [...inner, ...uses.splice(outer)], bound)

  const run = (scope: Scope, emit: (inner: Scope) => void, index: number): void => {
    const clause = clauses[index]
    if (clause === undefined) return emit(scope)
    if ('condition' in clause) {
      if (truth(clause.condition(scope))) run(scope, emit, index + 1)
      return
    }
    for (const item of iterate(clause.source(scope), scope.meter)) {
      const names = new Map<string, Value>()
      assign(clause.target, item, names, scope)
      run({ meter: scope.meter, names, parent: scope }, emit, index + 1)
    }
  }
  return (scope, emit) => run(scope, emit, 0)
}

function release(uses: NameUse[], inner: readonly NameUse[], bound: ReadonlySet<string>): void {
  for (const use of inner) if (!bound.has(use.name)) uses.push(use)
}

function parseTarget(parser: Parser, bound: Set<string>, end?: string): Target {
  const targets: Target[] = []
  let several = end === ']'
  do {
    const { kind, text, offset } = parser.token
    if (end !== undefined && kind === 'operator' && text === end) break
    if (parser.take('(')) targets.push(parseTarget(parser, bound, ')'))
    else if (parser.take('[')) targets.push(parseTarget(parser, bound, ']'))
    else if (kind === 'name' && targets.length < 100) {
      parser.next()
      bound.add(text)
      targets.push(text)
    } else throw syntax('a variable is expected', offset)
    several ||= parser.token.text === ','
  } while (parser.take(','))
  if (end !== undefined) parser.expect(end)
  return several ? targets : (targets[0] ?? [])
}

function assign(target: Target, value: Value, names: Map<string, Value>, scope: Scope): void {
  if (typeof target === 'string') {
    names.set(target, value)
    return
  }
  const items = [...iterate(value, scope.meter)]
  if (items.length !== target.length) fail(`${items.length} items do not fit ${target.length} variables`)
  target.forEach((part, index) => assign(part, items[index] ?? null, names, scope))
}

/** `lambda a, b: expression`, after the word. */
export function parseLambda(parser: Parser): Node {
  const { uses } = parser
  const parameters: string[] = []
  while (!parser.take(':')) {
    const { kind, text, offset } = parser.next()
    if (kind !== 'name' || parameters.includes(text))
      throw syntax('a lambda has plain, different parameters', offset)
    parameters.push(text)
    if (parser.take(':')) break
    parser.expect(',')
  }
  const before = uses.length
  const body = parser.test()
  release(uses, uses.splice(before), new Set(parameters))
  let active = false
  return (scope) => ({
    kind: 'function',
    name: 'lambda',
    call(args, named, meter) {
      if (active) return fail('a lambda must not call itself')
      const names = new Map<string, Value>(
        parameters.map((name, index) => [name, args[index] ?? named.get(name) ?? null]),
      )
      if (
        args.length + named.size !== parameters.length ||
        parameters.some((name, i) => i >= args.length && !named.has(name))
      ) {
        return fail(`a lambda with ${parameters.length} parameters has other arguments`)
      }
      active = true
      try {
        return body({ meter, names, parent: scope })
      } finally {
        active = false
      }
    },
  })
}
