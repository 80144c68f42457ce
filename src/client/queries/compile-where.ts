import type { Condition, Expression } from '../../protocol/query.ts'
import type { Json } from '../../protocol/records.ts'
import { invalid, nested, toField, toJson } from './field.ts'
import { isMap, shown } from '../../protocol/options.ts'

/** What a name in a filter stands for. */
export type ResolveField = (name: unknown) => Expression

/** Conditions as an app writes them (`Where`), or as they paste in from a Mongo selector. Throws `query/invalid`. */
export function compileWhere(where: unknown, field: ResolveField = toField): Condition {
  return nested(() => compileOne(where, field))
}

function compileOne(where: unknown, field: ResolveField): Condition {
  if (Array.isArray(where)) {
    if (where.length !== 2) throw invalid('A condition in a list is a pair: [steps, filter].')
    return all(compileFilter(field(where[0]), where[1], shown(where[0])))
  }
  if (!isMap(where)) throw invalid(`where is ${shown(where)}. Give columns with what they must fulfil.`)
  return all(
    Object.keys(where).flatMap((name) => {
      const value = where[name]
      switch (name) {
        case 'and':
        case '$and':
        case 'or':
        case '$or':
          return { op: name.replace('$', '') as 'and' | 'or', of: inner(name, value, field) } // the cases above
        case '$nor':
          return not({ op: 'or', of: inner(name, value, field) })
        case 'not':
        case '$not':
          return not(compileWhere(value, field))
      }
      if (name.startsWith('$') && !/^\$(?:id|rev|status|parent)$/.test(name)) {
        throw invalid(
          `${name} has no counterpart here. Between conditions there are and, or, not and their $ names (with $nor).`,
          { operator: name },
        )
      }
      return compileFilter(field(name), value, name)
    }),
  )
}

function inner(name: string, value: unknown, field: ResolveField): readonly Condition[] {
  if (Array.isArray(value)) return value.map((each) => compileWhere(each, field))
  throw invalid(`${name} takes a list of conditions. A column of this name is written [['${name}'], filter].`)
}

/** The conditions on one value. `name` is for messages. */
function compileFilter(left: Expression, filter: unknown, name: string): readonly Condition[] {
  if (filter instanceof RegExp) return [pattern(left, filter, name)]
  if (!isMap(filter)) return [equal('eq', left, filter, name)]
  const { ignoreCase, $options } = filter
  const operators = Object.keys(filter).filter((name) => name !== 'ignoreCase' && name !== '$options')
  if (operators.length === 0) {
    throw invalid(`The filter on ${name} says nothing. Leave it out, or give an operator.`)
  }
  if ($options !== undefined && $options !== '' && $options !== 'i') {
    throw invalid(`$options of ${name}: only "i" (ignore case) has a counterpart.`, { operator: '$options' })
  }
  const loose = $options === 'i' || ignoreCase
  return operators.map((given) => {
    const condition = compileOperator(left, given, filter[given], name)
    // The engine's to check, and whether the operator knows it.
    return loose === undefined || loose === false ? condition : { ...condition, ignoreCase: loose as boolean }
  })
}

const mongoNames: ReadonlyMap<string, string> = new Map([
  ['$nin', 'notIn'],
  ['$all', 'hasAll'],
  ['$regex', 'matches'],
  ['$size', '$size'],
])

function compileOperator(left: Expression, given: string, value: unknown, name: string): Condition {
  const op = mongoNames.get(given) ?? given.replace(/^\$/, '')
  switch (op) {
    case 'eq':
    case 'ne':
      return equal(op, left, value, name)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { op, left, right: { value: toJson(value, name) } }
    case 'between': {
      const [low, high] = list(op, value, name, 2)
      return { op, left, value: [low as Json, high as Json] } // two: counted above
    }
    case 'in':
    case 'notIn':
    case 'hasAll':
      return { op, left, value: list(op, value, name) }
    case 'has':
      return { op, left, value: toJson(value, name) }
    case 'matches':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      if (value instanceof RegExp && op === 'matches') return pattern(left, value, name)
      return { op, left, value: value as string } // the engine's to check
    case 'isNull':
    case 'exists':
      return { op, left, value: value as boolean } // the engine's to check
    case 'not':
      return not(nested(() => all(compileFilter(left, value, name))))
    case '$size':
      // Only lists have a size; text and objects have a length here as well.
      return all([{ op: 'hasAll', left, value: [] }, equal('eq', { fn: 'length', of: [left] }, value, name)])
  }
  throw invalid(
    `${shown(given)} on ${name} is no operator here.` +
      (given.startsWith('$')
        ? ''
        : ` A nested field is '${name}.${given}'; to compare with a whole object, use { eq: … }.`),
    { operator: given, field: name },
  )
}

/** As in Mongo, null stands for missing too. */
function equal(op: 'eq' | 'ne', left: Expression, value: unknown, name: string): Condition {
  if (value === null) return { op: 'isNull', left, value: op === 'eq' }
  return { op, left, right: { value: toJson(value, name) } }
}

function pattern(left: Expression, { source, flags }: RegExp, name: string): Condition {
  const others = flags.replace(/[giu]/g, '')
  if (others) throw invalid(`The pattern on ${name} has the flag ${others}: only "i" has a counterpart.`)
  return {
    op: 'matches',
    left,
    value: source,
    ...(flags.includes('i') ? { ignoreCase: true } : {}),
  }
}

function not(of: Condition): Condition {
  return { op: 'not', of }
}

/** One condition as it is; none is true. */
function all(of: readonly Condition[]): Condition {
  return of.length === 1 && of[0] ? of[0] : { op: 'and', of }
}

function list(op: string, value: unknown, name: string, length?: number): readonly Json[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw wrong(op, name, length === undefined ? 'a list' : `a list of ${length}`, value)
  }
  return value.map((each) => toJson(each, name))
}

function wrong(op: string, name: string, wanted: string, value: unknown): Error {
  return invalid(`${op} on ${name} takes ${wanted}, not ${shown(value)}.`, { operator: op, field: name })
}
