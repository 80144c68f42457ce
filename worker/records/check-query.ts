import type { Condition, Expression, Include, Order, Query, Source } from '../../src/protocol/query.ts'
import type { RecordStatus } from '../../src/protocol/records.ts'
import { fitsKind, kindOfType, nameOfKind, typeAt } from './column-types.ts'
import { kindOf, kinds, type Kind, type Value } from './compare-values.ts'
import { referenceOf, type CollectionShape } from './query-context.ts'
import { invalid, queryFault, type QueryPath } from './query-faults.ts'
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
  /** The sources whose fields are there. */
  readonly sources: readonly Source[]
  /** Aggregates may stand here. */
  readonly aggregates: boolean
  /** The group's keys, by `expressionId`; then no other field can be read outside an aggregate. */
  readonly keys?: ReadonlySet<string>
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
  const check = createChecks(shapeOf)
  const rows: Scope = { sources, aggregates: false }
  query.joins?.forEach(({ source, on }, index) => {
    on.forEach(({ left, right }, pair) => {
      const at = ['joins', index, 'on', pair]
      const earlier: Scope = { sources: sources.slice(0, index + 1), aggregates: false }
      const kind = check.expression(left, earlier, [...at, 'left'])
      const own = check.expression(right, { sources: [source], aggregates: false }, [...at, 'right'])
      check.comparable(left, kind, own, [...at, 'right'])
    })
  })
  if (query.where !== undefined) check.condition(query.where, rows, ['where'])
  query.groupBy?.forEach((expression, index) => check.expression(expression, rows, ['groupBy', index]))
  const grouped = isGrouped(query)
  checkParts(query, grouped)
  const keys = new Set(query.groupBy?.map(expressionId))
  const results: Scope = grouped ? { sources, aggregates: true, keys } : rows
  check.selected(query.select, results, ['select'])
  if (query.having !== undefined) check.condition(query.having, results, ['having'])
  check.orders(query.orderBy, results, ['orderBy'])
  check.includes(query.include, query.from, ['include'])
}

function checkSources(query: Query, sources: readonly Source[], shapeOf: ShapeOf): void {
  sources.forEach((source, index) => {
    const at: QueryPath = index === 0 ? ['from'] : ['joins', index - 1, 'source']
    if (shapeOf(source) === undefined) throw collectionMissing(source.collection, [...at, 'collection'])
    if (sources.length > 1 && source.alias === '')
      throw invalid([...at, 'alias'], 'every source of a join needs a name')
    if (sourceIndex(sources, source.alias) !== index)
      throw invalid([...at, 'alias'], `two sources are called "${source.alias}"`)
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
function checkName(name: string, expression: Expression | undefined, at: QueryPath): void {
  if (!name.startsWith('$')) return
  const itself = expression !== undefined && 'field' in expression && expression.field.at(-1) === name
  if (!itself) throw invalid(at, 'names that begin with "$" belong to the library')
}

function collectionMissing(collection: string, path: QueryPath): Error {
  const message = `There is no collection "${collection}" at this place of the history.`
  return queryFault('record/collection-missing', message, path, { collection })
}

interface Checks {
  expression(expression: Expression, scope: Scope, at: QueryPath): Kind | undefined
  condition(condition: Condition, scope: Scope, at: QueryPath): void
  comparable(of: Expression, left: Kind | undefined, right: Kind | undefined, at: QueryPath): void
  selected(select: Query['select'], scope: Scope, at: QueryPath): void
  orders(orders: readonly Order[] | undefined, scope: Scope, at: QueryPath): void
  includes(includes: Query['include'], source: Source, at: QueryPath): void
}

function createChecks(shapeOf: ShapeOf): Checks {
  /** Answers the declared type of a field. */
  const field = (
    { field: path, from }: Extract<Expression, { readonly field: unknown }>,
    { sources }: Scope,
    at: QueryPath,
  ): string => {
    const source = sources[sourceIndex(sources, from)]
    if (source === undefined) {
      const names = sources.map(({ alias }) => `"${alias}"`).join(', ')
      if (from === undefined) throw invalid(at, `"from" must name one of the sources: ${names}`)
      throw invalid([...at, 'from'], `no source before this place is called "${from}"; there are ${names}`)
    }
    const type = typeAt(shapeOf(source) ?? {}, path)
    if (type.found) return type.type
    const { name, near } = type
    const hint = near.length > 0 ? ` Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?` : ''
    const message = `"${source.collection}" declares no column "${name}".${hint}`
    throw queryFault('query/unknown-column', message, at, {
      collection: source.collection,
      column: name,
      near,
    })
  }

  const expression: Checks['expression'] = (one, scope, at) => {
    if (scope.keys?.has(expressionId(one)) === true) {
      return expression(one, { sources: scope.sources, aggregates: false }, at)
    }
    if ('value' in one) return kindOf(one.value)
    if ('field' in one) {
      if (scope.keys !== undefined)
        throw invalid(at, `"${one.field.join('.')}" is neither grouped by nor inside an aggregate`)
      return kindOfType(field(one, scope, at))
    }
    if (isAggregate(one)) {
      if (!scope.aggregates) throw invalid(at, 'aggregates stand in "select", "having" and "orderBy" only')
      const inner = { sources: scope.sources, aggregates: false }
      const kind = one.of === undefined ? undefined : expression(one.of, inner, [...at, 'of'])
      const adds = one.aggregate === 'sum' || one.aggregate === 'avg'
      if (adds && one.of && kind !== undefined && kind !== kinds.number && kind !== kinds.nothing)
        throw badOperand(one.of, [...at, 'aggregate'], kind, `"${one.aggregate}", which adds numbers`)
      return one.aggregate === 'min' || one.aggregate === 'max' ? kind : kinds.number
    }
    operandsOf(one).forEach((operand, index) => expression(operand, scope, [...at, 'of', index]))
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
  const typeOf = (one: Expression, scope: Scope, at: QueryPath): string =>
    'field' in one && scope.keys === undefined ? field(one, scope, at) : 'any'

  const operand = (of: Expression, value: Value, kind: Kind | undefined, at: QueryPath): void => {
    if (kind !== undefined && !fitsKind(value, kind))
      throw badOperand(of, at, kind, nameOfKind(kindOf(value)))
    if (isStatus(of) && typeof value === 'string' && !statuses.includes(value as RecordStatus))
      throw unmatched(of, at, `one of ${statuses.join(', ')}`, `"${value.slice(0, 40)}"`)
  }

  const comparable: Checks['comparable'] = (of, left, right, at) => {
    if (left === undefined || right === undefined || left === right) return
    if (left !== kinds.nothing && right !== kinds.nothing) throw badOperand(of, at, left, nameOfKind(right))
  }

  const condition: Checks['condition'] = (one, scope, at) => {
    switch (one.op) {
      case 'and':
      case 'or':
        one.of.forEach((part, index) => condition(part, scope, [...at, 'of', index]))
        return
      case 'not':
        condition(one.of, scope, [...at, 'of'])
        return
      case 'search':
        if (sourceIndex(scope.sources, one.from) < 0 || scope.keys !== undefined)
          throw invalid(at, 'a search names one of the sources in "from", and stands in "where"')
        one.fields?.forEach((name, index) => {
          const from = one.from === undefined ? {} : { from: one.from }
          expression({ field: [name], ...from }, scope, [...at, 'fields', index])
        })
        return
      case 'eq':
      case 'ne':
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte': {
        const left = expression(one.left, scope, [...at, 'left'])
        const right = expression(one.right, scope, [...at, 'right'])
        comparable(one.left, left, right, [...at, 'right'])
        if ('value' in one.right) operand(one.left, one.right.value, left, [...at, 'right'])
        if ('value' in one.left) operand(one.right, one.left.value, right, [...at, 'left'])
        return
      }
      case 'has':
      case 'hasAll': {
        expression(one.left, scope, [...at, 'left'])
        const type = typeOf(one.left, scope, [...at, 'left'])
        const kind = kindOfType(type)
        if (kind !== undefined && kind !== kinds.list)
          throw badOperand(one.left, [...at, 'op'], kind, `"${one.op}", which asks for items of a list`)
        const items = one.op === 'has' ? [one.value] : one.value
        const itemKind = type.startsWith('[]') ? kindOfType(type.slice(2)) : undefined
        for (const item of items) operand(one.left, item, itemKind, [...at, 'value'])
        return
      }
      case 'contains':
      case 'startsWith':
      case 'endsWith':
      case 'matches': {
        const kind = expression(one.left, scope, [...at, 'left'])
        const advice = kind === kinds.list ? '; "has" asks for an item of a list' : ''
        if (kind !== undefined && kind !== kinds.text && kind !== kinds.nothing)
          throw badOperand(
            one.left,
            [...at, 'op'],
            kind,
            `"${one.op}", which asks for a part of text${advice}`,
          )
        return
      }
      case 'in':
      case 'notIn':
      case 'between': {
        const kind = expression(one.left, scope, [...at, 'left'])
        one.value.forEach((value, index) => operand(one.left, value, kind, [...at, 'value', index]))
        return
      }
      case 'isNull':
      case 'exists':
        expression(one.left, scope, [...at, 'left'])
    }
  }

  const selected: Checks['selected'] = (select, scope, at) => {
    for (const [name, one] of Object.entries(select ?? {})) {
      checkName(name, one, [...at, name])
      expression(one, scope, [...at, name])
    }
  }

  const orders: Checks['orders'] = (list, scope, at) => {
    list?.forEach(({ by }, index) => expression(by, scope, [...at, index, 'by']))
  }

  const includes: Checks['includes'] = (named, source, at) => {
    for (const [name, include] of Object.entries(named ?? {})) {
      const place = [...at, name]
      checkName(name, undefined, place)
      const target = targetOf(include, source, shapeOf, place)
      const scope: Scope = { sources: [target], aggregates: false }
      const owner: Scope = include.collection === undefined ? { ...scope, sources: [source] } : scope
      expression({ field: [include.column] }, owner, [...place, 'column'])
      selected(include.select, scope, [...place, 'select'])
      if (include.where !== undefined) condition(include.where, scope, [...place, 'where'])
      orders(include.orderBy, scope, [...place, 'orderBy'])
      includes(include.include, target, [...place, 'include'])
    }
  }

  return { expression, condition, comparable, selected, orders, includes }
}

/** The source that an `include` reads: at the same place of the history as its owner. */
export function targetOf(include: Include, owner: Source, shapeOf: ShapeOf, at: QueryPath): Source {
  const collection = include.collection ?? referenceOf(shapeOf(owner), include.column)
  if (collection === undefined) {
    const why = `"${include.column}" of "${owner.collection}" is no foreign key that leads to a collection`
    throw invalid([...at, 'column'], why)
  }
  const source = includedSource(collection, owner)
  const target = shapeOf(source)
  if (target === undefined) throw collectionMissing(collection, [...at, 'collection'])
  if (include.collection !== undefined && include.column === '$parent' && target.parent !== owner.collection)
    throw invalid(
      [...at, 'column'],
      `records of "${collection}" do not lie below those of "${owner.collection}"`,
    )
  return source
}

const statuses: readonly RecordStatus[] = ['clean', 'added', 'modified', 'deleted', 'conflict', 'saving']

function isStatus(of: Expression): boolean {
  return 'field' in of && of.field[0] === '$status'
}

function badOperand(of: Expression, at: QueryPath, kind: Kind, given: string): Error {
  return unmatched(of, at, nameOfKind(kind), given)
}

function unmatched(of: Expression, at: QueryPath, held: string, given: string): Error {
  const name = 'field' in of ? `"${of.field.join('.')}"` : 'it'
  const hint = given === nameOfKind(kinds.number) ? ' Dates are ISO text.' : ''
  const message = `The query's "${at.join('.')}" can never match: ${name} holds ${held}, and is compared with ${given}.${hint}`
  return queryFault('query/bad-operand', message, at)
}
