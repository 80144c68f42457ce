import type { Condition, FieldPath, Join, PlanLookup, Query, Source } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import { equalValues, identityOf, type Value } from './compare-values.ts'
import { all, compileCondition, type ConditionScope, type Test } from './conditions.ts'
import { compileExpression, type Evaluate } from './expressions.ts'
import { compilePath } from './field-path.ts'
import { isKeyPath } from './sorted-index.ts'
import type { QueryContext } from './query-context.ts'
import { queryFault } from './query-faults.ts'
import { conjunctsOf, sourceIndex, sourcesIn, sourcesOfCondition } from './query-parts.ts'
import { setField, toResultRow } from './result-row.ts'
import type { ResultSource, ResultTaker } from './result-source.ts'
import { createSearch, type Search } from './searches.ts'
import { createFilteredTable, type FilteredTable } from './table-source.ts'

/** One row of each source, in the order of the joins; null where a left join found none. */
export type JoinedRow = readonly (Row | null)[]

/** More pairs are a mistake in the query, or an attack: the worker must stay answerable. */
const maxPairs = 5_000_000

/** One join, ready to be run. */
interface Step {
  readonly kind: Join['kind']
  readonly source: Source
  /** Conditions on this source alone that a partner must fulfil to be one (inner joins). */
  readonly filtered: FilteredTable
  readonly pairs: readonly {
    readonly left: Evaluate<JoinedRow>
    readonly right: Evaluate<Row>
    readonly path: FieldPath | undefined
  }[]
  /** Conditions that can be tested from here on. */
  readonly test: Test<JoinedRow>
}

/** How the partners of a row are found in one run. */
interface Lookup {
  readonly access: 'hash' | 'key'
  readonly find: (env: JoinedRow) => readonly Row[]
}

/** Results that are rows of several sources, paired by equal values. Null and missing have no partners. */
export function createJoinedSource(
  query: Query,
  joins: readonly Join[],
  context: QueryContext,
): ResultSource<JoinedRow> & { readonly filters: readonly FilteredTable[] } {
  const sources = sourcesIn(query)
  const searches: Search[] = []
  const scope: ConditionScope<JoinedRow> = {
    field: (path, from) => readField(path, sourceIndex(sources, from)),
    search: (condition) => {
      const place = sourceIndex(sources, condition.from)
      const search = createSearch(condition, sources[place] as Source, context) // checked before
      searches.push(search)
      return (env) => {
        const row = env[place]
        return row !== null && row !== undefined && search.scoreOf(row.$id) !== undefined
      }
    },
  }
  const isInner = (place: number): boolean => place === 0 || joins[place - 1]?.kind === 'inner'
  const { alone, together } = splitConditions(conjunctsOf(query.where), sources, isInner)
  const filters = sources.map((source, place) =>
    createFilteredTable(source, sources, alone[place] ?? [], context),
  )
  const steps = joins.map(({ kind, source, on }, index): Step => {
    const earlier = sources.slice(0, index + 1)
    const leftScope = {
      field: (path: FieldPath, from?: string) => readField(path, sourceIndex(earlier, from)),
    }
    return {
      kind,
      source,
      filtered: filters[index + 1] as FilteredTable, // one per source
      pairs: on.map(({ left, right }) => ({
        left: compileExpression(left, leftScope),
        right: compileExpression(right, { field: compilePath }),
        path: 'field' in right ? right.field : undefined,
      })),
      test: all((together[index + 1] ?? []).map((condition) => compileCondition(condition, scope))),
    }
  })
  const first = filters[0] as FilteredTable // `from` is a source
  const { rank } = first

  return {
    filters,
    scope,
    // A partner that is not there has fields all the same: they are null, as it is.
    selected: { field: (path, from) => readField(path, sourceIndex(sources, from), null) },
    keys: sources.map((_, place) => readField(['$id'], place)),
    pathOf: (path, from) => (sourceIndex(sources, from) === 0 ? path : undefined),
    rank: rank && ((env) => rank.scoreOf(env[0]?.$id ?? '')),
    keep: (env) => env.slice(),
    whole: (env) => {
      const result: { [name: string]: Json } = {}
      sources.forEach(({ alias }, place) => {
        const row = env[place]
        setField(result, alias, row ? rowAsJson(toResultRow(row)) : null)
      })
      return result
    },
    metaOf: () => undefined,
    plan: ({ order, need }) => {
      for (const search of searches) search.refresh()
      const { access, read } = first.plan({ order, need })
      const lookups = steps.map((step) => openLookup(step, context))
      return {
        // With several orders the pairs of one row would have to be sorted among those of others.
        ordered: access.ordered === 'runs' ? 'none' : access.ordered,
        facts: {
          collection: query.from.collection,
          access: access.access,
          index: access.index,
          joins: steps.map(({ source }, index): PlanLookup => ({
            collection: source.collection,
            access: lookups[index]?.access ?? 'hash',
          })),
        },
        read: (taker) => {
          const walk = createWalk(steps, lookups, taker)
          return read({ result: walk, runEnd: () => true })
        },
      }
    },
  }
}

/** Pairs one row of the first source with its partners, depth first: results come in the order of their keys. */
function createWalk(
  steps: readonly Step[],
  lookups: readonly Lookup[],
  taker: ResultTaker<JoinedRow>,
): (row: Row) => boolean {
  const env: (Row | null)[] = new Array<Row | null>(steps.length + 1).fill(null)
  let pairs = 0
  const walk = (place: number): boolean => {
    const step = steps[place]
    const lookup = lookups[place]
    if (step === undefined || lookup === undefined) return taker.result(env)
    const partners = lookup.find(env)
    pairs += partners.length
    if (pairs > maxPairs) throw tooManyPairs(step.source.collection)
    for (const partner of partners) {
      env[place + 1] = partner
      if (step.test(env) && !walk(place + 1)) return false
    }
    env[place + 1] = null
    if (partners.length > 0 || step.kind === 'inner') return true
    return !step.test(env) || walk(place + 1)
  }
  return (row) => {
    env[0] = row
    return walk(0)
  }
}

function openLookup({ filtered, pairs }: Step, context: QueryContext): Lookup {
  const table = filtered.open()
  const key = pairs.find(({ path }) => path !== undefined && isKeyPath(path))
  const indexed = key ?? pairs.find(({ path }) => path !== undefined)
  const others = pairs.filter((pair) => pair !== indexed)
  const isPartner = (env: JoinedRow, row: Row): boolean =>
    filtered.matches(row) && others.every(({ left, right }) => isEqual(left(env), right(row)))

  if (key !== undefined) {
    return {
      access: 'key',
      find: (env) => {
        const value = key.left(env)
        const row = typeof value === 'string' ? table.get(value) : undefined
        return row !== undefined && isPartner(env, row) ? [row] : noRows
      },
    }
  }
  const find =
    indexed?.path !== undefined && context.indexes !== 'never'
      ? table.hashIndex(indexed.path).find
      : hashRows(table.rows(), (indexed ?? pairs[0])?.right ?? missing)
  const by = (indexed ?? pairs[0])?.left ?? missing
  const needsTest = others.length > 0 || filtered.isFiltering
  return {
    access: 'hash',
    find: (env) => {
      const value = by(env)
      if (value === undefined || value === null) return noRows
      const rows = find(value)
      return needsTest ? rows.filter((row) => isPartner(env, row)) : rows
    },
  }
}

const noRows: readonly Row[] = []

function missing(): undefined {
  return undefined
}

function hashRows(rows: readonly Row[], read: Evaluate<Row>): (value: Value) => readonly Row[] {
  const buckets = new Map<unknown, Row[]>()
  for (const row of rows) {
    const id = identityOf(read(row))
    const bucket = buckets.get(id)
    if (bucket === undefined) buckets.set(id, [row])
    else bucket.push(row)
  }
  return (value) => buckets.get(identityOf(value)) ?? noRows
}

function isEqual(a: Value, b: Value): boolean {
  return a !== undefined && a !== null && equalValues(a, b)
}

/**
 * Conditions on one source alone are tested on its rows before they are paired, but for left joins, whose rows without
 * a partner must be seen first; the others as soon as all their sources are there.
 */
function splitConditions(
  conjuncts: readonly Condition[],
  sources: readonly Source[],
  isInner: (place: number) => boolean,
): { readonly alone: readonly Condition[][]; readonly together: readonly Condition[][] } {
  const alone: Condition[][] = sources.map(() => [])
  const together: Condition[][] = sources.map(() => [])
  for (const condition of conjuncts) {
    const places = [...sourcesOfCondition(condition, sources)]
    const last = Math.max(0, ...places)
    const target = places.length <= 1 && isInner(last) ? alone : together
    target[last]?.push(condition)
  }
  return { alone, together }
}

function readField(path: FieldPath, place: number, absent?: null): Evaluate<JoinedRow> {
  const read = compilePath(path)
  return (env) => {
    const row = env[place]
    return row ? read(row) : absent
  }
}

function rowAsJson(row: Row): Json {
  return row as unknown as Json // a row is JSON data: its fields and texts
}

function tooManyPairs(collection: string): Error {
  const message = `The join with "${collection}" makes more than ${maxPairs} pairs. Filter more, or join on a column whose values are (nearly) unique.`
  return queryFault('query/too-large', message, ['joins'], { collection })
}
