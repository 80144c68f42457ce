import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { asParent } from '../../format/record-layout.ts'
import type { Branch } from '../branches/branch.ts'
import type { Edit } from '../branches/journal.ts'
import type { EditView } from './plan-edits.ts'
import { createTwinKeys } from '../branches/twin-keys.ts'
import type { RecordsBefore } from './validate-writes.ts'

/** Edits that were planned a moment ago and are not in the journal yet. */
export interface Staged {
  readonly isEmpty: boolean
  of(collection: string): ReadonlyMap<string, RecordValue | null>
  add(edit: Edit): void
  /** The key of a record among them that a file system may take for the same; see `twinKey`. */
  twin(collection: string, twin: string): string | undefined
  /** A copy that grows on its own. */
  fork(): Staged
}

const noEdits: ReadonlyMap<string, RecordValue | null> = new Map()

export function createStaged(
  known: Iterable<readonly [string, ReadonlyMap<string, RecordValue | null>]> = [],
): Staged {
  const staged = new Map<string, Map<string, RecordValue | null>>()
  for (const [id, records] of known) staged.set(id, new Map(records))
  const twins = createTwinKeys(function* (id) {
    for (const [key, after] of staged.get(id) ?? noEdits) if (after !== null) yield key
  })
  return {
    get isEmpty() {
      return staged.size === 0
    },
    of: (collection) => staged.get(collection) ?? noEdits,
    add: ({ collection, key, after }) => {
      twins.note(collection, key, after !== null)
      const records = staged.get(collection)
      if (records) records.set(key, after)
      else staged.set(collection, new Map([[key, after]]))
    },
    twin: twins.find,
    fork: () => createStaged(staged),
  }
}

/** The records that differ from the commit's. */
export function differences(
  { changes }: Pick<Branch, 'changes'>,
  staged: Staged,
): Pick<RecordsBefore, 'changes' | 'changed'> {
  return {
    *changes(id) {
      for (const [key, { after }] of changes.of(id)) if (!staged.of(id).has(key)) yield [key, after]
      yield* staged.of(id)
    },
    changed: (id, key) => {
      const now = staged.of(id).get(key)
      return now === undefined ? changes.get(id, key)?.after : now
    },
  }
}

/** What edits of a collection are planned on. `alone`: whoever plans deletes the records of subcollections as well. */
export async function createEditView(
  branch: Pick<Branch, 'snapshot' | 'changes'>,
  id: string,
  staged: Staged,
  alone: boolean,
): Promise<EditView> {
  const { snapshot, changes } = branch
  if (snapshot.schema.inferred) throw isInferred(id)
  const collection = await snapshot.collection(id)
  const children = [...snapshot.schema.collections.values()].filter(({ parent }) => parent === id)
  const { changed, changes: changesOf } = differences(branch, staged)
  const childrenNow = children.map(({ id }) => {
    let byParent: Map<string, string> | undefined
    /** A changed record that is there now, by its parent. */
    return (): ReadonlyMap<string, string> => {
      if (byParent) return byParent
      byParent = new Map()
      for (const key of [...changes.of(id).keys(), ...staged.of(id).keys()])
        if (changed(id, key)) byParent.set(key.slice(0, key.lastIndexOf('/')), key)
      return byParent
    }
  })
  return {
    collection,
    formulas: branch.snapshot.formulas,
    records: async (parent) => {
      const { records } = await collection.load(parent)
      const own = new Map<string, RecordValue | null>()
      for (const [key, value] of changesOf(id))
        if (parent === undefined || key.startsWith(`${parent}/`)) own.set(key, value)
      return (own.size > 0 ? records.with(own) : records).entries()
    },
    newTwin: (twin) => staged.twin(id, twin) ?? changes.addedTwin(id, twin),
    working: (key) => {
      const now = staged.of(id).get(key)
      if (now !== undefined) return { value: now, base: now }
      const change = changes.get(id, key)
      if (!change) return undefined
      return { value: change.after, base: change.conflict ? change.conflict.theirs : change.after }
    },
    hasRecord: async (other, key) => {
      const now = changed(other, key)
      return now === undefined
        ? (await (await snapshot.collection(other)).get(key)) !== undefined
        : now !== null
    },
    childOf: async (key) => {
      if (alone) return undefined
      const parent = asParent(collection.definition, key)
      for (const [index, child] of children.entries()) {
        // Records that this version cannot read are nothing that it could keep together.
        if (!child.readable.ok) continue
        const present = childrenNow[index]?.().get(parent)
        if (present !== undefined) return { collection: child.id, key: present }
        const { records } = await (await snapshot.collection(child.id)).load(parent)
        for (const [own] of records.entries())
          if (changed(child.id, own) !== null) return { collection: child.id, key: own }
      }
      return undefined
    },
  }
}

function isInferred(collection: string): EspalierError {
  return new EspalierError(
    'format/read-only',
    `${collection} was inferred from files without a definition, so it is only read. Commit a definition first.`,
    { data: { collection } },
  )
}
