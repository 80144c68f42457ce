import { isEspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'

/** The record in a commit; a file that cannot be read there has none. */
export async function readRecord(
  snapshot: CommitSnapshot,
  id: string,
  key: string,
): Promise<RecordValue | undefined> {
  try {
    return await (await snapshot.collection(id)).get(key)
  } catch (error) {
    if (isEspalierError(error) && /^(record|format)\//.test(error.code)) return undefined
    throw error
  }
}
