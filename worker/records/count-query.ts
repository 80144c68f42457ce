import type { Query } from '../../src/protocol/query.ts'
import type { Json, Row } from '../../src/protocol/records.ts'
import type { QueryRun } from './page-results.ts'
import type { Gathered } from './query-context.ts'
import { planOf } from './query-plan.ts'
import { setField } from './result-row.ts'
import type { ResultSource } from './result-source.ts'

/** How many rows there are, and nothing else: no groups are made for it. */
export interface RowCount {
  run(): QueryRun
  gather(): Counting
}

interface Counting extends Gathered {
  rows(): number
}

/** What a query calls the number of its rows; undefined where it asks for more than that. */
export function countName(query: Query): string | undefined {
  const { version: _version, from: _from, where: _where, select, ...more } = query
  if (select === undefined || Object.keys(more).length > 0) return undefined
  const [name, ...others] = Object.keys(select)
  const count = name === undefined ? undefined : select[name]
  const isCount = others.length === 0 && count && 'aggregate' in count && count.aggregate === 'count'
  return isCount && count.of === undefined ? name : undefined
}

/** `gathered`: what {@link RowCount.gather} has begun, when rows have passed it already. */
export function createRowCount(
  name: string,
  source: ResultSource<Row>,
  gathered: () => Gathered | undefined,
): RowCount {
  const gather = (): Counting => {
    let rows = 0
    return { add: () => void rows++, rows: () => rows }
  }
  return {
    gather,
    run: () => {
      const begin = performance.now()
      const { facts, exactly, read } = source.plan({ order: undefined, need: Infinity })
      const passed = gathered() as Counting | undefined // it came from here
      let count = passed?.rows() ?? exactly
      let rowsRead = passed ? passed.rows() : 0
      if (count === undefined) {
        let rows = 0
        rowsRead = read({ result: () => ++rows > 0, runEnd: () => true })
        count = rows
      }
      const row: { [name: string]: Json } = {}
      setField(row, name, count)
      return {
        page: { rows: [row], next: null, previous: null },
        plan: planOf(facts, begin, { ordered: false, rowsRead, rowsReturned: 1, includes: [] }),
      }
    },
  }
}
