import type { DiffProblem, RecordPlace } from '../../../../src/protocol/diff.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { instanceDirs, isShared, matchRecordFile, splitKey } from '../../../format/record-layout.ts'
import { recordSetCodecFor } from '../../../format/record-set-codec.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { findPath } from '../../../git/trees/tree-walk.ts'
import { treeMode } from '../../../git/trees/tree.ts'
import type { LoadedRecords } from '../../snapshots/collection-snapshot.ts'
import type { CommitSnapshot, SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { readSharedFile, type SharedRecords } from '../../snapshots/shared-file.ts'
import type { Change } from '../../branches/working-changes.ts'
import { readAlike, type ChangedFile, type CollectionSides } from './diff-files.ts'
import type { Sides } from './diff-sides.ts'

/** A record on one side: its value, where that is still to be read, or why it cannot be read. */
export type SideRecord =
  | { readonly kind: 'value'; readonly value: RecordValue; readonly file?: string }
  | { readonly kind: 'unread'; readonly oid: Oid; readonly file: string }
  | { readonly kind: 'problem'; readonly problem: Issue }

/** A record that may differ; absent on a side where it is not. */
export interface DiffEntry {
  readonly before?: SideRecord | undefined
  readonly after?: SideRecord | undefined
  /** Set for a record that was found under another key, or in another file. */
  readonly moved?: { readonly from: RecordPlace; readonly to: RecordPlace }
}

/** What may differ in one collection. */
export interface CollectionEntries {
  readonly entries: Map<string, DiffEntry>
  /** What is wrong with files of many records, apart from records. */
  readonly problems: DiffProblem[]
}

/** What entries are found with. */
export type EntryReader = Pick<SnapshotSource, 'objects' | 'trees' | 'codecs'>

/** Finds the records of a collection that may differ. Files of one record are not read yet. */
export async function findEntries(
  reader: EntryReader,
  sides: Sides,
  collection: CollectionSides,
  files: readonly ChangedFile[],
): Promise<CollectionEntries> {
  const found: CollectionEntries = { entries: new Map(), problems: [] }
  const { id, before, after } = collection
  const changes = sides.changes?.get(id)
  if (sides.from !== sides.to) {
    if (!before || !readAlike(collection)) await compareCollections(found, sides, collection)
    else if (before.readable.ok) await compareFiles(found, reader, sides, before, files)
  }
  for (const [key, change] of changes ?? []) overlay(found.entries, key, change)
  if (after?.readable.ok === false && before?.readable.ok) found.problems.push(notReadable(after, 'after'))
  if (before?.readable.ok === false && after?.readable.ok) found.problems.push(notReadable(before, 'before'))
  return found
}

/** By the files that differ. */
async function compareFiles(
  found: CollectionEntries,
  reader: EntryReader,
  sides: Sides,
  definition: CollectionDefinition,
  files: readonly ChangedFile[],
): Promise<void> {
  const whole = new Set<string>()
  if (definition.otherRecordsDirs?.length)
    for (const parent of new Set(files.map((file) => file.parent)))
      if (await hasSeveralFolders(reader, sides, definition, parent)) whole.add(parent)
  for (const parent of whole) {
    const load = async ({ collection }: CommitSnapshot): Promise<LoadedRecords> =>
      (await collection(definition.id)).load(parent)
    compareLoaded(found, definition, await load(sides.from), await load(sides.to))
  }
  const own = files.filter(({ parent }) => !whole.has(parent))
  if (isShared(definition)) await compareSharedFiles(found, reader, definition, own)
  else for (const file of own) addFile(found.entries, file)
}

/** Of two files with one key in different folders the first folder counts, whichever of them differs. */
async function hasSeveralFolders(
  { trees }: EntryReader,
  { from, to }: Sides,
  definition: CollectionDefinition,
  parent: string,
): Promise<boolean> {
  let count = 0
  for (const dir of instanceDirs(definition, parent))
    if ((await findPath(trees, from.root, dir)) ?? (await findPath(trees, to.root, dir))) count++
  return count > 1
}

function addFile(entries: Map<string, DiffEntry>, { path, key, before, after }: ChangedFile): void {
  if (key === undefined) return
  const known = entries.get(key)
  // Two spellings of one key (composed and decomposed): the first file counts.
  entries.set(key, {
    before: known?.before ?? (before && { kind: 'unread', oid: before, file: path }),
    after: known?.after ?? (after && { kind: 'unread', oid: after, file: path }),
  })
}

async function compareSharedFiles(
  { entries, problems }: CollectionEntries,
  { objects, codecs }: EntryReader,
  definition: CollectionDefinition,
  files: readonly ChangedFile[],
): Promise<void> {
  const codec = recordSetCodecFor(definition, codecs)
  if (!codec) return
  for (const { path, parent, before, after } of files) {
    const read = async (oid: Oid | undefined): Promise<SharedRecords | undefined> =>
      oid &&
      readSharedFile(
        definition,
        codec,
        { path, parent, oid, mode: treeMode.file },
        (await objects.read(oid)).bytes,
      )
    const [old, now] = [await read(before), await read(after)]
    if (old?.fault || now?.fault) {
      // Nobody knows what it holds there, so that its records on the other side say nothing.
      for (const [side, content] of [
        ['before', old],
        ['after', now],
      ] as const)
        if (content?.fault) for (const problem of content.problems) problems.push({ ...problem, side })
      continue
    }
    compareRecords({ entries, problems }, sideOf(old, path), sideOf(now, path))
  }
}

/** The records of one side. */
interface RecordsOfSide {
  readonly records: { get(key: string): RecordValue | undefined }
  readonly keys: Iterable<string>
  readonly problems: readonly Issue[]
  readonly file?: string
}

function sideOf(content: SharedRecords | undefined, file: string): RecordsOfSide {
  const { records = new Map<string, RecordValue>(), problems = [] } = content ?? {}
  return { records, keys: records.keys(), problems, file }
}

function compareRecords(
  { entries, problems }: CollectionEntries,
  before: RecordsOfSide,
  after: RecordsOfSide,
): void {
  const faults = (side: RecordsOfSide): ReadonlyMap<string | undefined, Issue> =>
    new Map(
      side.problems.filter(({ severity }) => severity === 'error').map((problem) => [problem.key, problem]),
    )
  const [oldFaults, newFaults] = [faults(before), faults(after)]
  const at = (
    { records, file }: RecordsOfSide,
    of: ReadonlyMap<string | undefined, Issue>,
    key: string,
  ): SideRecord | undefined => {
    const value = records.get(key)
    if (value) return { kind: 'value', value, ...(file === undefined ? {} : { file }) }
    const problem = of.get(key)
    return problem && { kind: 'problem', problem }
  }
  const keys = new Set([...before.keys, ...after.keys])
  for (const key of keys) {
    const [old, now] = [before.records.get(key), after.records.get(key)]
    if (old === now || (old && now && equalValues(old, now))) continue
    entries.set(key, { before: at(before, oldFaults, key), after: at(after, newFaults, key) })
  }
  for (const [side, { problems: own }] of [
    ['before', before],
    ['after', after],
  ] as const)
    for (const problem of own)
      if (problem.key === undefined || !entries.has(problem.key)) problems.push({ ...problem, side })
}

/** The files of the two sides mean different things: all records are compared. */
async function compareCollections(
  found: CollectionEntries,
  { from, to }: Sides,
  { id, before, after }: CollectionSides,
): Promise<void> {
  // What cannot be read on a side says nothing about the records of the other.
  if (before?.readable.ok === false || after?.readable.ok === false) return
  const load = async (
    snapshot: CommitSnapshot,
    definition: CollectionDefinition | undefined,
  ): Promise<LoadedRecords | undefined> => definition && (await snapshot.collection(id)).load()
  const definition = after ?? before
  if (definition) compareLoaded(found, definition, await load(from, before), await load(to, after))
}

function compareLoaded(
  found: CollectionEntries,
  definition: CollectionDefinition,
  before: LoadedRecords | undefined,
  after: LoadedRecords | undefined,
): void {
  const unreadable = new Set<string | undefined>()
  for (const { key, code, file } of [...(before?.problems ?? []), ...(after?.problems ?? [])])
    if (key === undefined && code === 'format/bad-record')
      unreadable.add(matchRecordFile(definition, file)?.parent)
  const side = (loaded: LoadedRecords | undefined): RecordsOfSide => {
    const keys: string[] = []
    for (const [key] of loaded?.records.entries() ?? [])
      if (unreadable.size === 0 || !unreadable.has(splitKey(definition, key).parent)) keys.push(key)
    return {
      records: loaded?.records ?? new Map<string, RecordValue>(),
      keys,
      problems: loaded?.problems ?? [],
    }
  }
  compareRecords(found, side(before), side(after))
}

/** The working change of a record comes on top of what the commits say. */
function overlay(entries: Map<string, DiffEntry>, key: string, { before, after, conflict }: Change): void {
  const known = entries.get(key)
  const old = known ? known.before : asValue(conflict ? conflict.theirs : before)
  const now = asValue(after)
  if (old || now) entries.set(key, { before: old, after: now })
  else entries.delete(key)
}

function asValue(value: RecordValue | null): SideRecord | undefined {
  return value === null ? undefined : { kind: 'value', value }
}

function notReadable(definition: CollectionDefinition, side: DiffProblem['side']): DiffProblem {
  const why = definition.readable.ok ? '' : definition.readable.reason
  return {
    side,
    collection: definition.id,
    file: definition.definitionPath,
    code: 'format/bad-definition',
    severity: 'error',
    message: `The records of ${definition.id} cannot be compared, because on one side they cannot be read: ${why}.`,
  }
}
