import type { DiffOptions, DiffProblem, RecordDiff } from '../../../../src/protocol/diff.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { prepareCodec } from '../../../format/extras.ts'
import { codecFor } from '../../../format/record-codec.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { createFieldFilter, diffFields, type FieldFilter } from '../../../merge/field-diffs.ts'
import { toJsonPatch } from '../../../merge/json-patch.ts'
import { compareKeys } from '../../../records/record-map.ts'
import { problemOf, withAddress } from '../../snapshots/collection-snapshot.ts'
import { findEntries, type DiffEntry, type EntryReader, type SideRecord } from './diff-entries.ts'
import { changedFiles, collectionsOf, readAlike, type CollectionSides } from './diff-files.ts'
import { findMoves, type ReadSide } from './diff-moves.ts'
import type { Sides } from './diff-sides.ts'

/** Records whose files are read at once. */
const batchRecords = 250

/** What is being told of a diff, in order of collection and key. */
export interface DiffBatch {
  readonly collection: CollectionSides
  readonly records: readonly RecordDiff[]
  /** What cannot be read: of the records in this batch, and of files of many records. */
  readonly problems: readonly DiffProblem[]
  /** Nothing comes after it. Not every diff has such a batch. */
  readonly isLast: boolean
}

/** The records that differ, some at a time. Equal folders and files are never read. */
export async function* diffRecords(
  reader: EntryReader,
  sides: Sides,
  options: DiffOptions,
): AsyncGenerator<DiffBatch> {
  const { collections: wanted, keys, fields, limit = Infinity } = options
  const collections = collectionsOf(sides.from, sides.to).filter(({ id }) => !wanted || wanted.includes(id))
  for (const { before, after } of collections)
    for (const definition of [before, after]) if (definition) await prepareCodec(definition, reader.codecs)
  const files = await changedFiles(reader.trees, sides.from, sides.to, collections)
  const shape = { filter: fields && createFieldFilter(fields), patch: options.patch === true }
  const wantedKeys = keys && new Set(keys.map((key) => key.normalize('NFC')))
  let left = limit
  const mayDiffer = collections.filter(
    (collection) => files.has(collection.id) || sides.changes?.has(collection.id) || !readAlike(collection),
  )
  for (const collection of mayDiffer) {
    if (left <= 0) return
    const { entries, problems } = await findEntries(reader, sides, collection, files.get(collection.id) ?? [])
    if (problems.length > 0) yield { collection, records: [], problems, isLast: false }
    if (entries.size === 0) continue
    const readBefore = sideReader(reader, collection.before)
    const readAfter = sideReader(reader, collection.after)
    await findMoves(entries, { readBefore, readAfter })
    const chosen = [...entries]
      .filter(
        ([key, { moved }]) => !wantedKeys || wantedKeys.has(key) || (moved && wantedKeys.has(moved.from.key)),
      )
      .sort(([a], [b]) => compareKeys(a, b))
    for (let at = 0; at < chosen.length && left > 0; at += batchRecords) {
      const batch = chosen.slice(at, at + batchRecords)
      const [before, after] = [
        await readBefore(batch.flatMap(([, entry]) => entry.before ?? [])),
        await readAfter(batch.flatMap(([, entry]) => entry.after ?? [])),
      ]
      const records: RecordDiff[] = []
      let [nextBefore, nextAfter] = [0, 0]
      for (const [key, entry] of batch) {
        const old = entry.before && before[nextBefore++]
        const now = entry.after && after[nextAfter++]
        const diff = describe(
          collection.id,
          key,
          { before: old, after: now, ...(entry.moved && { moved: entry.moved }) },
          shape,
        )
        if (diff && records.length < left) records.push(diff)
      }
      left -= records.length
      if (records.length === 0) continue
      yield {
        collection,
        records,
        problems: records.flatMap((record) => record.problems ?? []),
        isLast: left <= 0 || (collection === mayDiffer.at(-1) && at + batchRecords >= chosen.length),
      }
    }
  }
}

/** Reads records of one side, in one sweep. */
function sideReader(
  { objects, codecs }: EntryReader,
  definition: CollectionDefinition | undefined,
): ReadSide {
  const codec = definition && codecFor(definition, codecs)
  return async (records) => {
    const unread = records.flatMap((record) => (record.kind === 'unread' ? [record] : []))
    if (!codec || unread.length === 0) return records
    const bytes: Uint8Array[] = []
    await objects.readMany(
      unread.map(({ oid }) => oid),
      (index, object) => {
        bytes[index] = object.bytes
      },
      // A diff is counted, then told, then told again.
      { keep: true },
    )
    const values = codec.parseMany(bytes)
    let next = 0
    return records.map((record) => {
      if (record.kind !== 'unread') return record
      const { file } = record
      const value = values[next++] as RecordValue | EspalierError // one for each
      if (!(value instanceof EspalierError)) return { kind: 'value', value, file }
      const error = withAddress(value, definition, file) as EspalierError // it is one
      return { kind: 'problem', problem: problemOf(error, definition, file) }
    })
  }
}

interface Shape {
  readonly filter: FieldFilter | undefined
  readonly patch: boolean
}

/** Undefined when nothing differs, or nothing that is wanted. */
function describe(
  collection: string,
  key: string,
  entry: DiffEntry,
  { filter, patch }: Shape,
): RecordDiff | undefined {
  const { before: old, after: now, moved } = entry
  const before = valueOf(old)
  const after = valueOf(now)
  const problems = problemsOf(key, old, now)
  const kind = moved ? 'moved' : !old ? 'added' : !now ? 'removed' : 'modified'
  if (kind === 'modified' && before && after && equalValues(before, after)) return undefined
  const all = kind === 'modified' && before && after ? diffFields(before, after) : []
  const fields = filter ? filter.pick(all) : all
  if (filter && problems.length === 0) {
    if (kind === 'moved' || (kind === 'modified' && fields.length === 0)) return undefined
    const only = before ?? after
    if (kind !== 'modified' && only && !filter.isIn(only)) return undefined
  }
  return {
    collection,
    key,
    kind,
    ...(before && { before }),
    ...(after && { after }),
    fields,
    ...moved,
    ...(problems.length > 0 && { problems }),
    ...(patch && kind === 'modified' && before && after && { patch: toJsonPatch(before, after) }),
  }
}

function valueOf(record: SideRecord | undefined): RecordValue | undefined {
  return record?.kind === 'value' ? record.value : undefined
}

function problemsOf(
  key: string,
  before: SideRecord | undefined,
  after: SideRecord | undefined,
): readonly DiffProblem[] {
  const problems: DiffProblem[] = []
  if (before?.kind === 'problem') problems.push({ ...before.problem, key, side: 'before' })
  if (after?.kind === 'problem') problems.push({ ...after.problem, key, side: 'after' })
  return problems
}
