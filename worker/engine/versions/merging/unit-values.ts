import { EspalierError, isEspalierError } from '../../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { prepareCodec } from '../../../format/extras.ts'
import { codecFor } from '../../../format/record-codec.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { joinKey, matchRecordFile } from '../../../format/record-layout.ts'
import { attempt } from '../../../format/rows-codec.ts'
import { asRead } from '../../../merge/marked-numbers.ts'
import { recordFileOf } from '../../../merge/record-file.ts'
import type { CollectionSnapshot, FileContent } from '../../snapshots/collection-snapshot.ts'
import type { CommitSnapshot, SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { isFileMode } from '../../snapshots/git-file-tree.ts'
import { isPlainKey } from '../../snapshots/record-folder.ts'
import type { FileEntry } from './merge-paths.ts'
import type { UnitChanges } from './merge-units.ts'

/** One side of a merge, from which records are read. With `side` numbers that JavaScript cannot hold are marked. */
export interface UnitSide {
  readonly source: SnapshotSource
  readonly snapshot: CommitSnapshot | undefined
  /** Which of the entries of a changed file is that of this side; absent: none of them. */
  readonly side?: 'base' | 'ours' | 'theirs'
}

/** The records of some units in one commit. */
export interface UnitValues {
  /** By key; those that are not there have none. */
  readonly values: ReadonlyMap<string, RecordValue>
  readonly keys: ReadonlyMap<UnitChanges, readonly string[]>
  /** Files of records that have one each, where they were read. */
  readonly files: ReadonlyMap<string, FileContent>
  readonly unreadable: ReadonlySet<UnitChanges>
}

interface Found {
  readonly values: Map<string, RecordValue>
  readonly keys: Map<UnitChanges, readonly string[]>
  readonly files: Map<string, FileContent>
  readonly unreadable: Set<UnitChanges>
}

/** Reads units, and nothing else of their collection. A commit that does not have the collection has no records of it. */
export async function valuesIn(
  { source, snapshot, side }: UnitSide,
  id: string,
  units: readonly UnitChanges[],
): Promise<UnitValues> {
  const found: Found = { values: new Map(), keys: new Map(), files: new Map(), unreadable: new Set() }
  const definition = snapshot?.schema.collections.get(id)
  if (!snapshot || !definition) return found
  if (!definition.readable.ok) return { ...found, unreadable: new Set(units) }

  const direct: DirectFile[] = []
  const keyed: KeyedUnit[] = []
  const groups: UnitChanges[] = []
  for (const unit of units) {
    const { key } = unit.unit
    if (key === undefined) {
      groups.push(unit)
      continue
    }
    found.keys.set(unit, [key])
    const file = side && directFile(definition, unit, key, side)
    if (file) direct.push(file)
    else keyed.push({ unit, key })
  }
  await readDirect(source, definition, direct, found)
  if (keyed.length + groups.length === 0) return found
  const collection = await snapshot.collection(id)
  await readKeyed(collection, keyed, found)
  for (const unit of groups) await readGroup(collection, unit, found)
  for (const unit of side ? [...keyed.map((each) => each.unit), ...groups] : [])
    await readExactly(source, definition, unit, side, found)
  return found
}

/** Numbers that JavaScript cannot hold, as the files of a unit spell them. */
async function readExactly(
  { objects, codecs }: SnapshotSource,
  definition: CollectionDefinition,
  unit: UnitChanges,
  side: 'base' | 'ours' | 'theirs' | undefined,
  found: Found,
): Promise<void> {
  for (const change of side ? unit.changes : []) {
    const entry = change[side as 'ours'] // there is one: see the loop
    if (!entry || !isFileMode(entry.mode) || found.unreadable.has(unit)) continue
    const { bytes } = await objects.read(entry.oid)
    const file = recordFileOf(definition, codecs)
    const marked = file?.mark(bytes)
    if (!file || marked === bytes) continue
    const records = marked && attempt(() => file.parse(marked))
    if (!records || records instanceof EspalierError) {
      found.unreadable.add(unit)
      continue
    }
    for (const [own, value] of records) {
      const key = unit.unit.key ?? joinKey(unit.unit.parent, own)
      if (equalValues(asRead(value), found.values.get(key))) found.values.set(key, value)
    }
  }
}

interface KeyedUnit {
  readonly unit: UnitChanges
  readonly key: string
}

interface DirectFile extends KeyedUnit {
  readonly path: string
  readonly entry: FileEntry | null
}

/** The only file that can hold a record: then its folder need not be looked through. */
function directFile(
  definition: CollectionDefinition,
  unit: UnitChanges,
  key: string,
  side: 'base' | 'ours' | 'theirs',
): DirectFile | undefined {
  const [change, ...others] = unit.changes
  if (!change || others.length > 0 || definition.otherRecordsDirs || !isPlainKey(change.path))
    return undefined
  if (matchRecordFile(definition, change.path)?.key !== key) return undefined
  const entry = change[side]
  // Whether a link counts as a record is for the collection to say.
  return entry && !isFileMode(entry.mode) ? undefined : { unit, key, path: change.path, entry }
}

async function readDirect(
  source: SnapshotSource,
  definition: CollectionDefinition,
  files: readonly DirectFile[],
  found: Found,
): Promise<void> {
  const present = files.flatMap(({ entry, ...file }) => (entry ? [{ ...file, entry }] : []))
  if (present.length === 0) return
  await prepareCodec(definition, source.codecs)
  const codec = codecFor(definition, source.codecs)
  const contents: Uint8Array[] = []
  await source.objects.readMany(
    present.map(({ entry }) => entry.oid),
    (index, { bytes }) => {
      contents[index] = bytes
    },
  )
  const file = recordFileOf(definition, source.codecs)
  const marked = contents.map((bytes) => file?.mark(bytes) ?? noRecord)
  const values = codec?.parseMany(marked) ?? []
  for (const [index, { unit, key, path, entry }] of present.entries()) {
    const value = values[index]
    if (value === undefined || value instanceof EspalierError) {
      found.unreadable.add(unit)
      continue
    }
    found.values.set(key, value)
    found.files.set(key, { path, bytes: contents[index] as Uint8Array, mode: entry.mode }) // one for each
  }
}

/** No format has a record in it. */
const noRecord = new Uint8Array([0xff])

async function readKeyed(
  collection: CollectionSnapshot,
  units: readonly KeyedUnit[],
  found: Found,
): Promise<void> {
  const take = (key: string, value: RecordValue | undefined): void => {
    if (value) found.values.set(key, value)
  }
  try {
    const records = await collection.values(units.map(({ key }) => key))
    for (const [index, { key }] of units.entries()) take(key, records[index])
    return
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  // One of them cannot be read; the others can.
  for (const { unit, key } of units) {
    try {
      take(key, await collection.get(key))
    } catch (error) {
      if (!isUnreadable(error)) throw error
      found.unreadable.add(unit)
    }
  }
}

/** All records of one parent: they share files. */
async function readGroup(collection: CollectionSnapshot, group: UnitChanges, found: Found): Promise<void> {
  try {
    const { records, problems } = await collection.load(group.unit.parent)
    // What a file does not say is not deleted.
    if (problems.some(({ severity }) => severity === 'error')) {
      found.unreadable.add(group)
      return
    }
    const keys: string[] = []
    for (const [key, value] of records.entries()) {
      keys.push(key)
      found.values.set(key, value)
    }
    found.keys.set(group, keys)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    found.unreadable.add(group)
  }
}

function isUnreadable(error: unknown): boolean {
  return isEspalierError(error) && /^(record|format)\//.test(error.code)
}
