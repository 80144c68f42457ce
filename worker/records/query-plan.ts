import type { QueryPlan } from '../../src/protocol/query.ts'
import { namedPath } from './field-path.ts'
import type { PlanFacts } from './result-source.ts'

/** How a query ran that began at `begin` and ends now, as `explain` tells it. */
export function planOf(
  { index, ...facts }: PlanFacts,
  begin: number,
  run: Pick<QueryPlan, 'ordered' | 'rowsRead' | 'rowsReturned' | 'includes'>,
): QueryPlan {
  const elapsedMs = performance.now() - begin
  return { ...facts, ...(index && { index: namedPath(index) }), ...run, elapsedMs }
}
