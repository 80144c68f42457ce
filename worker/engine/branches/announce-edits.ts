import type { RecordAddress } from '../../../src/protocol/records.ts'
import type { Branch } from './branch.ts'
import type { Repository } from '../repository/repository.ts'

/** Beyond this many records a listener reads again instead of following each. */
const maxNamedRecords = 1000

/** Tells this tab's listeners and the other tabs. */
export function announceEdits(
  repository: Repository,
  branch: Branch,
  records: readonly RecordAddress[],
): void {
  repository.emit({
    type: 'changed',
    branch: branch.name,
    records:
      records.length > maxNamedRecords ? null : records.map(({ collection, key }) => ({ collection, key })),
  })
  repository.announcer.announce(branch.ref)
}
