import type { RecordAddress, RecordValue, WorkingChange } from '../../../src/protocol/records.ts'
import { equalValues } from '../../format/record-diff.ts'
import { compareKeys } from '../../records/record-map.ts'
import type { FileContent } from '../snapshots/collection-snapshot.ts'
import type { Edit } from './journal.ts'
import { createTwinKeys } from './twin-keys.ts'

/** One record's working change against the branch's commit. */
export interface Change {
  readonly before: RecordValue | null
  readonly after: RecordValue | null
  /** The record's value in the commit, when it is not `before` any more: the branch moved under the change. */
  readonly conflict?: { readonly theirs: RecordValue | null }
  /** The record file's new content when it was made already; the commit makes them otherwise. */
  readonly file?: FileContent
}

/** The working changes of one branch: what its commit does not hold yet. */
export interface WorkingChanges {
  readonly size: number
  get(collection: string, key: string): Change | undefined
  of(collection: string): ReadonlyMap<string, Change>
  collections(): Iterable<string>
  entries(): Iterable<RecordAddress & Change>
  /** The key of an added record that a file system may take for the same; `twin` is its `twinKey`. */
  addedTwin(collection: string, twin: string): string | undefined
  /** Adds an edit to what is known of its record. `file`: see {@link Change.file}. */
  apply(edit: Edit, file?: FileContent): void
  set(collection: string, key: string, change: Change | undefined): void
  clear(): void
}

const none: ReadonlyMap<string, Change> = new Map()

export function createWorkingChanges(): WorkingChanges {
  const byCollection = new Map<string, Map<string, Change>>()
  const twins = createTwinKeys(function* (collection) {
    for (const [key, change] of byCollection.get(collection) ?? none) if (isAdded(change)) yield key
  })
  let size = 0

  const set = (collection: string, key: string, change: Change | undefined): void => {
    let changes = byCollection.get(collection)
    twins.note(collection, key, isAdded(change))
    if (change === undefined) {
      if (changes?.delete(key)) size--
      if (changes?.size === 0) byCollection.delete(collection)
      return
    }
    if (!changes) byCollection.set(collection, (changes = new Map()))
    if (!changes.has(key)) size++
    changes.set(key, change)
  }

  const get = (collection: string, key: string): Change | undefined => byCollection.get(collection)?.get(key)

  return {
    get size() {
      return size
    },
    get,
    of: (collection) => byCollection.get(collection) ?? none,
    collections: () => byCollection.keys(),
    *entries() {
      for (const [collection, changes] of byCollection) {
        for (const [key, change] of changes) yield { collection, key, ...change }
      }
    },
    apply: ({ collection, key, before: editBefore, after }, file) => {
      const known = get(collection, key)
      // An edit that does not start from our last value decided a conflict: it is a change of their value.
      const continues = known !== undefined && equalValues(known.after ?? undefined, editBefore ?? undefined)
      const before = continues ? known.before : editBefore
      const undone = equalValues(before ?? undefined, after ?? undefined)
      set(collection, key, undone ? undefined : file ? { before, after, file } : { before, after })
    },
    set,
    addedTwin: twins.find,
    clear: () => {
      byCollection.clear()
      twins.clear()
      size = 0
    },
  }
}

/** What a commit that is only read has. */
export const noChanges: Pick<WorkingChanges, 'get' | 'of'> = createWorkingChanges()

function isAdded(change: Change | undefined): boolean {
  return change !== undefined && change.before === null && change.after !== null
}

export function changeKind({ before, after }: Pick<Change, 'before' | 'after'>): WorkingChange['kind'] {
  return before === null ? 'insert' : after === null ? 'delete' : 'update'
}

/** The same changes, to go on with apart. */
export function copyChanges(changes: WorkingChanges): WorkingChanges {
  const copy = createWorkingChanges()
  for (const id of changes.collections())
    for (const [key, change] of changes.of(id)) copy.set(id, key, change)
  return copy
}

/** The changes as apps see them, by collection and key. */
export function describeChanges(changes: WorkingChanges): readonly WorkingChange[] {
  const list: WorkingChange[] = []
  for (const { collection, key, before, after, conflict } of changes.entries()) {
    list.push({
      collection,
      key,
      kind: changeKind({ before, after }),
      ...(before === null ? {} : { before }),
      ...(after === null ? {} : { after }),
      ...(conflict === undefined ? {} : { conflict }),
    })
  }
  return list.sort((a, b) => compareKeys(a.collection, b.collection) || compareKeys(a.key, b.key))
}
