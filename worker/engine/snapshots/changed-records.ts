import type { RecordAddress, RecordValue } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'
import { matchRecordFile } from '../../format/record-layout.ts'
import { diffTrees } from '../../git/trees/tree-diff.ts'
import { isEspalierError } from '../../../src/protocol/errors.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import type { Repository } from '../repository/repository.ts'

/** The records that differ between two commits, by their files; of shared files the records inside are compared. */
export async function changedRecords(
  repository: Pick<Repository, 'trees'>,
  from: CommitSnapshot,
  to: CommitSnapshot,
): Promise<readonly RecordAddress[]> {
  const definitions = [...to.schema.collections.values()].filter(({ readable }) => readable.ok)
  const records: RecordAddress[] = []
  for (const { path } of await diffTrees(repository.trees, from.root, to.root)) {
    for (const definition of definitions) {
      const match = matchRecordFile(definition, path)
      if (!match) continue
      const collection = definition.id
      if (match.key !== undefined) records.push({ collection, key: match.key })
      else {
        const [before, after] = await Promise.all([
          recordsAt(from, collection, path),
          recordsAt(to, collection, path),
        ])
        for (const key of new Set([...before.keys(), ...after.keys()]))
          if (!equalValues(before.get(key), after.get(key))) records.push({ collection, key })
      }
    }
  }
  return records
}

async function recordsAt(
  snapshot: CommitSnapshot,
  id: string,
  path: string,
): Promise<ReadonlyMap<string, RecordValue>> {
  try {
    return (await (await snapshot.collection(id)).recordsAt?.(path)) ?? new Map()
  } catch (error) {
    // The collection may be new, or not readable there.
    if (isEspalierError(error) && /^(record|format)\//.test(error.code)) return new Map()
    throw error
  }
}
