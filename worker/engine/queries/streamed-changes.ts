import type { RecordAddress, RecordValue } from '../../../src/protocol/records.ts'
import type { TableChange } from '../../records/row-change.ts'
import { changedRecords } from '../snapshots/changed-records.ts'
import { sameDefinition, type CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { statusOf, type RecordView } from './read-records.ts'
import type { Repository } from '../repository/repository.ts'
import { tableRowMaker } from './table-rows.ts'
import { groupByCollection } from './unsaved-edits.ts'

/** What changes in collections that stay on disk, as rows: live queries follow it instead of reading everything again. */
export interface StreamedChanges {
  /** A live query has just read a collection in passing. */
  begin(collection: string): void
  /** It has a table now. False where none of its live queries read it in passing. */
  end(collection: string): boolean
  /** `records`: all that may be others now; undefined where nobody knows which. `isMove`: the branch is at another commit. */
  note(records: readonly RecordAddress[] | undefined, isMove: boolean): void
}

export interface StreamedChangesParts {
  readonly repository: Pick<Repository, 'trees'>
  /** Read anew each time: a branch moves. */
  readonly view: () => RecordView
  /** The collections of live queries that have no table. */
  readonly followed: () => readonly string[]
  /** Hears how records are now, each as its whole row. */
  readonly tell: (changes: ReadonlyMap<string, readonly TableChange[]>) => void
  /** Nobody can tell what changed in these. */
  readonly drop: (collections: readonly string[]) => void
}

/** Beyond so many records at once a collection is read again. */
const maxFollowed = 10_000

export function createStreamedChanges({
  repository,
  view,
  followed,
  tell,
  drop,
}: StreamedChangesParts): StreamedChanges {
  /** The records with working changes, by collection that is followed. */
  const dirty = new Map<string, Set<string>>()
  /** What is to be told. */
  const pending = new Map<string, Set<string>>()
  /** The commit that was told of last. */
  let standing = view().snapshot
  /** The branch went from there to another one, and nobody said what differs. */
  let hasToCompare = false
  let isRunning = false

  const add = (id: string, keys: Iterable<string>): void => {
    const known = pending.get(id) ?? new Set()
    for (const key of keys) known.add(key)
    if (known.size > 0) pending.set(id, known)
  }
  const forget = (ids: readonly string[]): void => {
    for (const id of ids) {
      pending.delete(id)
      dirty.delete(id)
    }
    if (ids.length > 0) drop(ids)
  }
  const compare = async (to: CommitSnapshot): Promise<void> => {
    hasToCompare = false
    for (const { collection, key } of await changedRecords(repository, standing, to))
      if (dirty.has(collection)) add(collection, [key])
  }
  /** The committed values of what is to be told. */
  const read = async (snapshot: CommitSnapshot): Promise<ReadonlyMap<string, CommittedValues>> => {
    const found = new Map<string, CommittedValues>()
    for (const [id, keys] of pending) {
      const clean = [...keys].filter((key) => !view().changes.get(id, key))
      const committed = await (await snapshot.collection(id)).values(clean)
      found.set(id, new Map(clean.map((key, n) => [key, committed[n]])))
    }
    return found
  }
  const isAnother = (snapshot: CommitSnapshot, id: string): boolean => {
    const [before, after] = [standing, snapshot].map(({ schema }) => schema.collections.get(id))
    return !before || !after || !sameDefinition(before, after)
  }
  /** All that is to be told, as it is now; undefined when something came that has to be read first. */
  const derive = (
    { snapshot, changes }: RecordView,
    values: ReadonlyMap<string, CommittedValues>,
  ): ReadonlyMap<string, readonly TableChange[]> | undefined => {
    const batch = new Map<string, readonly TableChange[]>()
    for (const [id, keys] of pending) {
      const definition = snapshot.schema.collections.get(id)
      const committed = values.get(id)
      if (!definition || !committed) return undefined
      const makeRow = tableRowMaker(definition, snapshot)
      const rows: TableChange[] = []
      for (const key of keys) {
        const change = changes.get(id, key)
        if (!change && !committed.has(key)) return undefined
        const value = change ? change.after : committed.get(key)
        rows.push({ key, row: value ? makeRow(key, value, statusOf(change)) : undefined })
      }
      batch.set(id, rows)
    }
    return batch
  }
  const run = async (): Promise<void> => {
    for (;;) {
      const { snapshot } = view()
      if (hasToCompare) await compare(snapshot)
      forget([...dirty.keys()].filter((id) => isAnother(snapshot, id)))
      forget([...pending].flatMap(([id, { size }]) => (size > maxFollowed ? [id] : [])))
      const values = await read(snapshot)
      const now = view()
      if (now.snapshot !== snapshot || hasToCompare) continue
      const batch = derive(now, values)
      if (!batch) continue
      // From here on nothing waits: what comes later is told by another run.
      pending.clear()
      standing = snapshot
      return tell(batch)
    }
  }
  const start = (): void => {
    if (isRunning) return
    isRunning = true
    run()
      // Whoever reads again meets what is wrong.
      .catch(() => {
        standing = view().snapshot
        hasToCompare = false
        forget([...dirty.keys()])
      })
      .finally(() => {
        isRunning = false
        if (pending.size > 0 || hasToCompare) start()
      })
  }

  return {
    begin: (id) => {
      dirty.set(id, new Set(view().changes.of(id).keys()))
    },
    end: (id) => {
      pending.delete(id)
      return dirty.delete(id)
    },
    note: (records, isMove) => {
      const ids = followed()
      const { snapshot, changes } = view()
      if (ids.length === 0 && !isRunning) {
        standing = snapshot
        dirty.clear()
        return
      }
      const known = records && groupByCollection(records)
      for (const id of ids) {
        const before = dirty.get(id)
        // It is being read, for whoever asked first.
        if (!before) continue
        const own = (known?.get(id) ?? []).map(({ key }) => key)
        add(id, own)
        if (isMove || !known) {
          add(id, before)
          add(id, changes.of(id).keys())
          dirty.set(id, new Set(changes.of(id).keys()))
        } else {
          for (const key of own) {
            if (changes.get(id, key)) before.add(key)
            else before.delete(key)
          }
        }
      }
      if (isMove && !known) hasToCompare = true
      if (pending.size > 0 || hasToCompare) start()
      else standing = snapshot
    },
  }
}

type CommittedValues = ReadonlyMap<string, RecordValue | undefined>
