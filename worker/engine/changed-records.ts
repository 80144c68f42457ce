import type { RecordAddress } from '../../src/protocol/records.ts'
import { matchRecordPath } from '../format/record-keys.ts'
import { diffTrees } from '../git/tree-diff.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import type { Repository } from './repository.ts'

/** The records that differ between two commits, by their files. */
export async function changedRecords(
  repository: Pick<Repository, 'trees'>,
  from: CommitSnapshot,
  to: CommitSnapshot,
): Promise<readonly RecordAddress[]> {
  const definitions = [...to.schema.collections.values()].filter(({ readable }) => readable.ok)
  const records: RecordAddress[] = []
  for (const { path } of await diffTrees(repository.trees, from.root, to.root)) {
    for (const definition of definitions) {
      const folder = definition.recordsDir === '' ? '' : `${definition.recordsDir}/`
      if (!path.startsWith(folder)) continue
      const key = matchRecordPath(definition, path.slice(folder.length))
      if (key !== undefined) records.push({ collection: definition.id, key })
    }
  }
  return records
}
