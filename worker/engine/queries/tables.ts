import type { RecordAddress } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { RecordMap } from '../../records/record-map.ts'
import type { RowChange, Table, TableChange } from '../../records/table.ts'
import type { BranchObserver } from '../branches/branch.ts'
import { changedRecords } from '../snapshots/changed-records.ts'
import { makeTable, type LentTable } from './lent-tables.ts'
import type { StreamedChanges } from './streamed-changes.ts'
import { sameDefinition, type CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import { statusOf, type RecordView } from './read-records.ts'
import type { Repository } from '../repository/repository.ts'
import { tableRowMaker, type TableRowMaker } from './table-rows.ts'
import { createUnsavedEdits, groupByCollection, type TableBatch } from './unsaved-edits.ts'

/**
 * The collections of one branch (or commit) as tables in memory: each is made when it is first asked for, and
 * follows the branch by what changed, never by reading everything again.
 */
export interface Tables {
  /**
   * A table that shows what the branch holds now. Use it before anything else is awaited.
   * Throws `record/collection-missing`, `format/not-readable-yet`, `git/object-missing`.
   */
  of(collection: string): Promise<Table>
  /** The table if it is there and in step with the branch, edits that are not durable yet among its rows. */
  current(collection: string): Table | undefined
  /** Whether a collection has more records than may be in memory: its queries read it in passing (`streamTable`). */
  isLarge(collection: string): Promise<boolean>
  /**
   * Keeps a table in memory until the returned function is called. Of a collection without one, whose records were
   * read in passing just now, the listener hears what changes.
   */
  retain(collection: string): () => void
  /** Whether a table shows edits that are not durable yet. */
  hasUnsaved(collection: string): boolean
  /** Runs a read that must not see what is not durable yet; live queries do. */
  withoutUnsaved<T>(read: () => T): T
  /** Hears of every change of the tables; there is one. */
  listen(listener: TablesListener): void
  /** Ends the timer; the tables go. */
  close(): void
}

export interface TablesListener {
  /** Whether anybody wants to see edits before they are durable. */
  wantsUnsaved(): boolean
  changed(batch: TableBatch): void
  /** How records of collections without a table are now. */
  passed(rows: ReadonlyMap<string, readonly TableChange[]>): void
  /** These tables are gone: their collections are other ones now, or cannot be read. */
  dropped(collections: readonly string[]): void
}

export interface TablesParts {
  readonly repository: Pick<Repository, 'trees' | 'platform' | 'codecs'>
  /** Read anew each time: a branch moves. */
  readonly view: () => RecordView
  /** Tables of other branches and commits of the database: rows of the same values are shared with them. */
  readonly others?: () => Iterable<FollowingTables>
}

/** Tables that their branch drives. */
export interface FollowingTables extends Tables {
  readonly observer: BranchObserver
  /** What other tables can be made of; undefined where there is nothing. Use it before anything is awaited. */
  lend(collection: string): (LentTable & { readonly definition: CollectionDefinition }) | undefined
}

/** A table that nobody asked for so long is dropped. */
export const tableIdleMs = 300_000

interface Entry {
  readonly id: string
  readonly definition: CollectionDefinition
  readonly table: Table
  readonly makeRow: TableRowMaker
  /** What the commit holds. */
  records: RecordMap
  /** Records that had working changes when their rows were made. */
  readonly dirty: Set<string>
  usedAt: number
}

export function createTables({ repository, view, others = () => [] }: TablesParts): FollowingTables {
  const { platform } = repository
  const entries = new Map<string, Entry>()
  const making = new Map<string, Promise<void>>()
  const retained = new Map<string, number>()
  const unsaved = createUnsavedEdits((id) => entries.get(id))
  /** The commit that the tables stand on. */
  let standing = view().snapshot
  /** Set while they are brought to another one. */
  let stepping: Promise<void> | undefined
  let listener: TablesListener | undefined
  let stopTimer: (() => void) | undefined
  let streams: StreamedChanges | undefined

  const derive = (entry: Pick<Entry, 'id' | 'records' | 'makeRow' | 'dirty'>, key: string): TableChange => {
    const change = view().changes.get(entry.id, key)
    if (change) entry.dirty.add(key)
    else entry.dirty.delete(key)
    const value = change ? change.after : entry.records.get(key)
    return { key, row: value ? entry.makeRow(key, value, statusOf(change)) : undefined }
  }
  const tell = (batch: TableBatch): void => {
    if (batch.size > 0) listener?.changed(batch)
  }
  const drop = (ids: readonly string[]): void => {
    for (const id of ids) entries.delete(id)
    if (ids.length > 0) listener?.dropped(ids)
  }
  /** Makes rows again; answers what really changed. */
  const refresh = (keysIn: (entry: Entry) => Iterable<string>): TableBatch => {
    const batch = new Map<string, readonly RowChange[]>()
    for (const entry of entries.values()) {
      const changes = Array.from(new Set(keysIn(entry)), (key) => derive(entry, key))
      const changed = changes.length > 0 ? entry.table.apply(changes) : []
      if (changed.length > 0) batch.set(entry.id, changed)
    }
    return batch
  }
  const workingKeys = function* ({ id, dirty }: Entry): Iterable<string> {
    yield* dirty
    yield* view().changes.of(id).keys()
  }

  /** Brings the tables to the commit that the branch is at. */
  const step = async (known: readonly RecordAddress[] | undefined): Promise<void> => {
    for (;;) {
      const { snapshot } = view()
      const moved = await prepare(snapshot, known)
      known = undefined
      if (view().snapshot !== snapshot) continue
      // From here on nothing waits: a move that comes later begins a step of its own.
      stepping = undefined
      standing = snapshot
      drop([...entries.keys()].filter((id) => !moved.has(id)))
      const batch = refresh(function* (entry) {
        const { records, keys } = moved.get(entry.id) as MovedTable // the others were dropped
        entry.records = records
        yield* keys
        yield* workingKeys(entry)
      })
      return tell(batch)
    }
  }
  /** Reads what the tables hold in another commit; those that it cannot be said of are missing. */
  const prepare = async (
    to: CommitSnapshot,
    known: readonly RecordAddress[] | undefined,
  ): Promise<ReadonlyMap<string, MovedTable>> => {
    const moved = new Map<string, MovedTable>()
    // What fails is dropped: whoever reads next meets the error.
    const keys = known
      ? groupByCollection(known)
      : await changedRecords(repository, standing, to).then(groupByCollection, () => undefined)
    for (const { id, definition } of keys ? entries.values() : []) {
      const now = to.schema.collections.get(id)
      if (!now || !sameDefinition(now, definition)) continue
      const loaded = await to
        .collection(id)
        .then((collection) => collection.load())
        .catch(() => undefined)
      if (loaded) moved.set(id, { records: loaded.records, keys: keysOf(keys?.get(id)) })
    }
    return moved
  }

  const make = async (id: string): Promise<void> => {
    const { snapshot } = view()
    const collection = await snapshot.collection(id)
    const { records } = await collection.load()
    const { changes, snapshot: now } = view()
    if (now !== snapshot || stepping) return
    const { definition } = collection
    const lent = [...others()].flatMap((tables) => tables.lend(id) ?? [])
    const parts = { id, records, makeRow: tableRowMaker(definition, snapshot), dirty: new Set<string>() }
    const table = makeTable(
      { ...parts, dirty: changes.of(id).keys(), derive: (key) => derive(parts, key) },
      lent.filter((other) => sameDefinition(other.definition, definition)),
    )
    entries.set(id, { ...parts, definition, table, usedAt: Date.now() })
    standing = snapshot
    if (streams?.end(id)) listener?.dropped([id])
    stopTimer ??= platform.after(tableIdleMs, sweep)
  }
  const sweep = (): void => {
    stopTimer = undefined
    const oldest = Date.now() - tableIdleMs
    for (const { id, usedAt } of entries.values()) {
      if (usedAt > oldest || retained.has(id)) continue
      entries.delete(id)
      view().snapshot.opened().get(id)?.release()
    }
    if (entries.size > 0) stopTimer = platform.after(tableIdleMs, sweep)
  }

  return {
    of: async (id) => {
      for (;;) {
        if (stepping) {
          await stepping
          continue // another one may have begun
        }
        const entry = entries.get(id)
        if (entry) {
          entry.usedAt = Date.now()
          return entry.table
        }
        const known = making.get(id) ?? make(id).finally(() => making.delete(id))
        making.set(id, known)
        await known
      }
    },
    current: (id) => {
      const entry = stepping ? undefined : entries.get(id)
      if (entry) entry.usedAt = Date.now()
      return entry?.table
    },
    isLarge: async (id) => {
      if (entries.has(id)) return false
      const collection = await view().snapshot.collection(id)
      return (await collection.largeKeys()) !== undefined
    },
    retain: (id) => {
      if (!entries.has(id)) {
        // Whatever was read in passing was read by them.
        streams ??= repository.codecs.plugins.extras.loaded?.createStreamedChanges({
          repository,
          view,
          followed: () => [...retained.keys()].filter((one) => !entries.has(one)),
          tell: (rows) => listener?.passed(rows),
          drop: (ids) => listener?.dropped(ids),
        })
        streams?.begin(id)
      }
      retained.set(id, (retained.get(id) ?? 0) + 1)
      let done = false
      return () => {
        if (done) return
        done = true
        const left = (retained.get(id) ?? 1) - 1
        if (left > 0) retained.set(id, left)
        else retained.delete(id)
      }
    },
    hasUnsaved: unsaved.has,
    withoutUnsaved: unsaved.without,
    listen: (next) => {
      listener = next
    },
    close: () => {
      stopTimer?.()
      entries.clear()
    },
    lend: (id) => (unsaved.has(id) ? undefined : entries.get(id)),
    observer: {
      saving: (edits) => {
        if (stepping || !listener?.wantsUnsaved()) return
        tell(unsaved.show(edits))
      },
      unsaved: () => tell(unsaved.takeBack()),
      applied: (edits) => {
        if (!edits) tell(unsaved.takeBack())
        unsaved.forget()
        streams?.note(edits, false)
        // The step makes all rows that had or have working changes.
        if (stepping || entries.size === 0) return
        const own = edits && groupByCollection(edits)
        tell(refresh((entry) => (own ? keysOf(own.get(entry.id)) : workingKeys(entry))))
      },
      moved: (records) => {
        tell(unsaved.takeBack())
        streams?.note(records, true)
        if (entries.size === 0) {
          standing = view().snapshot
          return
        }
        stepping ??= step(records)
      },
    },
  }
}

/** What a collection holds in the commit that the branch moved to, and the keys that differ. */
interface MovedTable {
  readonly records: RecordMap
  readonly keys: readonly string[]
}

function keysOf(records: readonly RecordAddress[] = []): readonly string[] {
  return records.map(({ key }) => key)
}
