import type { Expression, Query } from '../../protocol/query.ts'
import {
  compileFrom,
  compileOrder,
  compilePart,
  compileSelect,
  pick,
  type CollectionSource,
} from './compile-find.ts'
import { compileWhere, type ResolveField } from './compile-where.ts'
import { invalid, toField } from './field.ts'
import { isMap, shown } from '../../protocol/options.ts'

const functions = ['count', 'countDistinct', 'sum', 'avg', 'min', 'max'] as const

/** `aggregate` in the IR. Throws `query/invalid`. */
export function compileAggregate(source: CollectionSource, options: unknown): Query {
  const [query, { groupBy, orderBy, ...asked }] = compileFrom(source, options)
  const groups = groupBy === undefined ? {} : compileSelect(typeof groupBy === 'string' ? [groupBy] : groupBy)
  const rest: Record<string, unknown> = asked
  const answers = functions.flatMap((aggregate) => {
    const request = rest[aggregate]
    delete rest[aggregate]
    return request === undefined ? [] : compileAnswers(aggregate, request)
  })
  const select: Readonly<Record<string, Expression>> = Object.fromEntries([
    ...Object.entries(groups),
    ...answers,
  ])
  if (answers.length === 0) throw invalid('Say what to work out: count, countDistinct, sum, avg, min or max.')
  if (Object.keys(select).length < Object.keys(groups).length + answers.length) {
    throw invalid('Two answers have one name. Rename one: { sum: { total: "price" } }.')
  }
  const answer: ResolveField = (name) => {
    const key = Array.isArray(name) && name.length === 1 ? name[0] : name
    const found = typeof key === 'string' && Object.hasOwn(select, key) ? select[key] : undefined
    if (found) return found
    throw invalid(`There is no answer ${shown(key)}: they are ${Object.keys(select).join(', ')}.`)
  }
  const whole = { ...query, select, ...compilePart('orderBy', orderBy, (by) => compileOrder(by, answer)) }
  // The one row of all rows always is there.
  if (groupBy === undefined) return { ...whole, ...pick(rest, []) }
  const { having, ...pages } = rest
  return {
    ...whole,
    groupBy: Object.values(groups),
    ...compilePart('having', having, (condition) => compileWhere(condition, answer)),
    ...pick(pages, ['limit', 'offset']),
  }
}

function compileAnswers(
  aggregate: (typeof functions)[number],
  request: unknown,
): readonly (readonly [string, Expression])[] {
  if (request === true && aggregate === 'count') return [[aggregate, { aggregate }]]
  if (typeof request === 'string') return [[aggregate, { aggregate, of: toField(request) }]]
  if (!isMap(request)) throw invalid(`${aggregate} is ${shown(request)}. Give a field, or { name: field }.`)
  return Object.entries(request).map(([as, name]) => [as, { aggregate, of: toField(name) }])
}
