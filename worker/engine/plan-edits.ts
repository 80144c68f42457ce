import { EspalierError } from '../../src/protocol/errors.ts'
import type { KeyedPatch } from '../../src/protocol/engine.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { checkKey, recordPath } from '../format/record-keys.ts'
import { maxRecordBytes } from '../format/record-text.ts'
import { twinKey } from '../git/path-safety.ts'
import { applyPatch, checkValue } from '../records/row.ts'
import { revisionOf } from '../records/revision.ts'
import { treeMode } from '../git/tree.ts'
import { withAddress, type CollectionSnapshot, type FileContent } from './collection-snapshot.ts'
import type { Edit } from './journal.ts'

/** An edit that is ready for the journal, with the record file's new bytes. */
export interface PlannedEdit {
  readonly edit: Edit
  /** Absent for a delete. */
  readonly file?: FileContent
}

/** What an edit is planned on. */
export interface EditView {
  readonly collection: CollectionSnapshot
  /** Keys of records that are not in the commit yet. */
  newKeys(): Iterable<string>
  /**
   * The record's working state: `value` as reads see it, `base` what an edit must name as its before. Undefined
   * when the record has no working change.
   */
  working(key: string): { readonly value: RecordValue | null; readonly base: RecordValue | null } | undefined
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
  return patches.map(({ key, patch, ifMatch }, index) => {
    const { value, base, file } = current[index] as Current // one per patch
    // A second patch of the same record goes on top of the first.
    const now = patched.get(key) ?? value
    if (now === null) throw missing(view, key)
    checkRevision(view, key, now, ifMatch)
    const after = applyPatch(now, patch)
    const planned = plan(view, key, patched.get(key) ?? base, after, file)
    patched.set(key, after)
    return planned
  })
}

/** Throws `record/exists`, `record/bad-key`, `record/bad-value`. */
export async function planInserts(
  view: EditView,
  rows: readonly { readonly key: string; readonly value: RecordValue }[],
): Promise<readonly PlannedEdit[]> {
  const { id } = view.collection.definition
  rows = rows.map(({ key, value }) => ({ key: checkKey(key), value }))
  const current = await readCurrent(
    view,
    rows.map(({ key }) => key),
  )
  await refuseTwins(
    view,
    rows.map(({ key }) => key),
  )
  const seen = new Set<string>()
  return rows.map(({ key, value }, index) => {
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
    return plan(view, key, base, value, file)
  })
}

/** Two keys that one file system takes for the same would lose one of their files in a checkout. */
async function refuseTwins(
  { collection, newKeys, working }: EditView,
  keys: readonly string[],
): Promise<void> {
  const committed = await collection.keysByTwin()
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

/** Throws `record/missing`, `record/changed`. */
export async function planDeletes(
  view: EditView,
  keys: readonly { readonly key: string; readonly ifMatch?: string }[],
): Promise<readonly PlannedEdit[]> {
  const current = await readCurrent(
    view,
    keys.map(({ key }) => key),
  )
  return keys.map(({ key, ifMatch }, index) => {
    const { value, base } = current[index] as Current // one per key
    if (value === null) throw missing(view, key)
    checkRevision(view, key, value, ifMatch)
    return { edit: { collection: view.collection.definition.id, key, before: base, after: null } }
  })
}

/** The bytes of a record's file after an edit: the old text with only the edited lines changed. */
export function writeFile(
  collection: CollectionSnapshot,
  key: string,
  after: RecordValue,
  old: FileContent | undefined,
): FileContent {
  const { codec, definition } = collection
  try {
    const content = old
      ? { ...old, bytes: codec.edit(old.bytes, after) }
      : { path: recordPath(definition, key), bytes: codec.create(after, definition), mode: treeMode.file }
    if (content.bytes.length > maxRecordBytes) throw tooLarge(content.bytes.length)
    return content
  } catch (error) {
    throw withAddress(error, definition, key)
  }
}

function tooLarge(bytes: number): EspalierError {
  return new EspalierError(
    'record/bad-value',
    `The file would have ${bytes} bytes; at most ${maxRecordBytes} are read. Split the record.`,
  )
}

function plan(
  view: EditView,
  key: string,
  before: RecordValue | null,
  after: RecordValue,
  old: FileContent | undefined,
): PlannedEdit {
  const collection = view.collection.definition.id
  checkValue(after, { collection, key })
  return { edit: { collection, key, before, after }, file: writeFile(view.collection, key, after, old) }
}

async function readCurrent(
  { collection, working }: EditView,
  keys: readonly string[],
): Promise<readonly Current[]> {
  const files = await collection.files(keys)
  const values = await committedValues(collection, keys, files)
  return keys.map((key, index) => {
    const file = files[index]
    const committed = values[index] ?? null
    return { value: committed, base: committed, ...working(key), file }
  })
}

async function committedValues(
  collection: CollectionSnapshot,
  keys: readonly string[],
  files: readonly ({ readonly bytes: Uint8Array } | undefined)[],
): Promise<readonly (RecordValue | undefined)[]> {
  const loaded = collection.loaded()
  if (loaded && loaded.problems.length === 0) return keys.map((key) => loaded.records.get(key))
  const present = files.flatMap((file) => (file ? [file.bytes] : []))
  const parsed = collection.codec.parseMany(present)
  let next = 0
  return files.map((file, index) => {
    if (!file) return undefined
    const value = parsed[next++]
    if (value instanceof EspalierError) throw withAddress(value, collection.definition, keys[index] as string) // same length
    return value
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
