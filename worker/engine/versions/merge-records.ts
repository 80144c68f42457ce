import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { Choice } from '../../../src/protocol/merge.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { equalValues } from '../../format/record-diff.ts'
import { hashObject } from '../../git/sha1.ts'
import { conflictPathId } from '../../merge/conflict-path.ts'
import { mergeRecord, type RecordSides } from '../../merge/merge-record.ts'
import { mergeRules, type MergeRules } from '../../merge/merge-rules.ts'
import { resolveRecord } from '../../merge/resolve-record.ts'
import type { CollectionSnapshot, FileContent, FileWrites, RecordChange } from '../collection-snapshot.ts'
import type { CommitSnapshot } from '../commit-snapshot.ts'
import { mergeKeylessFile, mergeWholeFile, type MergedFile } from './merge-files.ts'
import { sameEntry } from './merge-paths.ts'
import { modeOf, type MergeRequest } from './merge-request.ts'
import { layoutOf, type UnitChanges } from './merge-units.ts'
import { withoutDoubt } from './doubtful-values.ts'
import { valuesIn, type UnitValues } from './unit-values.ts'

/** One record as the merge changes our side. */
export interface RecordStep {
  readonly before: RecordValue | null
  readonly after: RecordValue | null
}

/** What the merge of one collection gives. */
export interface MergedCollection {
  readonly files: readonly MergedFile[]
  /** The records that differ from ours, by key. */
  readonly steps: ReadonlyMap<string, RecordStep>
  /** False where records cannot be read: there may be more steps. */
  readonly complete: boolean
  /** Records whose merged value cannot be written. */
  readonly problems: readonly Issue[]
}

/** One collection, and what each side changed of it. Files that both changed are in both maps. */
export interface CollectionChanges {
  readonly id: string
  readonly ours: ReadonlyMap<string, UnitChanges>
  readonly theirs: ReadonlyMap<string, UnitChanges>
}

/** A side with the definitions that the merge has, made when it is needed. */
export type Carrier = (side: 'ours' | 'theirs') => Promise<CommitSnapshot>

/** Merges the records of one collection: files that only one side changed as they are, the others record by record. */
export async function mergeCollection(
  request: MergeRequest,
  merged: CollectionDefinition | undefined,
  carrier: Carrier,
  changes: CollectionChanges,
): Promise<MergedCollection> {
  const plan = planUnits(request, merged, changes)
  const files: MergedFile[] = plan.taken.flatMap(({ changes: all }) =>
    all.map(({ path, theirs }) => ({ path, entry: theirs })),
  )
  const steps = new Map<string, RecordStep>()
  let complete = true

  // Of records that are taken from theirs only the values are wanted: what follows a branch asks for them.
  const read = (units: readonly UnitChanges[], wanted: readonly Side[]): Promise<ReadUnits> =>
    request.reads(JSON.stringify([changes.id, wanted, layoutIn(merged)]), () =>
      readUnits(request, changes.id, units, wanted),
    )
  const noted = await read(plan.noted, ['ours', 'theirs'])
  if (noted.unreadable.length > 0) complete = false
  for (const [key, { ours, theirs }] of noted.records) addStep(steps, key, ours, theirs)

  const rules = rulesFor(request, merged, changes.id)
  const inFiles = rules.mode === 'file'
  const met = inFiles ? noUnits : await read(plan.met, ['base', 'ours', 'theirs'])
  const whole = inFiles ? plan.met : met.unreadable
  for (const unit of whole) {
    complete = false
    files.push(...(await mergeUnitByFiles(request, unit, rules)))
  }
  const values = new Map<string, Planned>()
  const target =
    met.records.size > 0 ? await openCarrier(request, carrier, plan.carrier, changes.id) : undefined
  for (const [key, sides] of met.records) {
    const value = await mergeOne(request, target, key, sides, rules)
    addStep(steps, key, sides.ours, value)
    if (!equalValues(sides[plan.carrier], value))
      values.set(key, { after: value ?? null, old: sides.files[plan.carrier] })
  }
  const written = await writeRecords(target, values)
  for (const { key } of written.problems) {
    if (key !== undefined) steps.delete(key)
  }
  files.push(...written.files)
  return { files, steps, complete, problems: written.problems }
}

interface UnitPlan {
  /** The side whose files go on. */
  readonly carrier: 'ours' | 'theirs'
  /** Whose files are taken as theirs has them. */
  readonly taken: readonly UnitChanges[]
  /** Those of them whose records nobody else changed. */
  readonly noted: readonly UnitChanges[]
  /** To be merged record by record. */
  readonly met: readonly UnitChanges[]
}

function planUnits(
  { ours, theirs }: MergeRequest,
  merged: CollectionDefinition | undefined,
  changes: CollectionChanges,
): UnitPlan {
  const ourLayout = layoutIn(ours.schema.collections.get(changes.id))
  const theirLayout = layoutIn(theirs.schema.collections.get(changes.id))
  const layout = layoutIn(merged) ?? ourLayout
  const ourUnits = [...changes.ours.values()]
  const theirUnits = [...changes.theirs]
  if (layout !== ourLayout && layout === theirLayout) {
    // Our files are laid out in a way that is no more: what they hold is written anew.
    const alone = theirUnits.filter(([id]) => !changes.ours.has(id)).map(([, unit]) => unit)
    const taken = [...changes.theirs.values(), ...ourUnits]
    return { carrier: 'theirs', taken, noted: alone, met: ourUnits }
  }
  const isMoved = theirLayout !== undefined && theirLayout !== layout
  const alone: UnitChanges[] = []
  const met: UnitChanges[] = []
  for (const [id, unit] of theirUnits) {
    const our = changes.ours.get(id)
    // The same record or group may lie in other files on the two sides.
    if (our) met.push({ unit: unit.unit, changes: [...new Set([...our.changes, ...unit.changes])] })
    else (isMoved ? met : alone).push(unit)
  }
  return { carrier: 'ours', taken: alone, noted: alone, met }
}

function layoutIn(definition: CollectionDefinition | undefined): string | undefined {
  return definition && layoutOf(definition)
}

function rulesFor(
  { ours, theirs, options }: MergeRequest,
  merged: CollectionDefinition | undefined,
  id: string,
): MergeRules {
  const definition = merged ?? ours.schema.collections.get(id) ?? theirs.schema.collections.get(id)
  if (!definition) return { mode: 'field', record: {} }
  const { strategies = {} } = options
  return mergeRules(
    definition,
    modeOf(options, id),
    Object.hasOwn(strategies, id) ? (strategies[id] ?? {}) : {},
  )
}

type Side = 'base' | 'ours' | 'theirs'

/** A record on all sides, and its file where it has one of its own. */
interface MetRecord extends RecordSides {
  readonly files: { readonly [Which in Side]?: FileContent | undefined }
}

interface ReadUnits {
  readonly records: ReadonlyMap<string, MetRecord>
  /** Units of which a side cannot be read. */
  readonly unreadable: readonly UnitChanges[]
}

const noUnits: ReadUnits = { records: new Map(), unreadable: [] }

/** The records of some units on some sides. A side that is not asked for counts as ours. */
async function readUnits(
  { source, base, ours, theirs }: MergeRequest,
  id: string,
  units: readonly UnitChanges[],
  wanted: readonly Side[],
): Promise<ReadUnits> {
  if (units.length === 0) return noUnits
  const snapshots = { base: base.snapshot, ours, theirs }
  const read = await Promise.all(
    wanted.map(async (side): Promise<readonly [Side, UnitValues]> => [
      side,
      await valuesIn({ source, snapshot: snapshots[side], side }, id, units),
    ]),
  )
  const unreadable = new Set(read.flatMap(([, { unreadable: bad }]) => [...bad]))
  const doubtful = base.doubtfulRecords.get(id)
  const of = new Map(read)
  const records = new Map<string, MetRecord>()
  for (const unit of units) {
    if (unreadable.has(unit)) continue
    for (const key of new Set(read.flatMap(([, { keys }]) => keys.get(unit) ?? []))) {
      const our = of.get('ours')?.values.get(key)
      const was = doubtful?.has(key) ? doubtful.get(key) : of.get('base')?.values.get(key)
      records.set(key, {
        base: of.has('base') ? was : our,
        ours: our,
        theirs: of.get('theirs')?.values.get(key),
        files: { ours: of.get('ours')?.files.get(key), theirs: of.get('theirs')?.files.get(key) },
      })
    }
  }
  return { records, unreadable: [...unreadable] }
}

async function mergeUnitByFiles(
  request: MergeRequest,
  { unit, changes }: UnitChanges,
  { mode }: MergeRules,
): Promise<readonly MergedFile[]> {
  const place = { collection: unit.collection, ...(unit.key === undefined ? {} : { key: unit.key }) }
  const files: MergedFile[] = []
  for (const change of changes) {
    const { path, base, ours, theirs } = change
    if (sameEntry(base, theirs)) continue
    if (sameEntry(base, ours)) files.push({ path, entry: theirs })
    else {
      const rows = mode === 'file' ? undefined : await mergeKeylessFile(request, unit.collection, change)
      files.push(rows ?? (await mergeWholeFile(request, change, place)))
    }
  }
  return files
}

/** The collection that merged records are written into; undefined when no side can write it. */
async function openCarrier(
  request: MergeRequest,
  carrier: Carrier,
  side: 'ours' | 'theirs',
  id: string,
): Promise<CollectionSnapshot | undefined> {
  for (const snapshot of [await carrier(side), request.ours, request.theirs]) {
    if (snapshot.schema.collections.get(id)?.readable.ok) return snapshot.collection(id)
  }
  return undefined
}

async function mergeOne(
  { base, conflicts }: MergeRequest,
  target: CollectionSnapshot | undefined,
  key: string,
  sides: MetRecord,
  rules: MergeRules,
): Promise<RecordValue | undefined> {
  const merged = mergeRecord(sides, rules)
  if (merged.conflicts.length === 0) return merged.value
  const choices = new Map<string, Choice>()
  const place = {
    ...(target ? { collection: target.definition.id } : {}),
    key,
    file: (sides.files.ours ?? sides.files.theirs)?.path ?? (await target?.pathOf(key)) ?? '',
  }
  const isDoubtful = base.doubtfulRecords.get(target?.definition.id ?? '')?.has(key) === true
  for (const found of merged.conflicts) {
    const conflict = isDoubtful ? { ...found, base: withoutDoubt(found.base) } : found
    const { choice } = conflicts.add(place, conflict)
    if (choice === 'base' && isDoubtful) throw noSingleBase(place)
    if (choice !== undefined) choices.set(conflictPathId(conflict.path), choice)
  }
  return resolveRecord(sides, merged, choices, rules)
}

function noSingleBase({ file, key }: { readonly file: string; readonly key: string }): EspalierError {
  return new EspalierError(
    'merge/bad-choice',
    `The sides began with different versions of "${key}" (${file}): choose one of theirs, or another value.`,
    { data: { file, key } },
  )
}

function addStep(
  steps: Map<string, RecordStep>,
  key: string,
  before: RecordValue | undefined,
  after: RecordValue | undefined,
): void {
  if (!equalValues(before, after)) steps.set(key, { before: before ?? null, after: after ?? null })
}

interface WrittenRecords {
  readonly files: readonly MergedFile[]
  readonly problems: readonly Issue[]
}

/** A record's new value (null: deleted), and the file that holds the old one where that is known. */
interface Planned {
  readonly after: RecordValue | null
  readonly old: FileContent | undefined
}

async function writeRecords(
  target: CollectionSnapshot | undefined,
  values: ReadonlyMap<string, Planned>,
): Promise<WrittenRecords> {
  if (values.size === 0 || !target) return { files: [], problems: [] }
  try {
    return { files: await write(target, values), problems: [] }
  } catch (error) {
    if (!isEspalierError(error)) throw error
  }
  // One of them cannot be written: those that can be are, together.
  const good = new Map<string, Planned>()
  const problems: Issue[] = []
  for (const [key, value] of values) {
    try {
      await write(target, new Map([[key, value]]))
      good.set(key, value)
    } catch (error) {
      if (!isEspalierError(error)) throw error
      problems.push({
        code: 'format/bad-record',
        severity: 'error',
        message: `The merged record cannot be written: ${error.message}`,
        file: value.old?.path ?? (await target.pathOf(key).catch(() => '')),
        collection: target.definition.id,
        key,
      })
    }
  }
  return { files: await write(target, good), problems }
}

async function write(
  target: CollectionSnapshot,
  values: ReadonlyMap<string, Planned>,
): Promise<readonly MergedFile[]> {
  const deleted: string[] = []
  const changes = new Map<string, RecordChange>()
  for (const [key, { after, old }] of values) {
    if (!old || !target.editFile) changes.set(key, { after })
    else if (after === null) deleted.push(old.path)
    else changes.set(key, { after, file: await target.editFile(key, after, old) })
  }
  const made = await target.write(changes)
  return filesOf({ written: made.written, deleted: [...deleted, ...made.deleted] })
}

function filesOf({ written, deleted }: FileWrites): readonly MergedFile[] {
  return [
    ...deleted.map((path) => ({ path, entry: null })),
    ...written.map(({ path, mode, bytes }): MergedFile => {
      const oid = hashObject('blob', bytes)
      return { path, entry: { oid, mode }, object: { oid, type: 'blob', bytes } }
    }),
  ]
}
