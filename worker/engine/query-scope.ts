import type { Query, Source } from '../../src/protocol/query.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import type { CollectionShape, QueryContext } from '../records/query-context.ts'
import { sourcesIn } from '../records/query-parts.ts'
import type { CompiledQuery } from '../records/run-query.ts'
import type { Table } from '../records/table.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

/** What a handle's queries read. */
export interface QueryPlace {
  readonly database: Pick<Database, 'at' | 'tablesAt'>
  /** The handle's commit: a branch moves. */
  readonly snapshot: () => CommitSnapshot
  readonly tables: Tables
}

/** Where the sources of one query are read: in the handle's state, and in other commits that they name. */
export interface QueryScope {
  readonly context: QueryContext
  /** Whether all tables that a query reads are in memory. */
  isLoaded(query: CompiledQuery): boolean
  /** Runs a read with all tables that a query reads in memory and in step, without waiting for anything in between. */
  read<T>(query: CompiledQuery, run: () => T): Promise<T>
}

/** Throws `git/ref-missing`, `git/history-missing` for what `at` names. */
export async function openScope(
  query: Query,
  { database, snapshot, tables }: QueryPlace,
): Promise<QueryScope> {
  const others = new Map<string | number, { readonly snapshot: CommitSnapshot; readonly tables: Tables }>()
  for (const { at } of sourcesIn(query)) {
    if (at === undefined || others.has(at)) continue
    const other = await database.at(at, snapshot())
    others.set(at, { snapshot: other, tables: database.tablesAt(other) })
  }
  const placeOf = ({ at }: Source): { readonly snapshot: CommitSnapshot; readonly tables: Tables } =>
    (at === undefined ? undefined : others.get(at)) ?? { snapshot: snapshot(), tables }
  const tableOf = (source: Source): Table | undefined => placeOf(source).tables.current(source.collection)

  return {
    context: {
      shapeOf: (source) => {
        const definition = placeOf(source).snapshot.schema.collections.get(source.collection)
        return definition && shapeOf(definition)
      },
      tableOf: (source) => tableOf(source) as Table, // `read` has loaded it
    },
    isLoaded: ({ reads }) => reads.every(({ source }) => tableOf(source) !== undefined),
    read: async ({ reads }, run) => {
      for (;;) {
        // One may go while another is loaded.
        const missing = reads.filter(({ source }) => !tableOf(source))
        if (missing.length === 0) return run()
        await Promise.all(missing.map(({ source }) => placeOf(source).tables.of(source.collection)))
      }
    },
  }
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
  const shape = { columns }
  shapes.set(definition, shape)
  return shape
}
