import { isEspalierError } from '../../../../src/protocol/errors.ts'
import type { AheadBehind } from '../../../../src/protocol/branches.ts'
import { createHistory, watchBoundary } from '../../../git/history/history.ts'
import { aheadBehind, isAncestor } from '../../../git/history/merge-base.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { Repository } from '../../repository/repository.ts'

/** Measures how far commits are apart; null where the history at hand does not tell. */
export interface Distances {
  between(one: Oid, other: Oid): Promise<AheadBehind | null>
}

export function createDistances({ objects, refs }: Pick<Repository, 'objects' | 'refs'>): Distances {
  const { shallow } = refs
  const history = createHistory(objects, shallow)

  return {
    between: (one, other) =>
      unlessMissing(async () => {
        if (shallow.size === 0) return aheadBehind(history, one, other)
        const { watched, met } = watchBoundary(history, shallow)
        const found = await aheadBehind(watched, one, other)
        // What lies behind the boundary counts for neither side only if both sides reach it there.
        for (const edge of met)
          if (!(await isAncestor(history, edge, one)) || !(await isAncestor(history, edge, other)))
            return null
        return found
      }),
  }
}

/** Null where history ends before the answer. */
export async function unlessMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isEspalierError(error, 'git/history-missing') || isEspalierError(error, 'git/object-missing'))
      return null
    throw error
  }
}
