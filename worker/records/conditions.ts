import type { Condition, Expression } from '../../src/protocol/query.ts'
import { compareValues, equalValues, identityOf, kindOf, type Value } from './compare-values.ts'
import { compileExpression, constantOf, type Scope } from './expressions.ts'
import { compileTextMatch } from './text-match.ts'

/** A compiled condition. */
export type Test<Env> = (env: Env) => boolean

/** Where conditions read from. */
export interface ConditionScope<Env> extends Scope<Env> {
  readonly search: (condition: Extract<Condition, { readonly op: 'search' }>) => Test<Env>
}

type Comparison = 'gt' | 'gte' | 'lt' | 'lte'

/**
 * Compiles a condition that was checked before. It is true or false, never unknown: what is missing is null, and null
 * equals null.
 *
 * @throws EspalierError `query/invalid` for a pattern that cannot run in linear time
 */
export function compileCondition<Env>(condition: Condition, scope: ConditionScope<Env>): Test<Env> {
  switch (condition.op) {
    case 'and':
      return all(condition.of.map((one) => compileCondition(one, scope)))
    case 'or':
      return any(condition.of.map((one) => compileCondition(one, scope)))
    case 'not':
      return not(compileCondition(condition.of, scope))
    case 'search':
      return scope.search(condition)
    case 'eq':
      return equality(condition.left, condition.right, scope)
    case 'ne':
      return not(equality(condition.left, condition.right, scope))
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return comparison(condition.op, condition.left, condition.right, scope)
    default: {
      const read = compileExpression(condition.left, scope)
      const holds = compileValueTest(condition)
      return (env) => holds(read(env))
    }
  }
}

/** All of several tests; those of the common short lists without a loop. */
export function all<Env>(tests: readonly Test<Env>[]): Test<Env> {
  const [first, second, third] = tests
  if (first === undefined) return () => true
  if (second === undefined) return first
  if (third === undefined) return (env) => first(env) && second(env)
  return (env) => {
    for (const test of tests) if (!test(env)) return false
    return true
  }
}

function any<Env>(tests: readonly Test<Env>[]): Test<Env> {
  return (env) => {
    for (const test of tests) if (test(env)) return true
    return false
  }
}

function not<Env>(test: Test<Env>): Test<Env> {
  return (env) => !test(env)
}

function equality<Env>(left: Expression, right: Expression, scope: Scope<Env>): Test<Env> {
  const a = compileExpression(left, scope)
  const b = compileExpression(right, scope)
  const constant = constantOf(right)
  if (constant === undefined) return (env) => equalValues(a(env), b(env))
  const { value } = constant
  if (value === null) return (env) => (a(env) ?? null) === null
  if (typeof value !== 'object') return (env) => a(env) === value
  return (env) => equalValues(a(env), value)
}

function comparison<Env>(op: Comparison, left: Expression, right: Expression, scope: Scope<Env>): Test<Env> {
  const a = compileExpression(left, scope)
  const b = compileExpression(right, scope)
  const limit = constantOf(right)?.value
  const holds = signTest(op)
  if (typeof limit === 'number')
    return (env) => {
      const value = a(env)
      return typeof value === 'number' && holds(value - limit)
    }
  return (env) => compareSame(a(env), b(env), holds)
}

/** Only values of one kind compare: 10 is neither above nor below 'a'. */
function compareSame(a: Value, b: Value, holds: (sign: number) => boolean): boolean {
  return kindOf(a) === kindOf(b) && holds(compareValues(a, b))
}

function signTest(op: Comparison): (sign: number) => boolean {
  switch (op) {
    case 'gt':
      return (sign) => sign > 0
    case 'gte':
      return (sign) => sign >= 0
    case 'lt':
      return (sign) => sign < 0
    case 'lte':
      return (sign) => sign <= 0
  }
}

/** Conditions on one value alone. */
type ValueCondition = Exclude<
  Condition,
  { readonly op: 'and' | 'or' | 'not' | 'search' | 'eq' | 'ne' | Comparison }
>

function compileValueTest(condition: ValueCondition): (value: Value) => boolean {
  switch (condition.op) {
    case 'between': {
      const [low, high] = condition.value
      const atLeast = signTest('gte')
      const atMost = signTest('lte')
      return (value) => compareSame(value, low, atLeast) && compareSame(value, high, atMost)
    }
    case 'in':
    case 'notIn': {
      const identities = new Set(condition.value.map(identityOf))
      const wanted = condition.op === 'in'
      return (value) => identities.has(identityOf(value)) === wanted
    }
    case 'has': {
      const { value: item } = condition
      return (value) => Array.isArray(value) && holdsItem(value, item)
    }
    case 'hasAll': {
      const items = condition.value
      return (value) => Array.isArray(value) && items.every((item) => holdsItem(value, item))
    }
    case 'isNull':
      return (value) => (value === undefined || value === null) === condition.value
    case 'exists':
      return (value) => (value !== undefined) === condition.value
    default:
      return compileTextMatch(condition)
  }
}

function holdsItem(list: readonly Value[], item: Value): boolean {
  for (const one of list) if (equalValues(one, item)) return true
  return false
}
