import { EspalierError } from '../../../src/protocol/errors.ts'
import { watchBoundary, type History } from './history.ts'
import { isAncestor, mergeBases } from './merge-base.ts'
import type { Oid } from '../objects/oid.ts'

/**
 * The merge bases, newest first; empty when there are none. Throws `git/history-missing` where commits behind the
 * shallow boundary may be others: "none" would be a guess.
 */
export async function knownMergeBases(
  history: History,
  shallow: ReadonlySet<Oid>,
  one: Oid,
  other: Oid,
): Promise<readonly Oid[]> {
  const { watched, met } = watchBoundary(history, shallow)
  const bases = await mergeBases(watched, one, other)
  for (const oid of met) {
    // What lies below a base cannot be a better one.
    const isBelow = await Promise.all(bases.map((base) => isAncestor(history, oid, base)))
    if (!isBelow.includes(true))
      throw new EspalierError('git/history-missing', 'The history where both sides meet is not here yet.', {
        data: { oid },
      })
  }
  return bases
}
