import type { Condition, Expression } from '../../src/protocol/query.ts'
import { createAccumulator, type Accumulator, type AggregateName } from './aggregates.ts'
import { identityOf, type Value } from './compare-values.ts'
import { compileCondition } from './conditions.ts'
import { compileExpression, type Evaluate } from './expressions.ts'
import { expressionId, isAggregate, someExpression } from './query-parts.ts'
import type { ResultSource } from './result-source.ts'

/** One group: what its rows have in common, and what was gathered from them. */
export interface Group {
  readonly keys: readonly Value[]
  readonly accumulators: readonly Accumulator[]
}

/** A source of groups, which may also be made of results that pass by. */
export interface GroupedSource<Env> extends ResultSource<Group> {
  gather(): { add(env: Env): void }
}

/** Groups of another source's results, by the values of expressions; without any, one group of all. */
export function createGroupedSource<Env>(
  source: ResultSource<Env>,
  by: readonly Expression[],
  having: Condition | undefined,
  used: readonly Expression[],
  /** What {@link GroupedSource.gather} has begun, when rows have passed it already. */
  gathered: () => unknown = () => undefined,
): GroupedSource<Env> {
  const keyReads = by.map((expression) => compileExpression(expression, source.scope))
  const keyPlaces = new Map(by.map((expression, index) => [expressionId(expression), index]))
  const aggregates = collectAggregates(used).map(({ id, name, of }) => ({
    id,
    name,
    read: of === undefined ? undefined : compileExpression(of, source.scope),
  }))
  const aggregatePlaces = new Map(aggregates.map(({ id }, index) => [id, index]))
  const scope: ResultSource<Group>['scope'] = {
    field: neverCompiled,
    search: neverCompiled,
    whole: (expression) => {
      const id = expressionId(expression)
      const key = keyPlaces.get(id)
      if (key !== undefined) return (group) => group.keys[key] ?? null
      const place = aggregatePlaces.get(id)
      return place === undefined ? undefined : (group) => group.accumulators[place]?.result()
    },
  }
  const gather = (): Gathering<Env> => {
    const groups = createGroups(keyReads, () => aggregates.map(({ name }) => createAccumulator(name)))
    let rows = 0
    return {
      add: (env) => {
        rows++
        const { accumulators } = groups.of(env)
        for (let i = 0; i < aggregates.length; i++) {
          const expression = aggregates[i]?.read
          const value = expression === undefined ? true : expression(env)
          if (value !== undefined && value !== null) accumulators[i]?.add(value)
        }
      },
      all: groups.all,
      rows: () => rows,
    }
  }
  const [only] = by
  /** Where the groups are the values of one field. */
  const path = by.length === 1 && only && 'field' in only ? source.pathOf(only.field, only.from) : undefined
  const countedGroup = (value: Value, rows: number): Group => {
    const count = { add: () => {}, result: () => rows }
    return { keys: [value], accumulators: aggregates.map(() => count) }
  }
  const holds = having === undefined ? undefined : compileCondition(having, scope)

  return {
    gather,
    scope,
    keys: by.map(
      (_, index): Evaluate<Group> =>
        (group) =>
          group.keys[index],
    ),
    pathOf: () => undefined,
    rank: undefined,
    keep: (group) => group,
    whole: neverCompiled,
    metaOf: () => undefined,
    plan: () => {
      const { facts, read, countBy } = source.plan({ order: undefined, need: Infinity })
      const passed = gathered() as Gathering<Env> | undefined // it came from here
      const isCount = !passed && aggregates.every(isRowCount)
      const byValue = isCount && path !== undefined ? countBy?.(path) : undefined
      const counted = byValue?.map(({ value, rows }) => countedGroup(value, rows))
      return {
        ordered: 'none',
        facts: byValue && path ? { ...facts, access: 'hash', index: path } : facts,
        read: (taker) => {
          const give = (groups: Iterable<Group>): void => {
            for (const group of groups) if ((holds?.(group) ?? true) && !taker.result(group)) break
          }
          if (counted) {
            give(counted)
            return 0
          }
          const groups = passed ?? gather()
          const rowsRead = passed
            ? passed.rows()
            : read({
                result: (env) => {
                  groups.add(env)
                  return true
                },
                runEnd: () => true,
              })
          give(groups.all())
          return rowsRead
        },
      }
    },
  }
}

interface Gathering<Env> {
  add(env: Env): void
  all(): Iterable<Group>
  rows(): number
}

interface Groups<Env> {
  of(env: Env): Group
  all(): Iterable<Group>
}

function createGroups<Env>(
  reads: readonly Evaluate<Env>[],
  accumulators: () => readonly Accumulator[],
): Groups<Env> {
  const all: Group[] = []
  const make = (keys: readonly Value[]): Group => {
    const group = { keys, accumulators: accumulators() }
    all.push(group)
    return group
  }
  const [first] = reads
  if (first === undefined) {
    const only = make([])
    return { of: () => only, all: () => all }
  }
  const byIdentity = new Map<unknown, Group>()
  if (reads.length === 1) {
    return {
      of: (env) => {
        const value = first(env)
        const id = identityOf(value)
        const known = byIdentity.get(id)
        if (known !== undefined) return known
        const group = make([value])
        byIdentity.set(id, group)
        return group
      },
      all: () => all,
    }
  }
  return {
    of: (env) => {
      const keys = reads.map((read) => read(env))
      const id = joinIdentities(keys)
      const known = byIdentity.get(id)
      if (known !== undefined) return known
      const group = make(keys)
      byIdentity.set(id, group)
      return group
    },
    all: () => all,
  }
}

/** One text for several values: each with its type and length, so that no two lists of values share it. */
function joinIdentities(values: readonly Value[]): string {
  let text = ''
  for (const value of values) {
    const id = identityOf(value)
    text += typeof id === 'string' ? `${id.length}"${id}` : `${String(id)};`
  }
  return text
}

/** The aggregates in expressions, each once. */
function collectAggregates(
  expressions: readonly Expression[],
): readonly { readonly id: string; readonly name: AggregateName; readonly of: Expression | undefined }[] {
  const found = new Map<string, { id: string; name: AggregateName; of: Expression | undefined }>()
  for (const expression of expressions) {
    someExpression(expression, (one) => {
      if (isAggregate(one)) {
        const id = expressionId(one)
        found.set(id, { id, name: one.aggregate, of: one.of })
      }
      return false
    })
  }
  return [...found.values()]
}

function isRowCount({ name, read }: { readonly name: AggregateName; readonly read: unknown }): boolean {
  return name === 'count' && read === undefined
}

function neverCompiled(): never {
  throw new TypeError('A field outside the keys of its group was not refused')
}
