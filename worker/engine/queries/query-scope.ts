import type { Query, Source } from '../../../src/protocol/query.ts'
import type { Revision } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { CollectionShape, QueryContext } from '../../records/query-context.ts'
import { sourcesIn } from '../../records/query-parts.ts'
import type { CompiledQuery, QueryRead } from '../../records/run-query.ts'
import type { Table } from '../../records/table.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import type { Database } from '../database.ts'
import type { RecordView } from './read-records.ts'
import { commitOf } from '../repository/revisions.ts'
import type { Streamed, StreamedRows } from './streamed-table.ts'
import type { Tables } from './tables.ts'
import { noChanges } from '../branches/working-changes.ts'

/** What a handle's queries read. */
export interface QueryPlace {
  readonly view: () => RecordView
  readonly database: Pick<Database, 'at' | 'tablesAt' | 'repository'>
  /** The handle's commit: a branch moves. */
  readonly snapshot: () => CommitSnapshot
  readonly tables: Tables
}

/** Where the sources of one query are read: in the handle's state, and in other commits that they name. */
export interface QueryScope {
  readonly context: QueryContext
  /**
   * Looks where the names lead that sources are read at: a branch moves. Tells whether one leads elsewhere now, which
   * later reads see; one that leads nowhere any more stays where it was.
   */
  follow(): Promise<boolean>
  /** Whether all tables that a query reads are in memory. */
  isLoaded(query: CompiledQuery): boolean
  /** Brings the tables that a query reads into memory, where they may be. */
  warm(query: CompiledQuery): Promise<void>
  /** Runs a read with all tables that a query reads in memory and in step, without waiting for anything in between. */
  read<T>(query: CompiledQuery, run: () => T): Promise<T>
}

/** A commit that sources like this one are read at. */
interface OtherPlace {
  readonly source: Source
  readonly snapshot: CommitSnapshot
  readonly tables: Tables
}

/** Throws `git/ref-missing`, `git/history-missing` for what `at` names. */
export async function openScope(
  query: Query,
  { database, snapshot, tables, view }: QueryPlace,
): Promise<QueryScope> {
  const others = new Map<string, OtherPlace>()
  const openOther = async (source: Source, at: Revision): Promise<OtherPlace> => {
    const other = await database.at(at, snapshot(), source.schema)
    return { source, snapshot: other, tables: database.tablesAt(other) }
  }
  for (const source of sourcesIn(query)) {
    const { at } = source
    const name = placeName(source)
    if (at === undefined || others.has(name)) continue
    others.set(name, await openOther(source, typeof at === 'string' ? at : new Date(at)))
  }
  const otherOf = (source: Source): OtherPlace | undefined => others.get(placeName(source))
  const placeOf = (source: Source): Pick<OtherPlace, 'snapshot' | 'tables'> =>
    otherOf(source) ?? { snapshot: snapshot(), tables }
  /** Of the read that goes on: what a collection too large for memory gives to this query. */
  const streamed = new Map<Source, Streamed>()
  const streams = new Map<Source, StreamedRows>()
  const tableOf = (source: Source): Table | undefined =>
    placeOf(source).tables.current(source.collection) ?? streamed.get(source)?.table
  const stream = async (wanted: QueryRead, isAgain: boolean): Promise<void> => {
    const { source } = wanted
    const other = otherOf(source)
    const read = other ? (): RecordView => ({ snapshot: other.snapshot, changes: noChanges }) : view
    const { streamTable } = await codecs.plugins.extras.load()
    streams.set(source, await streamTable(read, wanted, isAgain))
  }
  /** `passes` 0: no collection is read in passing. */
  const bring = async (read: QueryRead, passes: number): Promise<void> => {
    const { tables: own } = placeOf(read.source)
    if (!(await own.isLarge(read.source.collection))) await own.of(read.source.collection)
    else if (passes > 0) await stream(read, passes > 1)
  }

  /** Reads what was looked up and is not there; undefined, at once, when all is there. */
  const readMore = (): Promise<unknown> | undefined => {
    const reading = [...streamed].flatMap(
      ([source, { more }]) => more?.()?.then((rows) => streams.set(source, rows)) ?? [],
    )
    return reading.length > 0 ? Promise.all(reading) : undefined
  }

  const { codecs } = database.repository
  const { searchIndex } = codecs.plugins

  return {
    context: {
      stays: database.repository.platform.answersStay,
      shapeOf: (source) => {
        const definition = placeOf(source).snapshot.schema.collections.get(source.collection)
        return definition && withField(shapeOf(definition), codecs.settingsOf(source.collection).deleted)
      },
      tableOf: (source) => tableOf(source) as Table, // `read` has loaded it
      ownTableOf: (source) =>
        placeOf(source).tables.current(source.collection) ? undefined : streamed.get(source)?.table,
      gatheredOf: (source) => streamed.get(source)?.gathered,
      ...(searchIndex && { searchIndexOf: (source) => tableOf(source)?.searchIndex(searchIndex) }),
    },
    follow: async () => {
      let isMoved = false
      for (const [name, { source, snapshot: before }] of others) {
        const { at } = source
        const now = snapshot()
        try {
          const oid =
            typeof at === 'string' ? await commitOf(database.repository, now.commit, at) : before.commit
          // Today's definitions are other ones once the branch has others.
          const isReadAlike = source.schema !== 'current' || before.schema === now.schema
          if (oid === before.commit && isReadAlike) continue
          others.set(name, await openOther(source, oid))
          isMoved = true
        } catch {
          // Deleted, or its history is not here.
        }
      }
      return isMoved
    },
    isLoaded: ({ reads }) => reads.every(({ source }) => tableOf(source) !== undefined),
    warm: async ({ reads }) => {
      await Promise.all(reads.map((read) => bring(read, 0)))
    },
    read: async (compiled, run) => {
      const { reads, rowWise } = compiled
      // What was read in passing is of that moment.
      streams.clear()
      for (let passes = 1; ; passes++) {
        streamed.clear()
        for (const [source, make] of streams) {
          const made = make()
          if (made) streamed.set(source, made)
        }
        // One may go while another is loaded.
        const missing = reads.filter(({ source }) => !tableOf(source))
        if (missing.length > 0) {
          await Promise.all(missing.map((read) => bring(read, passes)))
          continue
        }
        // The first run tells what is looked up; the one that counts may see other rows (edits that are not durable yet).
        if ([...streamed.values()].some(({ more }) => more)) compiled.run()
        let more = readMore()
        const answer = more ? undefined : { of: run() }
        more ??= readMore()
        if (!answer || more) {
          await more
          continue
        }
        streams.clear()
        // Rows that are kept up to date stay; what others read does not.
        if (!rowWise) streamed.clear()
        return answer.of
      }
    },
  }
}

/** Equal for sources that are read at the same place in the same way; '' for those that name none. */
function placeName({ at, schema }: Source): string {
  return at === undefined ? '' : `${typeof at} ${schema} ${at}`
}

/** Also with the field by which records are hidden: other states may not declare it, and are read all the same. */
function withField(shape: CollectionShape, field: string | undefined): CollectionShape {
  const { columns } = shape
  if (field === undefined || !columns?.size || columns.has(field)) return shape
  return { ...shape, columns: new Map([...columns, [field, { type: 'any' }]]) }
}

const shapes = new WeakMap<CollectionDefinition, CollectionShape>()

/** What queries may ask of a collection. */
export function shapeOf(definition: CollectionDefinition): CollectionShape {
  const known = shapes.get(definition)
  if (known) return known
  const columns = new Map(
    definition.columns.map(({ name, type, references }) => [
      name,
      references === undefined ? { type } : { type, references },
    ]),
  )
  const shape = { columns, parent: definition.parent }
  shapes.set(definition, shape)
  return shape
}
