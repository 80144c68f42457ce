import type { StorageLoss } from '../../../src/protocol/outcomes.ts'
import { lossKey } from '../../storage/idb-schema.ts'
import { headRef } from './ref-names.ts'
import type { Repository } from './repository.ts'

/** The loss that this store replaces and nobody has dismissed yet. */
export function lossOf({ meta }: Repository): StorageLoss | null {
  return (meta.get(lossKey) as StorageLoss | undefined) ?? null // only we write it
}

/** The app has told its user. */
export async function dismissLoss(repository: Repository): Promise<void> {
  await repository.exclusive(async () => {
    const writes = [{ kind: 'setMeta', key: lossKey, value: undefined } as const]
    while (!(await repository.commit([], writes))) await repository.refresh()
  })
  repository.announcer.announce(headRef)
  repository.emit({ type: 'status' })
}
