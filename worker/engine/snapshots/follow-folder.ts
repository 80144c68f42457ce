import type { Issue } from '../../../src/protocol/issues.ts'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { matchRecordPath, usualPath } from '../../format/record-keys.ts'
import { oidBytes, oidFromBytes, type Oid } from '../../git/objects/oid.ts'
import { diffTrees } from '../../git/trees/tree-diff.ts'
import { editLoaded, problemOf, withAddress, type LoadedRecords } from './collection-snapshot.ts'
import type { SnapshotSource } from './commit-snapshot.ts'
import type { FolderSnapshot } from './folder-snapshot.ts'
import { isFileMode } from './git-file-tree.ts'
import { nextTurn } from '../common/next-turn.ts'
import { isPlainKey, type RecordFiles, type RecordFolder } from './record-folder.ts'

/** Brings loaded records from one version of their files to another by reading only those that differ; undefined where that does not do. */
export async function followFolder(
  source: SnapshotSource,
  older: FolderSnapshot,
  newer: RecordFolder,
  loaded: LoadedRecords,
): Promise<LoadedRecords | undefined> {
  const changes =
    older.folder.tree === undefined || newer.tree === undefined
      ? compareLists(await older.folder.list(), await newer.list())
      : await compareTrees(source, older, older.folder.tree, newer.tree)
  return changes && readChanges(source, older, loaded, changes)
}

/** Files that differ, by key; null where a file is gone. Without a path it lies where it usually does. */
type Changes = ReadonlyMap<string, { readonly path?: string; readonly oid: Oid } | null>

async function compareTrees(
  { trees }: SnapshotSource,
  { definition }: FolderSnapshot,
  older: Oid | null,
  newer: Oid | null,
): Promise<Changes | undefined> {
  const changes = new Map<string, { oid: Oid } | null>()
  for (const { path, newOid, newMode } of await diffTrees(trees, older, newer)) {
    const key = matchRecordPath(definition, path)
    if (key === undefined) continue
    // Another file may have the same key: read the folder anew.
    if (!isPlainKey(key)) return undefined
    const isFile = newOid !== null && isFileMode(newMode)
    changes.set(key, isFile ? { oid: newOid } : null)
  }
  return changes
}

function compareLists(older: RecordFiles, newer: RecordFiles): Changes | undefined {
  if (older.refused.length > 0 || newer.refused.length > 0) return undefined
  const before = new Map(older.keys.map((key, n) => [key, oidFromBytes(older.oids, n * oidBytes)]))
  const changes = new Map<string, { path: string; oid: Oid } | null>()
  for (const [n, key] of newer.keys.entries()) {
    const oid = oidFromBytes(newer.oids, n * oidBytes)
    if (before.get(key) !== oid) changes.set(key, { path: newer.path(n), oid })
    before.delete(key)
  }
  for (const key of before.keys()) changes.set(key, null)
  return changes
}

async function readChanges(
  { objects }: SnapshotSource,
  { definition, codec }: FolderSnapshot,
  loaded: LoadedRecords,
  changes: Changes,
): Promise<LoadedRecords> {
  const edits = new Map<string, RecordValue | null>()
  const problems: Issue[] = []
  const present = [...changes].flatMap(([key, file]) => (file ? [{ key, ...file }] : []))
  for (const key of changes.keys()) edits.set(key, null)
  await nextTurn()
  const bytes: Uint8Array[] = new Array(present.length)
  await objects.readMany(
    present.map(({ oid }) => oid),
    (n, object) => {
      bytes[n] = object.bytes
    },
  )
  await nextTurn()
  for (const [n, value] of codec.parseMany(bytes).entries()) {
    const { key, path } = present[n] as (typeof present)[number] // parseMany answers for every file
    if (value instanceof EspalierError) {
      const file = path ?? usualPath(definition, key)
      const error = withAddress(value, definition, file, key) as EspalierError // it is one
      problems.push(problemOf(error, definition, file, key))
    } else edits.set(key, value)
  }
  return editLoaded(loaded, edits, problems)
}
