import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { equalValues } from '../../format/record-diff.ts'
import { splitKey } from '../../format/record-layout.ts'
import type { Violation } from '../../format/validation/record-rules.ts'
import { checkReferences, type OpenReference } from '../../format/validation/references.ts'
import { editsByCollection } from './edit-files.ts'
import type { PlannedEdit } from './plan-edits.ts'
import { textsOf } from './validate-references.ts'
import type { PendingRecords } from './validate-writes.ts'
import { rulesOf } from './validate-rules.ts'

/** The record before and after all edits of one call. */
interface Step {
  readonly before: RecordValue | null
  readonly after: RecordValue | null
}

/**
 * Refuses edits that break rules of their collection. Only what an edit itself breaks counts: a record that was
 * wrong before stays editable.
 *
 * @throws EspalierError `record/invalid` with all issues of all records.
 */
export async function refuseInvalid(checks: PendingRecords, edits: readonly PlannedEdit[]): Promise<void> {
  const issues: Issue[] = []
  for (const [id, own] of editsByCollection(edits)) {
    const collection = await checks.snapshot.collection(id)
    const { definition } = collection
    const { rules } = await rulesOf(checks.repository, checks.snapshot, definition)
    const isFine = ({ edit: { key, after } }: PlannedEdit): boolean =>
      after === null || rules.check(ownKey(definition, key), after).length === 0
    // Whatever was there before.
    if (definition.columns.every(({ references }) => references === undefined) && own.every(isFine)) continue
    const steps = stepsOf(own)
    const references = await openReferences(checks, definition, steps)
    for (const [key, { before, after }] of steps) {
      if (after === null) continue
      const own = ownKey(definition, key)
      let found = rules.check(own, after)
      if (references.length > 0) {
        const changedOnes = references.filter(
          ({ column }) => !equalValues(fieldOf(before, column), fieldOf(after, column)),
        )
        found = [...found, ...checkReferences(changedOnes, own, after)]
      }
      if (found.length === 0) continue
      const broken = found.filter(({ severity }) => severity === 'error')
      if (broken.length === 0) continue
      const known = new Set(
        before && rules.check(own, before).map((violation) => identity(violation, before)),
      )
      const fresh = broken.filter((violation) => !known.has(identity(violation, after)))
      if (fresh.length === 0) continue
      const file = collection.editFile ? await collection.pathOf(key) : ''
      for (const violation of fresh) issues.push({ ...violation, collection: id, key, file })
    }
  }
  if (issues.length > 0) throw invalid(issues)
}

function ownKey(definition: CollectionDefinition, key: string): string {
  return definition.parent === undefined ? key : splitKey(definition, key).own
}

function stepsOf(edits: readonly PlannedEdit[]): ReadonlyMap<string, Step> {
  const steps = new Map<string, Step>()
  for (const { edit } of edits) {
    // Several edits of one record are one step: what is in between is never seen.
    const first = steps.get(edit.key)
    steps.set(edit.key, first ? { before: first.before, after: edit.after } : edit)
  }
  return steps
}

/** Below this many keys it is cheaper to look each of them up than to read their collection. */
const fewKeys = 20

/** The references of a collection, with the keys that these records name looked up. */
async function openReferences(
  { snapshot, changed }: PendingRecords,
  definition: CollectionDefinition,
  steps: ReadonlyMap<string, Step>,
): Promise<readonly OpenReference[]> {
  const open: OpenReference[] = []
  for (const column of definition.columns) {
    const { name, references: target } = column
    if (target === undefined || !snapshot.schema.collections.get(target)?.readable.ok) continue
    const wanted = new Set<string>()
    for (const [key, { before, after }] of steps) {
      if (after === null || equalValues(fieldOf(before, name), fieldOf(after, name))) continue
      for (const text of textsOf({ definition, column }, key, after)) wanted.add(text)
    }
    const keys = new Set<string>()
    const collection = await snapshot.collection(target)
    const large = wanted.size > fewKeys ? await collection.largeKeys() : undefined
    const listed = large && new Set(large)
    if (wanted.size > fewKeys && !listed && !collection.loaded()) await collection.load()
    for (const text of wanted) {
      const now = changed(target, text)
      if (now === null) continue
      if (now !== undefined || (listed ? listed.has(text) : await isThere(collection.get(text))))
        keys.add(text)
    }
    open.push({ column: name, target, keys })
  }
  return open
}

/** A record whose file cannot be read is there all the same. */
async function isThere(reading: Promise<unknown>): Promise<boolean> {
  try {
    return (await reading) !== undefined
  } catch (error) {
    if (error instanceof EspalierError) return error.code === 'format/bad-record'
    throw error
  }
}

/** What makes two violations the same fault, wherever it moved inside its field. */
function identity({ code, path, message }: Violation, record: RecordValue): string {
  let value: Json | undefined = record
  for (const name of path) {
    const holder = value as { readonly [name: string | number]: Json } | null | undefined
    value =
      typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name) ? holder[name] : undefined
  }
  return JSON.stringify(path.length === 0 ? [code, message] : [code, path[0], value])
}

function fieldOf(record: RecordValue | null, name: string): Json | undefined {
  return record !== null && Object.hasOwn(record, name) ? record[name] : undefined
}

const shownIssues = 3

function invalid(issues: readonly Issue[]): EspalierError {
  const shown = issues
    .slice(0, shownIssues)
    .map(({ collection, key, message }) => `${collection}/${key}: ${message}`)
  const more = issues.length > shownIssues ? ` (${issues.length - shownIssues} more in data.issues)` : ''
  return new EspalierError('record/invalid', `Nothing was written. ${shown.join(' ')}${more}`, {
    data: { issues },
  })
}
