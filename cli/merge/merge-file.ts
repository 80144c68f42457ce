import { isEspalierError } from '../../src/protocol/errors.ts'
import type { FieldConflict } from '../../src/protocol/merge.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../src/protocol/schema.ts'
import { isSchemaPath } from '../../worker/engine/versions/merge-files.ts'
import { prepareCodec } from '../../worker/format/extras.ts'
import { codecFor, type RecordCodec } from '../../worker/format/record-codec.ts'
import { equalValues } from '../../worker/format/record-diff.ts'
import { matchRecordFile } from '../../worker/format/record-layout.ts'
import { recordSetCodecFor, type RecordSetCodec } from '../../worker/format/record-set-codec.ts'
import { structureDefinition } from '../../worker/merge/structure-definition.ts'
import { schemaFileRules } from '../../worker/merge/merge-definition.ts'
import { mergeRecord } from '../../worker/merge/merge-record.ts'
import { mergeRules, type MergeRules } from '../../worker/merge/merge-rules.ts'
import { nodePlugins } from '../source/node-plugins.ts'

/** A file in three versions; no bytes where there is none. */
export interface FileSides {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

/** A conflict in a record of the file. */
export interface FileConflict extends FieldConflict {
  /** The collection and key of the record, or the path of a definition. */
  readonly record: string
}

/** What a merge makes of the file. At conflicts it holds our values. */
export interface MergedFile {
  readonly bytes: Uint8Array
  readonly conflicts: readonly FileConflict[]
}

const options = { plugins: nodePlugins }

/**
 * Merges one file by its records, or a definition by its names; undefined when the file holds neither, when a side
 * cannot be read completely, or when its collection merges whole files only. Then lines are all there is.
 */
export async function mergeFile(
  schema: DatabaseSchema,
  path: string,
  sides: FileSides,
): Promise<MergedFile | undefined> {
  try {
    if (isSchemaPath(path)) {
      const codec = await structureCodec(path)
      return codec && mergeOne(codec, sides, schemaFileRules(path), path)
    }
    for (const definition of schema.collections.values()) {
      const match = definition.readable.ok ? matchRecordFile(definition, path) : undefined
      if (match) return await mergeRecords(definition, match, sides)
    }
  } catch (error) {
    if (!isEspalierError(error) || !error.code.startsWith('format/')) throw error
  }
  return undefined
}

async function mergeRecords(
  definition: CollectionDefinition,
  { key, parent }: { readonly key?: string; readonly parent: string },
  sides: FileSides,
): Promise<MergedFile | undefined> {
  const rules = mergeRules(definition, 'field')
  if (rules.mode === 'file') return undefined
  await prepareCodec(definition, options)
  const codec = codecFor(definition, options)
  if (codec) return mergeOne(codec, sides, rules, `${definition.id}/${key ?? ''}`, definition)
  const set = recordSetCodecFor(definition, options)
  return set && mergeMany(set, sides, rules, [definition.id, parent].filter((name) => name !== '').join('/'))
}

/** A file of one record. */
function mergeOne(
  codec: RecordCodec,
  { base, ours, theirs }: FileSides,
  rules: MergeRules,
  record: string,
  definition: Pick<CollectionDefinition, 'columnsOrder'> = { columnsOrder: [] },
): MergedFile {
  const parse = (bytes: Uint8Array): RecordValue | undefined =>
    bytes.length === 0 ? undefined : codec.parse(bytes)
  const merged = mergeRecord({ base: parse(base), ours: parse(ours), theirs: parse(theirs) }, rules)
  const { value } = merged
  const bytes =
    value === undefined ? ours : ours.length > 0 ? codec.edit(ours, value) : codec.create(value, definition)
  return { bytes, conflicts: blockingOf(merged.conflicts, record) }
}

/** A file of many records: each is merged for itself, and ours keeps the bytes of the others. */
function mergeMany(
  codec: RecordSetCodec,
  { base, ours, theirs }: FileSides,
  rules: MergeRules,
  place: string,
): MergedFile | undefined {
  const sides = [base, ours, theirs].map((bytes) =>
    bytes.length === 0 ? { records: new Map<string, RecordValue>(), faults: [] } : codec.parse(bytes),
  )
  // What a side does not tell is not deleted.
  if (sides.some(({ faults }) => faults.some(({ severity }) => severity !== 'warning'))) return undefined
  const [inBase, inOurs, inTheirs] = sides.map(({ records }) => records)
  const conflicts: FileConflict[] = []
  const changes = new Map<string, RecordValue | null>()
  for (const key of new Set(sides.flatMap(({ records }) => [...records.keys()]))) {
    const record = { base: inBase?.get(key), ours: inOurs?.get(key), theirs: inTheirs?.get(key) }
    const merged = mergeRecord(record, rules)
    conflicts.push(...blockingOf(merged.conflicts, `${place}/${key}`))
    if (!equalValues(merged.value, record.ours)) changes.set(key, merged.value ?? null)
  }
  if (ours.length > 0) return { bytes: codec.edit(ours, changes), conflicts }
  const added = [...changes].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]))
  return { bytes: codec.create(new Map(added)), conflicts }
}

function blockingOf(conflicts: readonly FieldConflict[], record: string): readonly FileConflict[] {
  return conflicts.filter(({ blocking }) => blocking).map((conflict) => ({ ...conflict, record }))
}

/** Definitions and settings: YAML and JSON files that hold one map. */
async function structureCodec(path: string): Promise<RecordCodec | undefined> {
  const definition = structureDefinition(path)
  if (definition === undefined) return undefined
  await prepareCodec(definition, options)
  return codecFor(definition, options)
}
