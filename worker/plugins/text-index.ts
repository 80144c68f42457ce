import MiniSearch from 'minisearch'
import type { Row } from '../../src/protocol/records.ts'
import type { RowChange } from '../records/row-change.ts'
import type { FollowingSearchIndex } from '../records/search-index.ts'
import { findsBeginnings, queryWordsOf, textOf, wordsOf, wrongLetters } from './text-words.ts'

/** A bulk that changes more than this part of the rows is cheaper to index anew. */
const rebuildFrom = 1 / 4
/** So many fields are told apart; a search in a further one looks into all further ones. */
const maxFields = 128

interface Built {
  readonly index: MiniSearch<Row>
  /** What the index calls each field: names are anybody's, `__proto__` too. */
  readonly ids: ReadonlyMap<string, string>
}

/** The full text of a table's rows. It is built at the first search; what changes is taken in at the next one. */
export function createTextIndex(rowsOf: () => readonly Row[]): FollowingSearchIndex {
  let built: Built | undefined
  /** Rows that changed since the last search: as they are indexed, and as they are now. */
  const pending = new Map<string, Pick<RowChange, 'before' | 'after'>>()

  const upToDate = (): Built => {
    const changed = [...pending.values()].filter(({ before, after }) => before !== after)
    pending.clear()
    const last = built
    if (last === undefined || changed.some(({ after }) => after && hasNewField(after, last)))
      return (built = build(rowsOf()))
    for (const { before } of changed) if (before) last.index.remove(before)
    for (const { after } of changed) if (after) last.index.add(after)
    return last
  }

  return {
    search: (text, fields) => {
      const { index, ids } = upToDate()
      const wanted = fields && [...new Set(fields.map((name) => ids.get(name) ?? furtherIn(ids)))]
      const hits = index.search(text, wanted && { fields: wanted.filter((id) => id !== undefined) })
      // Less exact than it was computed: an index that followed changes ranks like one that was built after them.
      return hits.map(({ id, score }) => [String(id), Math.fround(score)] as const)
    },
    apply: (changes) => {
      if (built === undefined) return
      for (const { key, before, after } of changes) {
        const known = pending.get(key)
        pending.set(key, { before: known ? known.before : before, after })
      }
      if (pending.size <= 64 || pending.size <= built.index.documentCount * rebuildFrom) return
      built = undefined
      pending.clear()
    },
  }
}

function build(rows: readonly Row[]): Built {
  const ids = new Map<string, string>()
  for (const row of rows) {
    if (ids.size === maxFields) break
    for (const name of textFields(row))
      if (ids.size < maxFields && !ids.has(name)) ids.set(name, `f${ids.size}`)
  }
  const further = furtherIn(ids)
  const nameOf = new Map(Array.from(ids, ([name, id]) => [id, name] as const))
  const index = new MiniSearch<Row>({
    idField: '$id',
    fields: [...ids.values(), ...(further === undefined ? [] : [further])],
    // Empty where there is none: the average length of a field is that of all records.
    extractField: (row, field) => {
      if (field === '$id') return row.$id
      if (field === further)
        return textOf(textFields(row).flatMap((name) => (ids.has(name) ? [] : [row[name] ?? ''])))
      const name = nameOf.get(field) ?? ''
      return Object.hasOwn(row, name) ? textOf(row[name]) : ''
    },
    tokenize: wordsOf,
    processTerm: (word) => word,
    logger: () => {},
    searchOptions: {
      tokenize: queryWordsOf,
      combineWith: 'AND',
      prefix: findsBeginnings,
      fuzzy: wrongLetters,
      weights: { prefix: 0.5, fuzzy: 0.2 },
    },
  })
  index.addAll(rows)
  return { index, ids }
}

function hasNewField(row: Row, { ids }: Built): boolean {
  return ids.size < maxFields && textFields(row).some((name) => !ids.has(name))
}

/** The field of all fields that are not told apart. */
function furtherIn(ids: ReadonlyMap<string, string>): string | undefined {
  return ids.size < maxFields ? undefined : 'further'
}

/** The fields of the record itself that may hold text. */
function textFields(row: Row): readonly string[] {
  return Object.keys(row).filter((name) => {
    const value = row[name]
    return (typeof value === 'string' || typeof value === 'object') && !ownNames.has(name)
  })
}

const ownNames: ReadonlySet<string> = new Set(['$id', '$rev', '$parent', '$status'])
