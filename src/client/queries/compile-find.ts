import { queryVersion } from '../../protocol/query.ts'
import type { Condition, Expression, Include, Order, Query, Source } from '../../protocol/query.ts'
import { compileWhere, type ResolveField } from './compile-where.ts'
import { invalid, nested, toField } from './field.ts'
import { isMap, shown } from '../../protocol/options.ts'

/** Options as they come: their types are checked by the compiler, their content here and by the engine. */
export type LooseOptions = { readonly [name: string]: unknown }

/** What is read, before options say more. */
export interface CollectionSource {
  readonly collection: string
  readonly parent: string | undefined
}

/** `find` and its kin in the IR. Throws `query/invalid`. */
export function compileFind(source: CollectionSource, options?: unknown): Query {
  const [query, { orderBy, select, include, ...rest }] = compileFrom(source, options)
  return {
    ...query,
    ...compilePart('select', select, compileSelect),
    ...compilePart('orderBy', orderBy, compileOrder),
    ...pick(rest, ['limit', 'offset', 'after', 'before']),
    ...compilePart('include', include, compileIncludes),
  }
}

/** What takes rows and no more than `where` to choose them. */
export function compileRows(source: CollectionSource, options: unknown): Query {
  const [query, rest] = compileFrom(source, options)
  return { ...query, ...pick(rest, []) }
}

/** A source as options say that it is read, its condition, and what they say beside. */
export function compileFrom(
  { collection, parent }: CollectionSource,
  options: unknown = {},
  alias = '',
): [query: Query, rest: LooseOptions] {
  if (!isMap(options)) throw invalid('Options are an object.')
  const { at, schema, deleted, where, ...rest } = options
  const from: Source = {
    collection,
    alias,
    ...(parent === undefined ? {} : { parent }),
    ...compileAt(at),
    // The engine's to check, both.
    ...compilePart('schema', schema, (given) => given as Source['schema'] & string),
    ...compilePart('deleted', deleted, (given) => given as boolean),
  }
  return [{ version: queryVersion, from, ...compilePart('where', where, compileWhere) }, rest]
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
  // Values are the engine's to check; undefined is as good as absent.
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name] of given) {
    if (!(names as readonly string[]).includes(name)) throw invalid(`There is no option ${shown(name)} here.`)
  }
  return Object.fromEntries(given)
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
  const { direction = 'asc', ...more } = isMap(how) ? how : { direction: how }
  return { ...more, by, direction: direction as Order['direction'] } // the engine's to check, as the names are
}

function compileIncludes(include: unknown): { readonly [name: string]: Include } {
  if (!isMap(include)) throw invalid(`include is ${shown(include)}. Give { column: true }.`)
  return nested(() =>
    Object.fromEntries(Object.entries(include).map(([name, each]) => [name, compileInclude(name, each)])),
  )
}

function compileInclude(name: string, request: unknown): Include {
  if (request !== true && !isMap(request)) {
    throw invalid(`The include ${shown(name)} is true or an object.`)
  }
  const { select, where, orderBy, include, ...others }: LooseOptions = request === true ? {} : request
  return {
    column: name,
    ...others, // the engine's to check
    ...compilePart('select', select, compileSelect),
    ...compilePart('where', where, compileWhere as (where: unknown) => Condition),
    ...compilePart('orderBy', orderBy, compileOrder),
    ...compilePart('include', include, compileIncludes),
  }
}
