import type { Condition, Expression, FieldPath } from '../../src/protocol/query.ts'
import type { Json } from '../../src/protocol/records.ts'
import { compareValues, kindOf, kinds } from './compare-values.ts'
import { pathId } from './field-path.ts'
import type { Bound, ValueRange } from './sorted-index.ts'

/** What the conditions of one source say about single fields: what indexes can answer. */
export interface KeyConditions {
  /** The keys that can match; undefined where any can. */
  readonly keys: readonly string[] | undefined
  readonly equals: readonly { readonly path: FieldPath; readonly values: readonly Json[] }[]
  readonly ranges: readonly { readonly path: FieldPath; readonly range: ValueRange }[]
  /** They say all that the conditions say. */
  readonly complete: boolean
}

/**
 * Reads what indexes can answer out of conditions that must all hold. It may leave conditions out: whoever uses an
 * index tests the rows against all of them again.
 */
export function readKeyConditions(
  conjuncts: readonly Condition[],
  pathOf: (expression: Expression) => FieldPath | undefined,
): KeyConditions {
  const equals: { path: FieldPath; values: readonly Json[] }[] = []
  const ranges = new Map<string, { path: FieldPath; range: ValueRange }>()
  let keys: readonly string[] | undefined
  let complete = true

  const addEquals = (path: FieldPath, values: readonly Json[]): void => {
    if (path.length === 1 && path[0] === '$id') keys ??= values.filter((value) => typeof value === 'string')
    else equals.push({ path, values })
  }
  const addRange = (path: FieldPath, range: ValueRange): void => {
    const id = pathId(path)
    const known = ranges.get(id)
    ranges.set(id, { path, range: known ? intersect(known.range, range) : range })
  }

  for (const condition of conjuncts) {
    const compared = comparedWithValue(condition, pathOf)
    if (compared === undefined) {
      complete = false
      continue
    }
    const { path, op } = compared
    switch (op) {
      case 'eq':
        addEquals(path, [compared.value])
        break
      case 'in':
        addEquals(path, compared.values)
        break
      case 'between':
        addRange(path, rangeBetween(compared.low, compared.high))
        break
      case 'startsWith':
        addRange(path, rangeOfPrefix(compared.prefix))
        break
      default:
        addRange(path, rangeOf(op, compared.value))
    }
  }
  return { keys, equals, ranges: [...ranges.values()], complete }
}

type Compared = { readonly path: FieldPath } & (
  | { readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: Json }
  | { readonly op: 'in'; readonly values: readonly Json[] }
  | { readonly op: 'between'; readonly low: Json; readonly high: Json }
  | { readonly op: 'startsWith'; readonly prefix: string }
)

const mirrored = { eq: 'eq', gt: 'lt', gte: 'lte', lt: 'gt', lte: 'gte' } as const

/** A condition as a field compared with a value; undefined for any other. */
function comparedWithValue(
  condition: Condition,
  pathOf: (expression: Expression) => FieldPath | undefined,
): Compared | undefined {
  switch (condition.op) {
    case 'eq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const { op, left, right } = condition
      if ('value' in left) {
        const path = pathOf(right)
        return path && { path, op: mirrored[op], value: left.value }
      }
      const path = pathOf(left)
      return path && 'value' in right ? { path, op, value: right.value } : undefined
    }
    case 'isNull': {
      const path = condition.value ? pathOf(condition.left) : undefined
      return path && { path, op: 'eq', value: null }
    }
    case 'in': {
      const path = pathOf(condition.left)
      return path && { path, op: 'in', values: condition.value }
    }
    case 'between': {
      const path = pathOf(condition.left)
      const [low, high] = condition.value
      return path && { path, op: 'between', low, high }
    }
    case 'startsWith': {
      const path = condition.ignoreCase === true ? undefined : pathOf(condition.left)
      return path && { path, op: 'startsWith', prefix: condition.value }
    }
    default:
      return undefined
  }
}

/** Only values of the operand's kind match: the range ends where its kind does. */
function rangeOf(op: 'gt' | 'gte' | 'lt' | 'lte', value: Json): ValueRange {
  const bound: Bound = { value, inclusive: op === 'gte' || op === 'lte' }
  const { from, to } = rangeOfKind(value)
  return op === 'gt' || op === 'gte' ? { from: bound, to } : { from, to: bound }
}

function rangeBetween(low: Json, high: Json): ValueRange {
  if (kindOf(low) !== kindOf(high)) return intersect(rangeOf('gte', low), rangeOf('lte', high))
  return { from: { value: low, inclusive: true }, to: { value: high, inclusive: true } }
}

function rangeOfKind(value: Json): ValueRange {
  const upTo = (from: Json, to: Json): ValueRange => ({
    from: { value: from, inclusive: true },
    to: { value: to, inclusive: false },
  })
  switch (kindOf(value)) {
    case kinds.nothing:
      return { to: { value: null, inclusive: true } }
    case kinds.boolean:
      return { from: { value: false, inclusive: true }, to: { value: true, inclusive: true } }
    case kinds.number:
      return { from: { value: true, inclusive: false }, to: { value: '', inclusive: false } }
    case kinds.text:
      return upTo('', [])
    case kinds.list:
      return upTo([], {})
    case kinds.map:
      return { from: { value: {}, inclusive: true } }
  }
}

/** Text that begins so: up to the first text that is larger than all of it. */
function rangeOfPrefix(prefix: string): ValueRange {
  const from: Bound = { value: prefix, inclusive: true }
  let last = prefix.length - 1
  while (last >= 0 && prefix.charCodeAt(last) === 0xffff) last--
  if (last < 0) return { from, to: { value: [], inclusive: false } }
  const next = prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1)
  return { from, to: { value: next, inclusive: false } }
}

/** What is in both ranges. */
export function intersect(a: ValueRange, b: ValueRange): ValueRange {
  return { from: tighter(a.from, b.from, 1), to: tighter(a.to, b.to, -1) }
}

function tighter(a: Bound | undefined, b: Bound | undefined, side: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const difference = compareValues(a.value, b.value) * side
  if (difference === 0) return a.inclusive ? b : a
  return difference > 0 ? a : b
}
