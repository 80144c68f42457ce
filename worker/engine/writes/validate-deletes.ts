import { EspalierError } from '../../../src/protocol/errors.ts'
import type { KeyedPatch } from '../../../src/protocol/writes.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { OnReferences } from '../../../src/protocol/validation.ts'
import { asParent, splitKey } from '../../format/record-layout.ts'
import { planDeletes } from './plan-deletes.ts'
import type { PlannedEdit } from './plan-edits.ts'
import { planUpdates } from './plan-updates.ts'
import { columnsThatReferTo, referenceIndex, textsOf, type ReferringColumn } from './validate-references.ts'
import type { GrowingRecords, RecordsBefore } from './validate-writes.ts'

/** Keys by collection. */
export type Keys = ReadonlyMap<string, ReadonlySet<string>>
/** A record that refers to deleted ones, and by which columns; by none when it only lies below one. */
interface Referrer {
  readonly definition: CollectionDefinition
  readonly columns: Map<string, Set<ReferringColumn>>
}

/**
 * Does with records that refer to deleted ones what the call asks for: refuses the delete, deletes them too, or
 * takes the reference out of them. Gives all edits of the call.
 *
 * @throws EspalierError `record/referenced` with an issue for each reference that stands in the way.
 */
export async function settleDeletes(
  before: RecordsBefore,
  pending: GrowingRecords,
  edits: readonly PlannedEdit[],
  references: OnReferences,
): Promise<readonly PlannedEdit[]> {
  if (!edits.some(({ edit }) => edit.after === null)) return edits
  let gone = deletedBy(edits)
  const all = [...edits]
  while (gone.size > 0) {
    const referring = await findReferrers(pending, gone, references === 'cascade')
    if (referring.size === 0) break
    if (references === 'restrict') throw await referenced(pending, referring, () => true)
    const more: PlannedEdit[] = []
    for (const [id, { columns }] of referring) {
      const view = await before.view(id)
      more.push(
        ...(references === 'cascade'
          ? await planDeletes(
              view,
              Array.from(columns.keys(), (key) => ({ key })),
            )
          : await planUpdates(view, await clearingPatches(pending, id, referring, gone))),
      )
    }
    pending.add(more)
    all.push(...more)
    gone = deletedBy(more)
  }
  return all
}

function deletedBy(edits: readonly PlannedEdit[]): Keys {
  const gone = new Map<string, Set<string>>()
  for (const { edit } of edits) {
    if (edit.after !== null) continue
    const keys = gone.get(edit.collection)
    if (keys) keys.add(edit.key)
    else gone.set(edit.collection, new Set([edit.key]))
  }
  return gone
}

async function findReferrers(
  pending: GrowingRecords,
  gone: Keys,
  withChildren: boolean,
): Promise<ReadonlyMap<string, Referrer>> {
  const { schema } = pending.snapshot
  const found = new Map<string, Referrer>()
  const add = (definition: CollectionDefinition, key: string, column?: ReferringColumn): void => {
    let referrer = found.get(definition.id)
    if (!referrer) found.set(definition.id, (referrer = { definition, columns: new Map() }))
    const columns = referrer.columns.get(key) ?? new Set()
    referrer.columns.set(key, columns)
    if (column) columns.add(column)
  }
  for (const [target, keys] of gone) {
    for (const column of columnsThatReferTo(schema, target)) {
      for (const key of await referrersOf(pending, column, keys)) add(column.definition, key, column)
    }
    if (!withChildren) continue
    for (const child of schema.collections.values()) {
      if (child.parent !== target || !child.readable.ok) continue
      for (const key of await childrenOf(pending, child, keys)) add(child, key)
    }
  }
  return found
}

async function referrersOf(
  pending: GrowingRecords,
  column: ReferringColumn,
  texts: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { id } = column.definition
  const index = await referenceIndex(await pending.snapshot.collection(id), column)
  const keys = new Set<string>()
  for (const text of texts) {
    for (const key of index.get(text) ?? []) if (pending.changed(id, key) === undefined) keys.add(key)
  }
  for (const [key, value] of pending.changes(id)) {
    if (value === null) continue
    for (const text of textsOf(column, key, value)) if (texts.has(text)) keys.add(key)
  }
  return keys
}

/** The records of a subcollection that lie below deleted ones. */
async function childrenOf(
  pending: GrowingRecords,
  child: CollectionDefinition,
  parents: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const parent = pending.snapshot.schema.collections.get(child.parent ?? '')
  const keys = new Set<string>()
  if (!parent) return keys
  const prefixes = new Set(Array.from(parents, (key) => asParent(parent, key)))
  const collection = await pending.snapshot.collection(child.id)
  for (const prefix of prefixes) {
    const { records } = await collection.load(prefix)
    for (const [key] of records.entries()) if (pending.changed(child.id, key) !== null) keys.add(key)
  }
  for (const [key, value] of pending.changes(child.id)) {
    if (value !== null && prefixes.has(splitKey(child, key).parent)) keys.add(key)
  }
  return keys
}

/** Patches that take references to deleted records out of the records of a collection. */
async function clearingPatches(
  pending: GrowingRecords,
  id: string,
  all: ReadonlyMap<string, Referrer>,
  gone: Keys,
): Promise<readonly KeyedPatch[]> {
  // A reference that must be there cannot be taken out.
  const isKept = ({ column }: ReferringColumn): boolean => column.required || column.name === '$ID'
  const { columns } = all.get(id) as Referrer // the caller goes through them
  if ([...columns.values()].some((each) => [...each].some(isKept)))
    throw await referenced(pending, all, isKept)
  const { clearReferences } = await pending.repository.codecs.plugins.extras.load()
  return clearReferences(pending, id, columns, gone)
}

const shownReferrers = 3

async function referenced(
  { snapshot }: GrowingRecords,
  referring: ReadonlyMap<string, Referrer>,
  stands: (column: ReferringColumn) => boolean,
): Promise<EspalierError> {
  const issues: Issue[] = []
  for (const [id, { columns }] of referring) {
    const collection = await snapshot.collection(id)
    for (const [key, each] of columns) {
      for (const referrer of each) {
        const { name, references = '' } = referrer.column
        if (!stands(referrer)) continue
        issues.push({
          code: 'validation/referenced',
          severity: 'error',
          message: `${id}/${key} refers to a deleted record of ${references} by "${name}".`,
          file: await collection.pathOf(key),
          collection: id,
          key,
          path: [name],
          expected: references,
        })
      }
    }
  }
  const shown = issues.slice(0, shownReferrers).map(({ message }) => message)
  const more =
    issues.length > shownReferrers ? ` (${issues.length - shownReferrers} more in data.issues)` : ''
  return new EspalierError(
    'record/referenced',
    `Nothing was deleted. ${shown.join(' ')}${more} Update them first, or delete with references: 'cascade' or 'set-null'.`,
    { data: { issues } },
  )
}
