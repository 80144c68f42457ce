import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { matchRecordFile } from '../../../format/record-layout.ts'
import type { ObjectReader } from '../../../git/objects/object.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { diffTrees } from '../../../git/trees/tree-diff.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { isFileMode } from '../../snapshots/git-file-tree.ts'

/** The definitions of one collection on both sides; undefined where there is none. */
export interface CollectionSides {
  readonly id: string
  readonly before: CollectionDefinition | undefined
  readonly after: CollectionDefinition | undefined
}

/** A file that differs; an id is undefined where no record file is there. */
export interface ChangedFile {
  readonly path: string
  readonly parent: string
  /** The whole key; undefined for files of many records. */
  readonly key: string | undefined
  readonly before: Oid | undefined
  readonly after: Oid | undefined
}

/** Every collection of either side, by id. */
export function collectionsOf(from: CommitSnapshot, to: CommitSnapshot): readonly CollectionSides[] {
  const ids = new Set([...from.schema.collections.keys(), ...to.schema.collections.keys()])
  return [...ids].sort().map((id) => ({
    id,
    before: from.schema.collections.get(id),
    after: to.schema.collections.get(id),
  }))
}

/**
 * Whether the same files mean the same records to both definitions: then only files that differ need a look.
 */
export function readAlike({ before, after }: CollectionSides): boolean {
  if (!before || !after) return false
  return before === after || reading(before) === reading(after)
}

/** What decides where records lie and how their files are read. */
function reading(definition: CollectionDefinition): string {
  const { columns, columnsOrder, parent, primaryKey, readable, recordFile, recordsDir, otherRecordsDirs } =
    definition
  const types = columns.map(({ name, type, locale, format }) => [name, type, locale, format])
  // The order of columns counts where a file has no names for them.
  const order = recordFile.type === 'map[string]any' ? [] : columnsOrder
  return JSON.stringify([
    recordFile,
    recordsDir,
    otherRecordsDirs,
    parent,
    primaryKey,
    readable.ok,
    types,
    order,
  ])
}

/** The record files that differ, by collection. Folders with equal ids are not read. */
export async function changedFiles(
  trees: ObjectReader,
  from: CommitSnapshot,
  to: CommitSnapshot,
  collections: readonly CollectionSides[],
): Promise<ReadonlyMap<string, readonly ChangedFile[]>> {
  const files = new Map<string, ChangedFile[]>()
  if (collections.length === 0) return files
  for (const change of await diffTrees(trees, from.root, to.root)) {
    const before = change.oldOid && isFileMode(change.oldMode) ? change.oldOid : undefined
    const after = change.newOid && isFileMode(change.newMode) ? change.newOid : undefined
    if (before === after) continue
    for (const { id, before: definition } of collections) {
      const match = definition && matchRecordFile(definition, change.path)
      if (!match) continue
      const file = { path: change.path, parent: match.parent, key: match.key, before, after }
      const known = files.get(id)
      if (known) known.push(file)
      else files.set(id, [file])
    }
  }
  return files
}
