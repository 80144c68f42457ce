import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { Author } from '../../../../src/protocol/outcomes.ts'
import type { IdentityInput } from '../../../git/objects/identity.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { Requirement, StorageState, Write } from '../../../storage/storage.ts'
import { branchRef, headRef } from '../../repository/ref-names.ts'
import type { Repository } from '../../repository/repository.ts'
import { maxAttempts, tooBusy } from '../../common/too-busy.ts'

/** What a change of refs writes, if the store is still as it was when this was planned. */
export interface RefChange<T> {
  readonly require: readonly Requirement[]
  readonly writes: readonly Write[]
  readonly result: T
}

/**
 * Plans a change of refs on what storage says now and writes it as one batch, alone among all writers; again when
 * another tab was faster. Throws what the plan throws, `engine/busy`.
 */
export async function changeRefs<T>(
  repository: Repository,
  plan: (state: StorageState) => Promise<RefChange<T>>,
): Promise<T> {
  const result = await repository.exclusive(async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { require, writes, result } = await plan(await repository.refresh())
      if (writes.length === 0 || (await repository.commit(require, writes))) return result
    }
    throw tooBusy()
  })
  // Other tabs look when they hear of any ref.
  repository.announcer.announce(headRef)
  repository.emit({ type: 'status' })
  return result
}

/** Empties a journal. Its number goes up, so that a tab that still has the branch open looks before it writes. */
export function emptyJournal(state: StorageState, ref: string, base: Oid): readonly Write[] {
  return [
    { kind: 'appendJournal', scope: ref, entry: { base, edits: [] } },
    { kind: 'deleteJournal', scope: ref, through: (state.journalSeqs.get(ref) ?? 0) + 1 },
  ]
}

/** Throws `git/ref-missing`. */
export function tipOf({ refs }: Repository, name: string): Oid {
  const oid = refs.oid(branchRef(name))
  if (oid !== null) return oid
  throw new EspalierError('git/ref-missing', `There is no local branch "${name}".`, {
    data: { branch: name },
  })
}

/** Who changes a ref, and when: now. */
export function signed(author: Author): IdentityInput {
  return { ...author, timestamp: Math.floor(Date.now() / 1000) }
}
