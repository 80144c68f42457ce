import type { Expression, Query } from '../../protocol/query.ts'
import {
  compileFrom,
  compileOrder,
  compilePart,
  compileSelect,
  pick,
  type CollectionSource,
  type LooseOptions,
} from './compile-find.ts'
import { compileWhere, type ResolveField } from './compile-where.ts'
import { invalid, toField } from './field.ts'
import { isMap, shown } from '../../protocol/options.ts'

const functions = ['count', 'countDistinct', 'sum', 'avg', 'min', 'max'] as const

/** `aggregate` in the IR. Throws `query/invalid`. */
export function compileAggregate(source: CollectionSource, options: LooseOptions): Query {
  const { where, groupBy, having, orderBy, ...others } = options
  const [query, asked] = compileFrom(source, others)
  const groups = groupBy === undefined ? {} : compileSelect(typeof groupBy === 'string' ? [groupBy] : groupBy)
  const rest: Record<string, unknown> = { ...asked }
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
  return {
    ...query,
    ...compilePart('where', where, compileWhere),
    ...(groupBy === undefined ? {} : { groupBy: Object.values(groups) }),
    ...compilePart('having', having, (condition) => compileWhere(condition, answer)),
    select,
    ...compilePart('orderBy', orderBy, (by) => compileOrder(by, answer)),
    ...pick(rest, ['limit', 'offset']),
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
