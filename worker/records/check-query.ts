import type { Condition, Expression, Include, Order, Query, Source } from '../../src/protocol/query.ts'
import type { RecordStatus } from '../../src/protocol/records.ts'
import { fitsKind, kindOfType, nameOfKind, typeAt } from './column-types.ts'
import { kindOf, kinds, type Kind, type Value } from './compare-values.ts'
import { referenceOf, type CollectionShape } from './query-context.ts'
import { into, invalid, pathTo, queryFault, type Place } from './query-faults.ts'
import {
  expressionId,
  includedSource,
  isAggregate,
  isGrouped,
  operandsOf,
  sourceIndex,
  sourcesIn,
} from './query-parts.ts'

type ShapeOf = (source: Source) => CollectionShape | undefined

/** What an expression may read at its place. */
interface Scope {
  readonly shapeOf: ShapeOf
  /** The sources whose fields are there. */
  readonly sources: readonly Source[]
  /** Aggregates may stand here. */
  readonly aggregates: boolean
  /** The group's keys, by `expressionId`; then no other field can be read outside an aggregate. */
  readonly keys?: ReadonlySet<string> | undefined
}

/**
 * Checks what a well-formed query asks for: its collections and columns exist, operands can match, aliases and groups
 * make sense.
 *
 * @throws EspalierError `record/collection-missing`, `query/unknown-column`, `query/bad-operand`, `query/invalid`
 */
export function checkQuery(query: Query, shapeOf: ShapeOf): void {
  const sources = sourcesIn(query)
  checkSources(query, sources, shapeOf)
  const rows: Scope = { shapeOf, sources, aggregates: false }
  query.joins?.forEach(({ source, on }, index) => {
    on.forEach(({ left, right }, pair) => {
      const at = into(into(into(into(undefined, 'joins'), index), 'on'), pair)
      const earlier: Scope = { ...rows, sources: sources.slice(0, index + 1) }
      const kind = checkExpression(left, earlier, into(at, 'left'))
      const own = checkExpression(right, { ...rows, sources: [source] }, into(at, 'right'))
      checkComparable(left, kind, own, into(at, 'right'))
    })
  })
  const part = (name: keyof Query): Place => into(undefined, name)
  if (query.where !== undefined) checkCondition(query.where, rows, part('where'))
  query.groupBy?.forEach((one, index) => checkExpression(one, rows, into(part('groupBy'), index)))
  const grouped = isGrouped(query)
  checkParts(query, grouped)
  const results = grouped
    ? { ...rows, aggregates: true, keys: new Set(query.groupBy?.map(expressionId)) }
    : rows
  if (query.select !== undefined) checkSelected(query.select, results, part('select'))
  if (query.having !== undefined) checkCondition(query.having, results, part('having'))
  if (query.orderBy !== undefined) checkOrders(query.orderBy, results, part('orderBy'))
  if (query.include !== undefined) checkIncludes(query.include, query.from, shapeOf, part('include'))
}

function checkSources(query: Query, sources: readonly Source[], shapeOf: ShapeOf): void {
  sources.forEach((source, index) => {
    const at =
      index === 0 ? into(undefined, 'from') : into(into(into(undefined, 'joins'), index - 1), 'source')
    if (shapeOf(source) === undefined) throw collectionMissing(source.collection, into(at, 'collection'))
    if (sources.length > 1 && source.alias === '')
      throw invalid(pathTo(into(at, 'alias')), 'every source of a join needs a name')
    if (sourceIndex(sources, source.alias) !== index)
      throw invalid(pathTo(into(at, 'alias')), `two sources are called "${source.alias}"`)
  })
  if (query.joins !== undefined && query.joins.length === 0) throw invalid(['joins'], 'it is empty')
}

function checkParts(query: Query, grouped: boolean): void {
  if (query.after !== undefined && query.before !== undefined)
    throw invalid(['before'], 'a page begins after one row or ends before one, not both')
  if (grouped && query.select === undefined)
    throw invalid(['select'], 'a query with groups names what it selects')
  if (!grouped && query.having !== undefined)
    throw invalid(['having'], 'there are no groups: use "where", or group')
  if (query.include !== undefined && (grouped || query.joins !== undefined || query.distinct === true))
    throw invalid(['include'], 'it cannot stand together with joins, groups or distinct')
}

/** `$`-names belong to the library: they may be selected as what they are. */
function checkName(name: string, expression: Expression | undefined, at: Place): void {
  if (!name.startsWith('$')) return
  const itself = expression !== undefined && 'field' in expression && expression.field.at(-1) === name
  if (!itself) throw invalid(pathTo(at), 'names that begin with "$" belong to the library')
}

function collectionMissing(collection: string, at: Place): Error {
  const message = `There is no collection "${collection}" at this place of the history.`
  return queryFault('record/collection-missing', message, pathTo(at), { collection })
}

/** Answers the declared type of a field. */
function typeOfField(
  { field: path, from }: Extract<Expression, { readonly field: unknown }>,
  { sources, shapeOf }: Scope,
  at: Place,
): string {
  const source = sources[sourceIndex(sources, from)]
  if (source === undefined) {
    const names = sources.map(({ alias }) => `"${alias}"`).join(', ')
    if (from === undefined) throw invalid(pathTo(at), `"from" must name one of the sources: ${names}`)
    throw invalid(
      pathTo(into(at, 'from')),
      `no source before this place is called "${from}"; there are ${names}`,
    )
  }
  const type = typeAt(shapeOf(source) ?? {}, path)
  if (type.found) return type.type
  const { name, near } = type
  const hint = near.length > 0 ? ` Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?` : ''
  const message = `"${source.collection}" declares no column "${name}".${hint}`
  throw queryFault('query/unknown-column', message, pathTo(at), {
    collection: source.collection,
    column: name,
    near,
  })
}

function checkExpression(one: Expression, scope: Scope, at: Place): Kind | undefined {
  if (scope.keys !== undefined && scope.keys.size > 0 && scope.keys.has(expressionId(one))) {
    return checkExpression(one, { ...scope, aggregates: false, keys: undefined }, at)
  }
  if ('value' in one) return kindOf(one.value)
  if ('field' in one) {
    if (scope.keys !== undefined)
      throw invalid(pathTo(at), `"${one.field.join('.')}" is neither grouped by nor inside an aggregate`)
    return kindOfType(typeOfField(one, scope, at))
  }
  if (isAggregate(one)) {
    if (!scope.aggregates)
      throw invalid(pathTo(at), 'aggregates stand in "select", "having" and "orderBy" only')
    const inner = { ...scope, aggregates: false, keys: undefined }
    const kind = one.of === undefined ? undefined : checkExpression(one.of, inner, into(at, 'of'))
    const adds = one.aggregate === 'sum' || one.aggregate === 'avg'
    if (adds && one.of && kind !== undefined && kind !== kinds.number && kind !== kinds.nothing)
      throw badOperand(one.of, into(at, 'aggregate'), kind, `"${one.aggregate}", which adds numbers`)
    return one.aggregate === 'min' || one.aggregate === 'max' ? kind : kinds.number
  }
  operandsOf(one).forEach((operand, index) => checkExpression(operand, scope, into(into(at, 'of'), index)))
  switch (one.fn) {
    case 'concat':
    case 'lower':
    case 'upper':
      return kinds.text
    case 'coalesce':
      return undefined
    default:
      return kinds.number
  }
}

/** The declared type where the expression is a plain field. */
function typeOf(one: Expression, scope: Scope, at: Place): string {
  return 'field' in one && scope.keys === undefined ? typeOfField(one, scope, at) : 'any'
}

function checkOperand(of: Expression, value: Value, kind: Kind | undefined, at: Place): void {
  if (kind !== undefined && !fitsKind(value, kind)) throw badOperand(of, at, kind, nameOfKind(kindOf(value)))
  if (isStatus(of) && typeof value === 'string' && !statuses.includes(value as RecordStatus))
    throw unmatched(of, at, `one of ${statuses.join(', ')}`, `"${value.slice(0, 40)}"`)
}

function checkComparable(of: Expression, left: Kind | undefined, right: Kind | undefined, at: Place): void {
  if (left === undefined || right === undefined || left === right) return
  if (left !== kinds.nothing && right !== kinds.nothing) throw badOperand(of, at, left, nameOfKind(right))
}

function checkCondition(one: Condition, scope: Scope, at: Place): void {
  switch (one.op) {
    case 'and':
    case 'or':
      one.of.forEach((part, index) => checkCondition(part, scope, into(into(at, 'of'), index)))
      return
    case 'not':
      checkCondition(one.of, scope, into(at, 'of'))
      return
    case 'search':
      if (sourceIndex(scope.sources, one.from) < 0 || scope.keys !== undefined)
        throw invalid(pathTo(at), 'a search names one of the sources in "from", and stands in "where"')
      one.fields?.forEach((name, index) => {
        const from = one.from === undefined ? {} : { from: one.from }
        checkExpression({ field: [name], ...from }, scope, into(into(at, 'fields'), index))
      })
      return
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const left = checkExpression(one.left, scope, into(at, 'left'))
      const right = checkExpression(one.right, scope, into(at, 'right'))
      checkComparable(one.left, left, right, into(at, 'right'))
      if ('value' in one.right) checkOperand(one.left, one.right.value, left, into(at, 'right'))
      if ('value' in one.left) checkOperand(one.right, one.left.value, right, into(at, 'left'))
      return
    }
    case 'has':
    case 'hasAll': {
      checkExpression(one.left, scope, into(at, 'left'))
      const type = typeOf(one.left, scope, into(at, 'left'))
      const kind = kindOfType(type)
      if (kind !== undefined && kind !== kinds.list)
        throw badOperand(one.left, into(at, 'op'), kind, `"${one.op}", which asks for items of a list`)
      const items = one.op === 'has' ? [one.value] : one.value
      const itemKind = type.startsWith('[]') ? kindOfType(type.slice(2)) : undefined
      for (const item of items) checkOperand(one.left, item, itemKind, into(at, 'value'))
      return
    }
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'matches': {
      const kind = checkExpression(one.left, scope, into(at, 'left'))
      const advice = kind === kinds.list ? '; "has" asks for an item of a list' : ''
      if (kind !== undefined && kind !== kinds.text && kind !== kinds.nothing)
        throw badOperand(
          one.left,
          into(at, 'op'),
          kind,
          `"${one.op}", which asks for a part of text${advice}`,
        )
      return
    }
    case 'in':
    case 'notIn':
    case 'between': {
      const kind = checkExpression(one.left, scope, into(at, 'left'))
      one.value.forEach((value, index) => checkOperand(one.left, value, kind, into(into(at, 'value'), index)))
      return
    }
    case 'isNull':
    case 'exists':
      checkExpression(one.left, scope, into(at, 'left'))
  }
}

function checkSelected(select: NonNullable<Query['select']>, scope: Scope, at: Place): void {
  for (const [name, one] of Object.entries(select)) {
    checkName(name, one, into(at, name))
    checkExpression(one, scope, into(at, name))
  }
}

function checkOrders(list: readonly Order[], scope: Scope, at: Place): void {
  list.forEach(({ by }, index) => checkExpression(by, scope, into(into(at, index), 'by')))
}

function checkIncludes(
  named: NonNullable<Query['include']>,
  source: Source,
  shapeOf: ShapeOf,
  at: Place,
): void {
  for (const [name, include] of Object.entries(named)) {
    const place = into(at, name)
    checkName(name, undefined, place)
    const target = targetOf(include, source, shapeOf, place)
    const scope: Scope = { shapeOf, sources: [target], aggregates: false }
    const owner: Scope = include.collection === undefined ? { ...scope, sources: [source] } : scope
    checkExpression({ field: [include.column] }, owner, into(place, 'column'))
    if (include.select !== undefined) checkSelected(include.select, scope, into(place, 'select'))
    if (include.where !== undefined) checkCondition(include.where, scope, into(place, 'where'))
    if (include.orderBy !== undefined) checkOrders(include.orderBy, scope, into(place, 'orderBy'))
    if (include.include !== undefined) checkIncludes(include.include, target, shapeOf, into(place, 'include'))
  }
}

/** The source that an `include` reads: at the same place of the history as its owner. */
export function targetOf(include: Include, owner: Source, shapeOf: ShapeOf, at: Place): Source {
  const collection = include.collection ?? referenceOf(shapeOf(owner), include.column)
  if (collection === undefined) {
    const why = `"${include.column}" of "${owner.collection}" is no foreign key that leads to a collection`
    throw invalid(pathTo(into(at, 'column')), why)
  }
  const source = includedSource(collection, owner)
  const target = shapeOf(source)
  if (target === undefined) throw collectionMissing(collection, into(at, 'collection'))
  if (include.collection === undefined) return source
  // A column without a foreign key may hold keys all the same; one that leads elsewhere does not hold these.
  const { column } = include
  const leads = referenceOf(target, column)
  if (leads !== owner.collection && (leads !== undefined || column === '$parent'))
    throw invalid(
      pathTo(into(at, 'column')),
      `"${column}" of "${collection}" does not lead to "${owner.collection}"`,
    )
  return source
}

const statuses: readonly RecordStatus[] = ['clean', 'added', 'modified', 'deleted', 'conflict', 'saving']

function isStatus(of: Expression): boolean {
  return 'field' in of && of.field[0] === '$status'
}

function badOperand(of: Expression, at: Place, kind: Kind, given: string): Error {
  return unmatched(of, at, nameOfKind(kind), given)
}

function unmatched(of: Expression, at: Place, held: string, given: string): Error {
  const name = 'field' in of ? `"${of.field.join('.')}"` : 'it'
  const hint = given === nameOfKind(kinds.number) ? ' Dates are ISO text.' : ''
  const path = pathTo(at)
  const message = `The query's "${path.join('.')}" can never match: ${name} holds ${held}, and is compared with ${given}.${hint}`
  return queryFault('query/bad-operand', message, path)
}
