import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { instanceDirs, splitKey } from '../../../format/record-layout.ts'
import { walkLog } from '../../../git/history/log.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { findPath } from '../../../git/trees/tree-walk.ts'
import { openCommit, type CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import type { Repository } from '../../repository/repository.ts'
import { readRecord } from '../../snapshots/read-record.ts'

/** Where the file of a record would be in commits of one layout. */
interface Place {
  /** Names the layout: its registry and definition. */
  readonly layout: string
  /** Undefined: no such collection. */
  readonly definition: CollectionDefinition | undefined
  readonly paths: readonly string[]
}

/**
 * The value that a record had in the last commit that had it, on the first-parent line of a branch; undefined when
 * none had. Of each commit only the folders on the way to the record's file are looked at, and only where they changed.
 *
 * Throws `git/history-missing` at the shallow boundary.
 */
export async function recallRecord(
  repository: Repository,
  tip: CommitSnapshot,
  id: string,
  key: string,
): Promise<RecordValue | undefined> {
  const { objects, refs, trees } = repository
  let place: Place | undefined
  let seen = ''
  for await (const entry of walkLog(objects, tip.commit, { firstParent: true, shallow: refs.shallow })) {
    const { oid, commit, parents } = entry
    const layout = await layoutOf(repository, commit.tree, place?.definition)
    // The files that the definition has elsewhere than before make another layout.
    if (!place || layout !== place.layout) {
      const snapshot = oid === tip.commit ? tip : await openCommit(repository, oid, { from: tip })
      place = await findPlace(repository, snapshot, id, key)
    }
    const files: string[] = []
    for (const path of place.paths) files.push((await findPath(trees, commit.tree, path))?.oid ?? '')
    const now = files.join(' ')
    if (now !== seen && now.trim() !== '') {
      const snapshot = oid === tip.commit ? tip : await openCommit(repository, oid, { from: tip })
      const value = await readRecord(snapshot, id, key)
      if (value !== undefined) return value
    }
    seen = now
    if (parents.length < commit.parents.length) {
      throw new EspalierError(
        'git/history-missing',
        'The history that may hold the record is not here yet.',
        {
          data: { oid },
        },
      )
    }
  }
  return undefined
}

async function layoutOf(
  { trees }: Repository,
  root: Oid,
  definition: CollectionDefinition | undefined,
): Promise<string> {
  const registry = (await findPath(trees, root, '.ingitdb'))?.oid ?? ''
  const path = definition?.definitionPath
  const own = path === undefined ? '' : ((await findPath(trees, root, path))?.oid ?? '')
  return `${registry} ${own}`
}

async function findPlace(
  repository: Repository,
  snapshot: CommitSnapshot,
  id: string,
  key: string,
): Promise<Place> {
  const definition = snapshot.schema.collections.get(id)
  const layout = await layoutOf(repository, snapshot.root, definition)
  if (!definition?.readable.ok) return { layout, definition, paths: [] }
  const path = await (await snapshot.collection(id)).pathOf(key)
  // The same file in each of the folders that may hold it.
  const dirs = instanceDirs(definition, splitKey(definition, key).parent)
  const dir = dirs.find((each) => each === '' || path.startsWith(`${each}/`)) ?? ''
  const rest = dir === '' ? path : path.slice(dir.length + 1)
  return { layout, definition, paths: dirs.map((each) => (each === '' ? rest : `${each}/${rest}`)) }
}
