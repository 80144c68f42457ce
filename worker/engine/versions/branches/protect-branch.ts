import { protectedKey } from '../../repository/branch-policy.ts'
import type { Database } from '../../database.ts'
import { branchRef } from '../../repository/ref-names.ts'
import { changeRefs, tipOf } from './change-refs.ts'

/** Makes a branch take nothing but what `pull` brings, or ends that. Throws `git/ref-missing`, `engine/busy`. */
export async function protectBranch(
  { repository, wake }: Database,
  name: string,
  on: boolean,
): Promise<void> {
  const ref = branchRef(name)
  await changeRefs(repository, async () => {
    const tip = tipOf(repository, name)
    return {
      require: [{ kind: 'ref', name: ref, value: tip }],
      writes: [
        { kind: 'setMeta', key: protectedKey(ref), value: on || undefined },
        // An entry without edits: a tab that has not heard of this looks again before its next write.
        { kind: 'appendJournal', scope: ref, entry: { base: tip, edits: [] } },
      ],
      result: undefined,
    }
  })
  await wake()
}
