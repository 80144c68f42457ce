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
      const { facts, read, exactly } = source.plan({ order: undefined, need: Infinity })
      return {
        ordered: 'none',
        facts,
        read: (taker) => {
          const passed = gathered() as Gathering<Env> | undefined // it came from here
          const isCount = by.length === 0 && aggregates.every(isRowCount)
          if (isCount && !passed && exactly !== undefined) {
            const all = { add: () => {}, result: () => exactly }
            const only = { keys: [], accumulators: aggregates.map(() => all) }
            if (holds?.(only) ?? true) taker.result(only)
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
          for (const group of groups.all()) if ((holds?.(group) ?? true) && !taker.result(group)) break
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
