import type { HandleId } from '../protocol/engine.ts'
import type { Query, ResultRow } from '../protocol/query.ts'
import type { ReadOptions, Row } from '../protocol/records.ts'
import type { FieldName, ValueAt } from '../types/field-paths.ts'
import type { IncludeRequests } from '../types/include-types.ts'
import type {
  AggregateOptions,
  AggregateRow,
  CountRequest,
  FieldRequest,
  FindOptions,
  FoundRow,
  GroupRequest,
  NumberName,
  ResultValue,
  SelectRequest,
  WhereOptions,
} from '../types/query-types.ts'
import type { Connection } from './connection.ts'
import { createFindResult, type FindResult } from './find-result.ts'
import { createQueryResult, type QueryResult, type ResultShape } from './query-result.ts'
import { compileAggregate } from './queries/compile-aggregate.ts'
import {
  compileFind,
  compileRows,
  order,
  type CollectionSource,
  type LooseOptions,
} from './queries/compile-find.ts'
import { toField } from './queries/field.ts'
import { ownKeys, wholeQuery } from './queries/own-keys.ts'

/**
 * The queries of one collection. Each is awaited or subscribed to. A query that says something wrong throws
 * `query/invalid` where it is made, or rejects with it when the engine finds out (an unknown column's type, a pattern).
 */
export interface CollectionQueries<Fields extends object, Key extends string, Schema> {
  /**
   * The rows that fulfil `where`, all of them without one, in key order unless told.
   *
   * Errors: `query/invalid`, `record/collection-missing`.
   *
   * @example
   * ```ts
   * const large = await db.collection('geo.countries').find({
   *   where: { population: { gt: 1e6 }, 'names.de': { startsWith: 'I' } },
   *   orderBy: { population: 'desc' },
   *   limit: 50,
   * })
   * ```
   */
  find<
    const Select extends SelectRequest<Fields> | undefined = undefined,
    const Includes extends IncludeRequests | undefined = undefined,
  >(
    options?: FindOptions<Fields, Key, Schema, Select, Includes>,
  ): FindResult<FoundRow<Fields, Key, Schema, Select, Includes>>

  /** The first row of `find`, or undefined. */
  first<
    const Select extends SelectRequest<Fields> | undefined = undefined,
    const Includes extends IncludeRequests | undefined = undefined,
  >(
    options?: Omit<FindOptions<Fields, Key, Schema, Select, Includes>, 'limit' | 'before'>,
  ): QueryResult<
    FoundRow<Fields, Key, Schema, Select, Includes> | undefined,
    FoundRow<Fields, Key, Schema, Select, Includes>
  >

  /** How many records fulfil `where`; all of them without one. */
  count(options?: WhereOptions<Fields, Key>): QueryResult<number>

  /** Whether there is a record with this key. */
  exists(key: Key, options?: ReadOptions): Promise<boolean>
  /** Whether a record fulfils `where`. Live, its `rows` are `[true]` while one does and empty while none does. */
  exists(options?: WhereOptions<Fields, Key>): QueryResult<boolean, true>

  /** The different values of a field, in ascending order; null where a record has none. */
  distinct<const Name extends FieldName<Fields>>(
    field: Name,
    options?: WhereOptions<Fields, Key>,
  ): QueryResult<readonly ResultValue<ValueAt<Fields, Key, Name>>[], ResultValue<ValueAt<Fields, Key, Name>>>

  /**
   * Counts, sums and so on, of groups or of all rows: a list with `groupBy`, one answer without.
   *
   * Errors: `query/invalid`, `record/collection-missing`.
   *
   * @example
   * ```ts
   * const bySymbol = await db.collection('units').aggregate({
   *   groupBy: 'symbol',
   *   count: true,
   *   avg: 'factor',
   *   having: { count: { gte: 1 } },
   *   orderBy: { count: 'desc' },
   * })
   * const { sum } = await db.collection('geo.countries').aggregate({ sum: 'population' })
   * ```
   */
  aggregate<
    const Group extends GroupRequest<Fields> | undefined = undefined,
    const Count extends CountRequest<Fields> | undefined = undefined,
    const Distinct extends FieldRequest<FieldName<Fields>> | undefined = undefined,
    const Sum extends FieldRequest<NumberName<Fields>> | undefined = undefined,
    const Avg extends FieldRequest<NumberName<Fields>> | undefined = undefined,
    const Min extends FieldRequest<FieldName<Fields>> | undefined = undefined,
    const Max extends FieldRequest<FieldName<Fields>> | undefined = undefined,
  >(
    options: AggregateOptions<Fields, Key, Group, Count, Distinct, Sum, Avg, Min, Max>,
  ): QueryResult<
    AggregateResult<Group, AggregateRow<Fields, Key, Group, Count, Distinct, Sum, Avg, Min, Max>>
  >

  /**
   * The rows with all words of a text, best first unless ordered: whole words count more than words that begin so, and
   * these more than words with a letter or two wrong. Needs the plug-in `espalier/search`; in Node it is there.
   *
   * Errors: `query/search-missing`, `query/invalid`, `query/unknown-column`, `record/collection-missing`.
   *
   * @example
   * ```ts
   * const found = await db.collection('geo.countries').search('irlan', { fields: ['names'], limit: 10 })
   * ```
   */
  search<
    const Select extends SelectRequest<Fields> | undefined = undefined,
    const Includes extends IncludeRequests | undefined = undefined,
  >(
    text: string,
    options?: FindOptions<Fields, Key, Schema, Select, Includes> & {
      /** Columns to look in; all text unless given. */
      readonly fields?: readonly (keyof Fields & string)[]
    },
  ): FindResult<FoundRow<Fields, Key, Schema, Select, Includes>>
}

/** With groups a list, without the one answer. */
export type AggregateResult<Group, Made> = [Group] extends [undefined] ? Made : readonly Made[]

/** `parent`: only the records below it, by their own keys. */
export function createCollectionQueries<Fields extends object, Key extends string, Schema>(
  connection: Connection,
  handle: HandleId,
  source: CollectionSource,
  get: (key: string, options?: ReadOptions) => Promise<Row | undefined>,
): CollectionQueries<Fields, Key, Schema> {
  const { parent } = source
  const ownOf = (query: Query): ((row: ResultRow) => ResultRow) =>
    parent === undefined ? (row) => row : ownKeys(query, parent)
  const local = (query: Query): Query => (parent === undefined ? query : wholeQuery(query, parent))
  const make = <Result, Item>(query: Query, shape: ResultShape<Result, Item>): QueryResult<Result, Item> => {
    const own = ownOf(query)
    return createQueryResult(connection, handle, local(query), {
      ...shape,
      row: (row) => shape.row(own(row)),
    })
  }

  const find = (query: Query): FindResult<ResultRow> =>
    createFindResult(connection, handle, local(query), ownOf(query))
  /** The one row that aggregates without groups make. */
  const only = <Answer>(query: Query, row: (row: ResultRow) => Answer): QueryResult<Answer, Answer> =>
    make(query, { row, result: ([answer]) => answer as Answer })
  const answers = (options?: LooseOptions): QueryResult<unknown, ResultRow> => {
    const query = compileAggregate(source, options)
    return query.groupBy
      ? make(query, { row: (row) => row, result: (rows): unknown => rows })
      : only(query, (row) => row)
  }

  const queries: LooseQueries = {
    find: (options) => find(compileFind(source, options)),
    first: (options) =>
      make({ ...compileFind(source, options), limit: 1 }, { row: (row) => row, result: ([row]) => row }),
    count: (options) => {
      const query = compileRows(source, options)
      const counted = only<unknown>(
        { ...query, select: { count: { aggregate: 'count' } } },
        (row) => row['count'],
      )
      if (query.where) return counted
      // All records are counted without reading them.
      const all = (): Promise<unknown> =>
        connection.call((engine) => engine.count(handle, source.collection, parent, { ...options }))
      const then: typeof counted.then = (fulfilled, rejected) => all().then(fulfilled, rejected)
      // oxlint-disable-next-line unicorn/no-thenable -- a query is awaited: that is its face
      return Object.assign(counted, { then })
    },
    exists: (...args) => {
      // A key that is not known must not ask for any record.
      const [wanted = args.length > 0 ? null : {}, options] = args
      return typeof wanted === 'string'
        ? get(wanted, options).then((row) => row !== undefined)
        : make(
            { ...compileRows(source, wanted), select: {}, limit: 1 },
            { row: (): true => true, result: (rows) => rows.length > 0 },
          )
    },
    distinct: (field, options) =>
      make(
        {
          ...compileRows(source, options),
          select: { value: toField(field) },
          orderBy: [order(toField(field), 'asc')],
          distinct: true,
        },
        { row: (row) => row['value'] ?? null, result: (values): unknown => values },
      ),
    aggregate: answers,
    search: (text, { fields, ...options } = {}) => {
      const { where, ...query } = compileFind(source, options)
      const search = { op: 'search', text, ...(fields ? { fields } : {}) } as const
      return find({ ...query, where: where ? { op: 'and', of: [search, where] } : search })
    },
  }
  return queries as unknown as CollectionQueries<Fields, Key, Schema>
}

/** The queries as they run: rows cross the boundary as plain records, and options are checked by the compiler. */
type LooseQueries = {
  readonly find: (options?: LooseOptions) => FindResult<ResultRow>
  readonly first: (options?: LooseOptions) => QueryResult<ResultRow | undefined, ResultRow>
  readonly count: (options?: LooseOptions) => QueryResult<unknown, unknown>
  readonly exists: (
    wanted?: string | LooseOptions,
    options?: ReadOptions,
  ) => Promise<boolean> | QueryResult<boolean, true>
  readonly distinct: (field: unknown, options?: LooseOptions) => QueryResult<unknown, unknown>
  readonly aggregate: (options?: LooseOptions) => QueryResult<unknown, ResultRow>
  readonly search: (
    text: string,
    options?: LooseOptions & { readonly fields?: readonly string[] },
  ) => FindResult<ResultRow>
}
