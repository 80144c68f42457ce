import type { CarryOptions, CarryOutcome } from '../../../../src/protocol/carry.ts'
import type { FileValue } from '../../../../src/protocol/diff.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { normalKey } from '../../../format/record-layout.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import { assertSafePath } from '../../../git/objects/path-safety.ts'
import { hashObject } from '../../../git/objects/sha1.ts'
import { editTrees, type TreeEdit } from '../../../git/trees/tree-edit.ts'
import { badArgument } from '../../common/bad-argument.ts'
import type { CommitSnapshot, SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import type { Selected, Wanted } from './carried-changes.ts'
import { commitCarried, type CarriedTrees } from './carry-commit.ts'
import { layoutIn } from '../merging/plan-units.ts'
import { openTree, overlaySource } from '../merging/overlay-source.ts'
import { bytesOfFile } from '../diff/plain-files.ts'
import type { VersionsContext } from '../versions-context.ts'
import { writeRecords, type Planned } from '../merging/write-merged.ts'

type Changes = Pick<Selected, 'chosen' | 'files'>

/**
 * Carries changes of files, and of records with them, by a commit: our tree as it would be with what they began with,
 * and with what they lead to, are merged with it. Throws `engine/bad-argument`, `git/unsafe-path`, `git/branch-protected`.
 */
export async function carryChanges(
  context: VersionsContext,
  handle: HandleId,
  changes: Changes,
  { onConflict = 'stop', message }: CarryOptions,
): Promise<CarryOutcome> {
  if (onConflict === 'skip')
    throw badArgument('Changes of files are carried by a commit: conflicts are not skipped.')
  for (const { file } of changes.files) assertSafePath(file)
  const unreadable = changes.chosen.filter((change) => change.unreadable)
  if (unreadable.length > 0) {
    const conflicts = unreadable.map(({ collection, key }) => ({
      collection,
      key,
      reason: 'unreadable' as const,
      conflicts: [],
    }))
    return { status: 'conflicts', conflicts, definitions: [] }
  }
  const { repository } = context.viewOf(handle).database
  return commitCarried(context, handle, (ours) => treesOf(repository, ours, changes), {
    message,
    otherwise: async () => 'Apply changes',
    onConflict,
  })
}

async function treesOf(
  source: SnapshotSource,
  ours: CommitSnapshot,
  { chosen, files }: Changes,
): Promise<CarriedTrees> {
  const side = (of: 'before' | 'after', values: 'base' | 'theirs'): Promise<ChangedTree> =>
    changeTree(
      source,
      ours,
      files.map((change) => [change.file, change[of]]),
      chosen.map((change) => [change, change[values]]),
    )
  const base = await side('before', 'base')
  const theirs = await side('after', 'theirs')
  for (const [id, definition] of theirs.snapshot.schema.collections) {
    const before = layoutIn(base.snapshot.schema.collections.get(id))
    // Records that the changes do not name would stay where nobody finds them any more.
    if (before !== undefined && definition.readable.ok && before !== layoutIn(definition))
      throw otherLayout(id)
  }
  return {
    base: base.snapshot,
    theirs: theirs.snapshot,
    objects: [...base.objects, ...theirs.objects],
    isUnchecked: true,
  }
}

interface ChangedTree {
  readonly snapshot: CommitSnapshot
  readonly objects: readonly NewObject[]
}

/** A tree with other files, and then, as its definitions say, other records. */
async function changeTree(
  source: SnapshotSource,
  from: CommitSnapshot,
  files: readonly (readonly [path: string, value: FileValue | undefined])[],
  records: readonly (readonly [Wanted, RecordValue | undefined])[],
): Promise<ChangedTree> {
  const blobs: NewObject[] = []
  const edits = files.map(([path, value]) => {
    if (value === undefined) return { path, delete: true } as const
    const bytes = bytesOfFile(value, path)
    const oid = hashObject('blob', bytes)
    blobs.push({ oid, type: 'blob', bytes })
    return { path, oid }
  })
  const edited = await editTrees(source.trees, from.root, edits, { allowTwins: true })
  const objects = [...edited.objects, ...blobs]
  const snapshot = await openTree(source, edited.root, objects, { from })
  const written: NewObject[] = []
  const recordEdits: TreeEdit[] = []
  for (const [id, values] of byCollection(records)) {
    const holder = [snapshot, from].find(({ schema }) => schema.collections.has(id))
    const isGone = holder !== snapshot
    const collection = await holder?.collection(id)
    const wanted = collection && planned(collection.definition, values)
    if (isGone && [...values].some(([, value]) => value !== undefined)) throw noCollection(id)
    if (!collection || !wanted) continue
    const { files: made, problems } = await writeRecords(collection, wanted)
    const [problem] = problems
    if (problem) throw badArgument(problem.message, { ...problem })
    // A file of many records goes with its collection when none is left.
    const held = isGone ? [...(await collection.load()).records.entries()] : []
    const isEmpty = isGone && held.every(([key]) => wanted.has(key))
    for (const { path, entry, object } of made) {
      recordEdits.push(entry && !isEmpty ? { path, ...entry } : { path, delete: true })
      if (object) written.push(object)
    }
  }
  if (recordEdits.length === 0) return { snapshot, objects }
  const { trees } = overlaySource(source, objects)
  const whole = await editTrees(trees, edited.root, recordEdits, { allowTwins: true })
  const all = [...objects, ...whole.objects, ...written]
  return { snapshot: await openTree(source, whole.root, all, { from }), objects: all }
}

type SideValues = readonly (readonly [key: string, RecordValue | undefined])[]

function byCollection(
  records: readonly (readonly [Wanted, RecordValue | undefined])[],
): ReadonlyMap<string, SideValues> {
  const all = new Map<string, [string, RecordValue | undefined][]>()
  for (const [{ collection, key }, value] of records) {
    const known = all.get(collection)
    if (known) known.push([key, value])
    else all.set(collection, [[key, value]])
  }
  return all
}

/** What records become on a side. A key from which one was moved and to which another one was is there twice. */
function planned(definition: CollectionDefinition, values: SideValues): ReadonlyMap<string, Planned> {
  const all = new Map<string, Planned>()
  for (const [given, value] of values) {
    const key = normalKey(definition, given)
    if (value !== undefined || !all.has(key)) all.set(key, { after: value ?? null, old: undefined })
  }
  return all
}

function noCollection(id: string): EspalierError {
  return new EspalierError('record/collection-missing', `There is no collection "${id}".`, {
    data: { collection: id },
  })
}

function otherLayout(id: string): EspalierError {
  return badArgument(
    `The changes lay the records of ${id} out in another way: carry the commit that did, with "whole".`,
    { collection: id },
  )
}
