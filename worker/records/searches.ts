import type { Condition, Source } from '../../src/protocol/query.ts'
import { queryFault } from './query-faults.ts'
import type { QueryContext } from './query-context.ts'

type SearchCondition = Extract<Condition, { readonly op: 'search' }>

/** The hits of one search condition, as they were when the query began to run. */
export interface Search {
  /** Looks again. */
  refresh(): void
  /** How well a record fits: higher is better; undefined: not at all. */
  scoreOf(key: string): number | undefined
  keys(): Iterable<string>
}

/** @throws EspalierError `query/search-missing` */
export function createSearch(
  { text, fields }: SearchCondition,
  source: Source,
  context: QueryContext,
): Search {
  let hits: ReadonlyMap<string, number> = new Map()
  return {
    refresh: () => {
      const index = context.searchIndexOf?.(source)
      if (index === undefined) throw searchMissing(source.collection)
      hits = new Map(index.search(text, fields))
    },
    scoreOf: (key) => hits.get(key),
    keys: () => hits.keys(),
  }
}

function searchMissing(collection: string): Error {
  const message = `"${collection}" has no search index: load the plug-in, serve({ plugins: [search()] }) with search from 'espalier/search', or use "contains".`
  return queryFault('query/search-missing', message, ['where'], { collection })
}
