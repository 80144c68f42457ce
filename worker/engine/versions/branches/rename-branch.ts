import { reflogWrite } from '../../../git/refs/reflog.ts'
import { assertBranchName } from '../../../git/refs/refs-name.ts'
import { symbolicRef } from '../../../git/refs/refs.ts'
import type { Write } from '../../../storage/storage.ts'
import { refuseProtected, renamedKey } from '../../repository/branch-policy.ts'
import { journalUnmoved } from '../../branches/branch.ts'
import type { Database } from '../../database.ts'
import { branchRef, headRef, refExists, standsInTheWay } from '../../repository/ref-names.ts'
import { changeRefs, emptyJournal, signed, tipOf } from './change-refs.ts'
import { movedMergeWrites } from '../merging/merge-state.ts'

/**
 * Gives a branch another name. Its working changes, its merge and its reflog go with it, in one batch; handles on it follow, in
 * other tabs as soon as these look.
 *
 * Throws `git/ref-missing`, `git/ref-exists`, `git/bad-ref-name`, `git/branch-protected`, `engine/busy`.
 */
export async function renameBranch(
  { repository, author, wake }: Database,
  from: string,
  to: string,
): Promise<void> {
  assertBranchName(to)
  const [old, next] = [branchRef(from), branchRef(to)]
  if (old === next) return void tipOf(repository, from)
  await changeRefs(repository, async (state) => {
    const tip = tipOf(repository, from)
    refuseProtected(repository, old)
    const { refs } = repository
    if (standsInTheWay(refs, next, old)) throw refExists(to)
    const moves = await repository.storage.readReflog(old)
    const head = refs.value(headRef)
    const opensOnIt = refs.target(headRef) === old
    return {
      require: [
        { kind: 'ref', name: old, value: tip },
        { kind: 'ref', name: next, value: null },
        { kind: 'ref', name: headRef, value: head },
        journalUnmoved(state, old),
        journalUnmoved(state, next),
      ],
      writes: [
        // First: a file system of native refs has no room for `a/b` beside `a`.
        { kind: 'setRef', name: old, value: null },
        { kind: 'setRef', name: next, value: tip },
        ...(opensOnIt ? [{ kind: 'setRef', name: headRef, value: symbolicRef(next) } as const] : []),
        ...state.journal.flatMap(({ scope, entry }): Write[] =>
          scope === old ? [{ kind: 'appendJournal', scope: next, entry }] : [],
        ),
        ...emptyJournal(state, old, tip),
        ...moves.map(({ entry }) => ({ kind: 'appendReflog', ref: next, entry }) as const),
        { kind: 'deleteReflog', ref: old, through: moves.at(-1)?.seq ?? 0 },
        reflogWrite(next, tip, tip, signed(author), `branch: renamed ${old} to ${next}`),
        ...movedMergeWrites(repository, old, next),
        { kind: 'setMeta', key: renamedKey(old), value: next },
        { kind: 'setMeta', key: renamedKey(next), value: undefined },
      ],
      result: undefined,
    }
  })
  await wake()
}
