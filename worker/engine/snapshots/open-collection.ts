import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { prepareCodec } from '../../format/extras.ts'
import { codecFor } from '../../format/record-codec.ts'
import { isKeyed, isShared, splitKey } from '../../format/record-layout.ts'
import { recordSetCodecFor } from '../../format/record-set-codec.ts'
import { isOid, type Oid } from '../../git/objects/oid.ts'
import { findPath } from '../../git/trees/tree-walk.ts'
import { isTreeMode } from '../../git/trees/tree.ts'
import { editLoaded, notReadable, type CollectionSnapshot } from './collection-snapshot.ts'
import type { SnapshotSource } from './commit-snapshot.ts'
import { followFolder } from './follow-folder.ts'
import { createFolderSnapshot, type FolderSnapshot } from './folder-snapshot.ts'
import { createHeldBytes } from './held-bytes.ts'
import { openInstanceFolders } from './instance-folders.ts'
import { openInstances, type Instances } from './instances.ts'
import { createRecordFolder, type RecordFolder } from './record-folder.ts'
import { createSharedSnapshot, type SharedSnapshot } from './shared-snapshot.ts'

/** An older version of a collection that a newer one can build on. */
export interface OlderCollection {
  readonly collection: CollectionSnapshot
  /** The root tree of its commit. */
  readonly root: Oid
  /** The exact edits since then, when they are known. */
  readonly edits?: ReadonlyMap<string, RecordValue | null> | undefined
}

/**
 * Opens a collection in one commit. `keptId`: what its id was known to be. Throws `format/not-readable-yet`,
 * `client/extras-failed`.
 */
export async function openCollection(
  source: SnapshotSource,
  root: Oid,
  definition: CollectionDefinition,
  {
    older,
    keptId,
  }: { readonly older?: OlderCollection | undefined; readonly keptId?: string | undefined } = {},
): Promise<CollectionSnapshot> {
  await prepareCodec(definition, source.codecs)
  if (isShared(definition)) return openShared(source, root, definition, older)
  const codec = codecFor(definition, source.codecs)
  if (!codec) throw notReadable(definition)
  const folder = await openFolder(source, root, definition, keptId)
  if (!older) return createFolderSnapshot(source, definition, codec, folder)
  if (older.collection.id === folder.id) return older.collection
  // A collection of the same definition is of the same kind.
  const before = older.collection as FolderSnapshot
  const loaded = before.loaded()
  const known =
    loaded &&
    (older.edits ? editLoaded(loaded, older.edits) : await followFolder(source, before, folder, loaded))
  return createFolderSnapshot(source, definition, codec, folder, known)
}

async function openFolder(
  { trees }: SnapshotSource,
  root: Oid,
  definition: CollectionDefinition,
  keptId: string | undefined,
): Promise<RecordFolder> {
  if (definition.parent !== undefined || !isKeyed(definition)) {
    return openInstanceFolders(trees, root, definition)
  }
  // Then no pack has to be read for it.
  if (keptId !== undefined && isOid(keptId)) return createRecordFolder(trees, keptId, definition)
  const entry = await findPath(trees, root, definition.recordsDir)
  return createRecordFolder(trees, entry && isTreeMode(entry.mode) ? entry.oid : null, definition)
}

async function openShared(
  source: SnapshotSource,
  root: Oid,
  definition: CollectionDefinition,
  older: OlderCollection | undefined,
): Promise<SharedSnapshot> {
  const { objects, trees, codecs } = source
  const instances = await openInstances(trees, root, definition)
  const parts = { objects, trees, definition, instances, codecs }
  if (!older) {
    const codec = recordSetCodecFor(definition, codecs)
    if (!codec) throw notReadable(definition)
    const memory = { codec, files: new Map(), bytes: createHeldBytes() }
    return createSharedSnapshot({ ...parts, memory })
  }
  const before = older.collection as SharedSnapshot // of the same definition, so of the same kind
  if (before.id === instances.id) return before
  const { edits } = older
  const loaded = before.loaded()
  return createSharedSnapshot({
    ...parts,
    memory: before.memory,
    // Problems name lines, which an edit moves.
    loaded: edits && loaded?.problems.length === 0 ? editLoaded(loaded, edits) : undefined,
    follow: edits && followEdits(source, older.root, definition, instances, edits),
  })
}

/** What a file holds after known edits: a file that only we edited need not be parsed again. */
function followEdits(
  { trees }: SnapshotSource,
  olderRoot: Oid,
  definition: CollectionDefinition,
  instances: Instances,
  edits: ReadonlyMap<string, RecordValue | null>,
): Parameters<typeof createSharedSnapshot>[0]['follow'] {
  return async (file, { file: { oid }, records: old, problems }) => {
    if (problems.length > 0) return undefined
    if ((await findPath(trees, olderRoot, file.path))?.oid !== oid) return undefined
    // With two files it takes a look to know which one holds a record.
    if ((await instances.of(file.parent)).length > 1) return undefined
    const own = [...edits].filter(([key]) => splitKey(definition, key).parent === file.parent)
    if (own.length === 0) return undefined
    const records = new Map(old)
    for (const [key, value] of own) {
      if (value === null) records.delete(key)
      else records.set(key, value)
    }
    return { file, records, problems }
  }
}
