import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { Choice } from '../../../../src/protocol/merge.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { conflictPathId } from '../../../merge/conflict-path.ts'
import { asRead, shownConflict } from '../../../merge/marked-numbers.ts'
import { mergeRecord } from '../../../merge/merge-record.ts'
import { mergeRules, type MergeRules } from '../../../merge/merge-rules.ts'
import { resolveRecord } from '../../../merge/resolve-record.ts'
import type { CollectionSnapshot } from '../../snapshots/collection-snapshot.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { mergeKeylessFile, mergeWholeFile, type MergedFile } from './merge-files.ts'
import { sameEntry } from './merge-paths.ts'
import { modeOf, strategiesOf, type MergeRequest } from './merge-request.ts'
import type { UnitChanges } from './merge-units.ts'
import {
  findRenames,
  isFollowing,
  renamedRecords,
  type FoundRenames,
  type UnitReader,
} from '../diff/find-renames.ts'
import { followMoves, type MovedKeys, type OtherRecords } from '../diff/follow-moves.ts'
import { layoutIn, meetAll, planUnits, type CollectionChanges } from './plan-units.ts'
import { noUnits, readUnits, type MetRecord } from './read-units.ts'
import { withoutDoubt } from './doubtful-values.ts'
import { fileInPlace, isStyled, orderIn, writeInPlace } from './write-in-place.ts'
import { writeRecords, type Planned } from './write-merged.ts'

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

/** A side with the definitions that the merge has, made when it is needed. */
export type Carrier = (side: 'ours' | 'theirs') => Promise<CommitSnapshot>

/** Merges the records of one collection: files that only one side changed as they are, the others record by record. */
export async function mergeCollection(
  request: MergeRequest,
  merged: CollectionDefinition | undefined,
  carrier: Carrier,
  changes: CollectionChanges,
): Promise<MergedCollection> {
  // Of records that are taken from theirs only the values are wanted: what follows a branch asks for them.
  const read: UnitReader = (units, wanted, which) =>
    request.reads(JSON.stringify([changes.id, which, layoutIn(merged), merged?.columns]), () =>
      readUnits(request, changes.id, units, wanted, merged),
    )
  const renames = await findRenames(request, changes, read)
  const plan =
    renames.ours.size + renames.theirs.size > 0 ? meetAll(changes) : planUnits(request, merged, changes)
  const files: MergedFile[] = plan.taken.flatMap(({ changes: all }) =>
    all.map(({ path, theirs }) => ({ path, entry: theirs })),
  )
  const steps = new Map<string, RecordStep>()
  let complete = true

  const noted = await read(plan.noted, ['ours', 'theirs'], 'noted')
  if (noted.unreadable.length > 0) complete = false
  for (const [key, { ours, theirs }] of noted.records) addStep(steps, key, ours, theirs)

  const rules = rulesFor(request, merged, changes.id)
  const inFiles = rules.mode === 'file'
  const met = inFiles ? noUnits : await read(plan.met, ['base', 'ours', 'theirs'], 'met')
  const whole = inFiles ? plan.met : met.unreadable
  for (const unit of whole) {
    complete = false
    files.push(...(await mergeUnitByFiles(request, unit, rules)))
  }
  const target =
    met.records.size + (inFiles ? 0 : changes.gone.size) > 0
      ? await openCarrier(request, carrier, plan.carrier, changes.id)
      : undefined
  const units = new Map<UnitChanges, MergedUnit>()
  const records = renamedRecords(met.records, renames)
  const followed =
    target && isFollowing(request, changes.id)
      ? await followMoves(
          target.definition,
          records,
          otherRecords(changes, read, renames, noted.records),
          (keys, file) => askForKey(request, changes.id, keys, file),
        )
      : records
  for (const [key, sides] of followed) {
    const value = sides.movedAway ? undefined : await mergeOne(request, target, key, sides, rules)
    steps.delete(key)
    addStep(steps, key, sides.held.ours, value)
    // What was taken from theirs as it is.
    if (!value && sides.held.theirs && !records.has(key))
      files.push(...sides.unit.changes.map(({ path, ours }) => ({ path, entry: ours })))
    const all = units.get(sides.unit) ?? { records: new Map(), planned: new Map() }
    units.set(sides.unit, all)
    if (value) all.records.set(key, value)
    if (!equalValues(sides.held[plan.carrier], value))
      all.planned.set(key, {
        after: value ?? null,
        old: sides.files[plan.carrier] ?? (records.has(key) ? undefined : sides.files.theirs),
      })
  }
  const problems: Issue[] = []
  const left: (readonly [string, Planned])[] = []
  for (const [unit, { records, planned }] of units) {
    const change = fileInPlace(request, merged, unit)
    const first = change && merged ? await orderIn(request, merged, unit) : 'ours'
    const written =
      target &&
      change &&
      (first === 'theirs' || isStyled(target.definition)) &&
      (await writeInPlace(request, target.definition, unit, change, records, first))
    // What follows the branch knows its rows in another order.
    if (first === 'theirs') complete = false
    if (!written) {
      left.push(...planned)
      continue
    }
    files.push(written.file)
    problems.push(...written.problems)
    if (!written.whole) continue
    complete = false
    for (const key of planned.keys()) steps.delete(key)
  }
  const written = await writeRecords(target, new Map(left))
  for (const { key } of written.problems) if (key !== undefined) steps.delete(key)
  return {
    files: [...files, ...written.files],
    steps,
    complete,
    problems: [...problems, ...written.problems],
  }
}

/** The records of a collection that is taken as it is on one side; its files are settled. */
export async function takeCollection(
  request: MergeRequest,
  { id, ours, theirs }: CollectionChanges,
  side: 'ours' | 'theirs',
): Promise<MergedCollection> {
  const units = [...new Map([...ours, ...theirs]).values()]
  const { records, unreadable } = await readUnits(request, id, units, ['ours', 'theirs'])
  const steps = new Map<string, RecordStep>()
  for (const [key, { held, [side]: value }] of records) addStep(steps, key, held.ours, value)
  return { files: [], steps, complete: unreadable.length === 0, problems: [] }
}

/** What is not known of a collection before it is wanted. */
function otherRecords(
  { ours, theirs, gone }: CollectionChanges,
  read: UnitReader,
  renames: FoundRenames,
  noted: ReadonlyMap<string, MetRecord>,
): OtherRecords {
  const none = new Map<string, MetRecord>()
  // Where columns were renamed all that changed is known.
  if (renames.ours.size + renames.theirs.size > 0)
    return { ours: async () => none, theirs: async () => none, gone: async () => none }
  const adds = (units: CollectionChanges['ours'], side: 'ours' | 'theirs'): boolean =>
    [...units.values()].some(
      ({ unit, changes }) =>
        unit.key === undefined || changes.some(({ base, [side]: now }) => base === null && now !== null),
    )
  return {
    ours: async () => {
      const alone = [...ours].flatMap(([id, unit]) => (!theirs.has(id) && mayMove(unit) ? [unit] : []))
      const { records } = await read(alone, ['base', 'ours'], 'ours alone')
      return new Map([...records].map(([key, record]) => [key, { ...record, theirs: record.base }]))
    },
    theirs: async () => noted,
    gone: async () => {
      const both = [...gone].flatMap(([id, unit]) =>
        unit.unit.key === undefined || ours.has(id) || theirs.has(id) ? [] : [unit],
      )
      if (both.length === 0 || !(adds(ours, 'ours') || adds(theirs, 'theirs'))) return none
      return (await read(both, ['base'], 'gone')).records
    },
  }
}

/** Whether our side added or removed a record, as far as its files tell. */
function mayMove({ unit, changes }: UnitChanges): boolean {
  return unit.key === undefined || changes.some(({ base, ours }) => base === null || ours === null)
}

/** Which of two keys a record is to have that each side gave another one, or one did and the other deleted it. */
function askForKey(
  { conflicts }: MergeRequest,
  collection: string,
  keys: MovedKeys,
  file: string,
): Choice | undefined {
  return conflicts.add(
    { collection, key: keys.base, file },
    { ...keys, path: [], kind: 'move', blocking: true },
  ).choice
}

/** The merged records of a unit, and those that must be written for it. */
interface MergedUnit {
  readonly records: Map<string, RecordValue>
  readonly planned: Map<string, Planned>
}

function rulesFor(
  { ours, theirs, options }: MergeRequest,
  merged: CollectionDefinition | undefined,
  id: string,
): MergeRules {
  const definition = merged ?? ours.schema.collections.get(id) ?? theirs.schema.collections.get(id)
  if (!definition) return { mode: 'field', record: {} }
  return mergeRules(definition, modeOf(options, id), strategiesOf(options, id))
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
    key: sides.askedAs ?? key,
    file: (sides.files.ours ?? sides.files.theirs)?.path ?? (await target?.pathOf(key)) ?? '',
  }
  const isDoubtful = base.doubtfulRecords.get(target?.definition.id ?? '')?.has(key) === true
  for (const found of merged.conflicts) {
    const shown = shownConflict(found)
    const conflict = isDoubtful ? { ...shown, base: withoutDoubt(shown.base) } : shown
    const { choice } = conflicts.add(place, conflict)
    if (choice === 'base' && isDoubtful) throw noSingleBase(place)
    if (choice !== undefined) choices.set(conflictPathId(found.path), choice)
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
  exactBefore: RecordValue | undefined,
  exactAfter: RecordValue | undefined,
): void {
  const [before, after] = [asRead(exactBefore), asRead(exactAfter)]
  if (!equalValues(before, after)) steps.set(key, { before: before ?? null, after: after ?? null })
}
