import { EspalierError } from '../../src/protocol/errors.ts'
import type { KeyedPatch } from '../../src/protocol/engine.ts'
import type { RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import { checkNewKey, parentKey } from '../format/record-layout.ts'
import { twinKey } from '../git/path-safety.ts'
import type { FormulaLanguage } from '../format/plugins.ts'
import { applyPatch, checkRecord } from '../records/row.ts'
import { revisionOf } from '../records/revision.ts'
import type { CollectionSnapshot, CommittedRecord, FileContent } from './collection-snapshot.ts'
import { storedPatch } from './computed-fields.ts'
import type { Edit } from './journal.ts'

/** An edit that is ready for the journal, with the record file's new bytes. */
export interface PlannedEdit {
  readonly edit: Edit
  /** Absent for a delete. */
  readonly file?: FileContent
}

/** What an edit is planned on. */
export interface EditView {
  /** What runs formulas, when something does. */
  readonly formulas: FormulaLanguage | undefined
  readonly collection: CollectionSnapshot
  /** Keys of records that are not in the commit yet. */
  newKeys(): Iterable<string>
  /**
   * The record's working state: `value` as reads see it, `base` what an edit must name as its before. Undefined
   * when the record has no working change.
   */
  working(key: string): { readonly value: RecordValue | null; readonly base: RecordValue | null } | undefined
  /** Whether a collection has a record now. */
  hasRecord(collection: string, key: string): Promise<boolean>
  /** A record of a subcollection that lies below a record of this collection now. */
  childOf(key: string): Promise<RecordAddress | undefined>
}

interface Current {
  readonly value: RecordValue | null
  readonly base: RecordValue | null
  /** The record file in the commit. */
  readonly file: FileContent | undefined
}

/** Throws `record/missing`, `record/changed`, `record/bad-value`, `format/bad-record`, `format/edit-refused`. */
export async function planUpdates(
  view: EditView,
  patches: readonly KeyedPatch[],
): Promise<readonly PlannedEdit[]> {
  const current = await readCurrent(
    view,
    patches.map(({ key }) => key),
  )
  const patched = new Map<string, RecordValue>()
  const edits: PlannedEdit[] = []
  for (const [index, { key, patch, ifMatch }] of patches.entries()) {
    const { value, base, file } = current[index] as Current // one per patch
    // A second patch of the same record goes on top of the first.
    const now = patched.get(key) ?? value
    if (now === null) throw missing(view, key)
    checkRevision(view, key, now, ifMatch)
    const after = applyPatch(
      now,
      storedPatch({ definition: view.collection.definition, formulas: view.formulas }, key, patch, now),
    )
    edits.push(await plan(view, key, patched.get(key) ?? base, after, file))
    patched.set(key, after)
  }
  return edits
}

/** Throws `record/exists`, `record/bad-key`, `record/bad-value`. */
export async function planInserts(
  view: EditView,
  rows: readonly { readonly key: string; readonly value: RecordValue }[],
): Promise<readonly PlannedEdit[]> {
  const { definition } = view.collection
  const { id } = definition
  rows = rows.map(({ key, value }) => ({
    key: checkNewKey(definition, key),
    value: storedPatch({ definition, formulas: view.formulas }, key, value, {}),
  }))
  const current = await readCurrent(
    view,
    rows.map(({ key }) => key),
  )
  await refuseTwins(
    view,
    rows.map(({ key }) => key),
  )
  await refuseOrphans(view, rows)
  const seen = new Set<string>()
  const edits: PlannedEdit[] = []
  for (const [index, { key, value }] of rows.entries()) {
    const { value: present, base, file } = current[index] as Current // one per row
    if (present !== null || seen.has(key)) {
      throw new EspalierError(
        'record/exists',
        `${id} has a record "${key}" already. Update it, or choose another key.`,
        {
          data: { collection: id, key },
        },
      )
    }
    seen.add(key)
    edits.push(await plan(view, key, base, value, file))
  }
  return edits
}

/** A record of a subcollection needs its parent. */
async function refuseOrphans(
  { collection: { definition }, hasRecord }: EditView,
  rows: readonly { readonly key: string }[],
): Promise<void> {
  const { id, parent } = definition
  if (parent === undefined) return
  const known = new Set<string>()
  for (const { key } of rows) {
    const parentId = parentKey(definition, key) as string // of a subcollection
    if (known.has(parentId)) continue
    if (!(await hasRecord(parent, parentId))) {
      throw new EspalierError(
        'record/missing',
        `${parent} has no record "${parentId}", so ${id} cannot hold "${key}". Insert the parent first.`,
        { data: { collection: parent, key: parentId, child: { collection: id, key } } },
      )
    }
    known.add(parentId)
  }
}

/** Two keys that one file system takes for the same would lose one of their files in a checkout. */
async function refuseTwins(
  { collection, newKeys, working }: EditView,
  keys: readonly string[],
): Promise<void> {
  const committed = await collection.keysByTwin?.()
  if (!committed) return
  const added = new Map<string, string>()
  for (const key of newKeys()) added.set(twinKey(key), key)
  for (const key of keys) {
    const twin = twinKey(key)
    const other = added.get(twin) ?? committed.get(twin)
    const isGone = other !== undefined && working(other)?.value === null
    if (other !== undefined && other !== key && !isGone) {
      throw new EspalierError(
        'record/bad-key',
        `The key "${key}" differs from "${other}" only in case or composition, which many file systems cannot tell apart. Choose another key.`,
        { data: { collection: collection.definition.id, key, other } },
      )
    }
    added.set(twin, key)
  }
}

/** Throws `record/missing`, `record/changed`, `record/referenced` when records lie below one. */
export async function planDeletes(
  view: EditView,
  keys: readonly { readonly key: string; readonly ifMatch?: string }[],
): Promise<readonly PlannedEdit[]> {
  const current = await readCurrent(
    view,
    keys.map(({ key }) => key),
  )
  const edits: PlannedEdit[] = []
  for (const [index, { key, ifMatch }] of keys.entries()) {
    const { value, base } = current[index] as Current // one per key
    if (value === null) throw missing(view, key)
    checkRevision(view, key, value, ifMatch)
    const child = await view.childOf(key)
    if (child) throw hasChildren(view, key, child)
    edits.push({ edit: { collection: view.collection.definition.id, key, before: base, after: null } })
  }
  return edits
}

function hasChildren(view: EditView, key: string, child: RecordAddress): EspalierError {
  const { id } = view.collection.definition
  return new EspalierError(
    'record/referenced',
    `${id}/${key} has records below it (${child.collection}/${child.key}). Delete them first.`,
    { data: { collection: id, key, child: { ...child } } },
  )
}

async function plan(
  view: EditView,
  key: string,
  before: RecordValue | null,
  after: RecordValue,
  old: FileContent | undefined,
): Promise<PlannedEdit> {
  const { definition, editFile } = view.collection
  checkRecord(after, definition.id, key)
  const edit = { collection: definition.id, key, before, after }
  return editFile ? { edit, file: await editFile(key, after, old) } : { edit }
}

async function readCurrent(
  { collection, working }: EditView,
  keys: readonly string[],
): Promise<readonly Current[]> {
  const committed = await collection.current(keys)
  return keys.map((key, index) => {
    const { value = null, file } = committed[index] as CommittedRecord // one per key
    return { value, base: value, ...working(key), file }
  })
}

function checkRevision(view: EditView, key: string, value: RecordValue, ifMatch: string | undefined): void {
  if (ifMatch === undefined || revisionOf(value) === ifMatch) return
  const collection = view.collection.definition.id
  throw new EspalierError(
    'record/changed',
    `${collection}/${key} changed since it was read. Read it again and repeat the edit.`,
    {
      data: { collection, key, expected: ifMatch, actual: revisionOf(value), current: value },
    },
  )
}

function missing(view: EditView, key: string): EspalierError {
  const collection = view.collection.definition.id
  return new EspalierError(
    'record/missing',
    `${collection} has no record "${key}". Insert it, or check the key.`,
    {
      data: { collection, key },
    },
  )
}
