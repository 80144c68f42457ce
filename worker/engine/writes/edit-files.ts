import type { Branch } from '../branches/branch.ts'
import type { FileContent, RecordChange } from '../snapshots/collection-snapshot.ts'
import type { Staged } from './edit-view.ts'
import type { PlannedEdit } from './plan-edits.ts'

type Base = Pick<Branch, 'snapshot' | 'changes'>

/**
 * The edits with the new contents of the files of single records, but for those that a commit can surely make.
 *
 * @throws EspalierError `record/bad-key`, `record/bad-value`, `format/edit-refused`
 */
export async function makeFiles(
  { snapshot }: Pick<Base, 'snapshot'>,
  edits: readonly PlannedEdit[],
): Promise<readonly PlannedEdit[]> {
  const made = new Map<PlannedEdit, FileContent>()
  for (const [id, own] of editsByCollection(edits)) {
    const collection = await snapshot.collection(id)
    if (!collection.makeFiles) continue
    const isOpen = ({ edit, file, isNew, maxBytes = Infinity }: PlannedEdit): boolean =>
      !file && edit.after !== null && !(isNew && collection.writesLater?.(maxBytes))
    const open = own.filter(isOpen)
    if (open.length === 0) continue
    const files = await collection.makeFiles(
      open.map(({ edit: { key, after }, maxBytes }) => ({ key, after, maxBytes })),
    )
    for (const [index, file] of files.entries()) if (file) made.set(open[index] as PlannedEdit, file) // one each
  }
  if (made.size === 0) return edits
  return edits.map((each) => {
    const file = made.get(each)
    return file ? { ...each, file } : each
  })
}

/** Makes the files that records share, with all working changes. Throws what keeps one from being written. */
export async function trySharedFiles(
  { snapshot, changes }: Base,
  edits: readonly PlannedEdit[],
  staged: Staged,
): Promise<void> {
  for (const [id, own] of editsByCollection(edits)) {
    const collection = await snapshot.collection(id)
    if (collection.makeFiles) continue
    const all = new Map<string, RecordChange>(changes.of(id))
    for (const [key, after] of staged.of(id)) all.set(key, { after })
    for (const { edit } of own) all.set(edit.key, edit)
    await collection.write(all)
  }
}

/** Edits by collection, in their order. */
export function editsByCollection(
  edits: readonly PlannedEdit[],
): ReadonlyMap<string, readonly PlannedEdit[]> {
  const first = edits[0]?.edit.collection
  // Most calls write to one.
  if (first !== undefined && edits.every(({ edit }) => edit.collection === first))
    return new Map([[first, edits]])
  const groups = new Map<string, PlannedEdit[]>()
  for (const each of edits) {
    const group = groups.get(each.edit.collection)
    if (group) group.push(each)
    else groups.set(each.edit.collection, [each])
  }
  return groups
}
