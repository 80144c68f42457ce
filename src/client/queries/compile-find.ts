import { queryVersion } from '../../protocol/query.ts'
import type { Condition, Expression, Include, Order, Query, Source } from '../../protocol/query.ts'
import { compileWhere, type ResolveField } from './compile-where.ts'
import { invalid, toField, toPath } from './field.ts'
import { isMap, shown } from '../../protocol/options.ts'

/** Options as they come: their types are checked by the compiler, their content here and by the engine. */
export type LooseOptions = { readonly [name: string]: unknown }

/** What is read, before options say more. */
export interface CollectionSource {
  readonly collection: string
  readonly parent: string | undefined
}

/** `find` and its kin in the IR. Throws `query/invalid`. */
export function compileFind(source: CollectionSource, options: LooseOptions = {}): Query {
  const { where, orderBy, select, include, ...others } = options
  const [query, rest] = compileFrom(source, others)
  return {
    ...query,
    ...compilePart('where', where, compileWhere),
    ...compilePart('select', select, compileSelect),
    ...compilePart('orderBy', orderBy, compileOrder),
    ...pick(rest, ['limit', 'offset', 'after', 'before']),
    ...compilePart('include', include, compileIncludes),
  }
}

/** A source as options say that it is read, and what they say beside. */
export function compileFrom(
  { collection, parent }: CollectionSource,
  { at, schema, deleted, ...rest }: LooseOptions,
  alias = '',
): [query: { version: typeof queryVersion; from: Source }, rest: LooseOptions] {
  const from: Source = {
    collection,
    alias,
    ...(parent === undefined ? {} : { parent }),
    ...compileAt(at),
    ...compilePart('schema', schema, (given) => given as Source['schema'] & string), // the engine's to check
    ...(deleted === true ? { deleted } : {}),
  }
  return [{ version: queryVersion, from }, rest]
}

function compileAt(at: unknown): { readonly at?: string | number } {
  if (at === undefined) return {}
  if (typeof at === 'string') return { at }
  if (at instanceof Date) return { at: at.getTime() }
  throw invalid(`at is ${shown(at)}. Give a branch, tag, commit or Date.`)
}

/** A part of a query where the option is given. */
export function compilePart<const Name extends string, Part>(
  name: Name,
  option: unknown,
  compile: (option: unknown) => Part,
): { readonly [Each in Name]?: Part } {
  return option === undefined ? {} : ({ [name]: compile(option) } as { [Each in Name]?: Part }) // this name alone
}

/** Options that the IR has as they are; a name that is not one of them is refused. */
export function pick(
  options: LooseOptions,
  names: readonly ('limit' | 'offset' | 'after' | 'before')[],
): Pick<Query, 'limit' | 'offset' | 'after' | 'before'> {
  for (const name of Object.keys(options)) {
    if (!(names as readonly string[]).includes(name)) throw invalid(`There is no option ${shown(name)} here.`)
  }
  // Values are the engine's to check; undefined is as good as absent.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** `['name', 'names.en']` or `{ label: 'names.en' }`. */
export function compileSelect(select: unknown): { readonly [name: string]: Expression } {
  if (!Array.isArray(select) && !isMap(select)) throw invalid(`${shown(select)} is no list of fields.`)
  const named = Array.isArray(select) ? select.map((name) => [name, name] as const) : Object.entries(select)
  return Object.fromEntries(named.map(([as, name]) => [String(as), toField(name)]))
}

/** A name, `{ name: 'desc' }`, or a list of these and of `[steps, direction]`. */
export function compileOrder(orderBy: unknown, field: ResolveField = toField): readonly Order[] {
  return (Array.isArray(orderBy) ? orderBy : [orderBy]).flatMap((each) => {
    if (typeof each === 'string') return order(field(each), 'asc')
    if (Array.isArray(each)) return order(field(each[0]), each[1] ?? 'asc')
    if (isMap(each)) return Object.entries(each).map(([name, how]) => order(field(name), how))
    throw invalid(`orderBy is ${shown(each)}. Give 'column', { column: 'desc' }, or a list of these.`)
  })
}

export function order(by: Expression, how: unknown): Order {
  const { direction = 'asc', nulls, locale } = isMap(how) ? how : { direction: how }
  if (direction !== 'asc' && direction !== 'desc') {
    throw invalid(`${shown(direction)} is no direction: 'asc' or 'desc'.`)
  }
  return {
    by,
    direction,
    ...(nulls === 'first' || nulls === 'last' ? { nulls } : {}),
    ...(typeof locale === 'string' ? { locale } : {}),
  }
}

function compileIncludes(include: unknown): { readonly [name: string]: Include } {
  if (!isMap(include)) throw invalid(`include is ${shown(include)}. Give { column: true }.`)
  return Object.fromEntries(Object.entries(include).map(([name, each]) => [name, compileInclude(name, each)]))
}

function compileInclude(name: string, request: unknown): Include {
  const {
    column = name,
    collection,
    select,
    where,
    orderBy,
    limit,
    include,
    ...others
  } = isMap(request) ? request : {}
  if ((request !== true && !isMap(request)) || typeof column !== 'string' || Object.keys(others).length > 0) {
    throw invalid(
      `The include ${shown(name)} is true, or has column, collection, select, where, orderBy, limit and include.`,
      { include: name },
    )
  }
  return {
    column: column === '$parent' ? column : String(toPath([column])),
    ...(typeof collection === 'string' ? { collection } : {}),
    ...compilePart('select', select, compileSelect),
    ...compilePart('where', where, compileWhere as (where: unknown) => Condition),
    ...compilePart('orderBy', orderBy, compileOrder),
    ...(typeof limit === 'number' ? { limit } : {}),
    ...compilePart('include', include, compileIncludes),
  }
}
