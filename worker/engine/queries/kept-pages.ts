import { readPage } from '../../../src/protocol/first-screen.ts'
import type { Query, QueryPage } from '../../../src/protocol/query.ts'
import type { Oid } from '../../git/objects/oid.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import type { CompiledQuery } from '../../records/run-query.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import type { Derived } from '../repository/derived.ts'
import type { RecordView } from './read-records.ts'
import { fingerprintOf } from '../snapshots/record-chunks.ts'
import type { Tables } from './tables.ts'

/** Larger pages are not the first thing that a screen shows. */
const maxRows = 200

/** Whether a query asks for a page that a screen may begin with. */
export function isFirstPage({ limit }: Query): boolean {
  return limit !== undefined && limit <= maxRows
}

/** Where the answer of one query is kept: its name holds all that the answer depends on. */
export interface PagePlace {
  readonly derived: Derived
  readonly key: string
  /** The commit that the answer is about. */
  readonly commit: Oid
}

/**
 * Where the first page of a query can be kept from one opening to the next: a screen is drawn before its collection
 * was read. Undefined for queries without a limit, and where working changes or other commits have their say.
 */
export async function pagePlace(
  derived: Derived | undefined,
  { snapshot, changes }: RecordView,
  { query, reads }: CompiledQuery,
): Promise<PagePlace | undefined> {
  if (!derived || !isFirstPage(query)) return undefined
  const parts: string[] = [JSON.stringify(query)]
  for (const { source } of reads) {
    if (source.at !== undefined || changes.of(source.collection).size > 0) return undefined
    parts.push(await contentOf(snapshot, source.collection))
  }
  // 2: another way to make revisions, which rows have in them. 3: foreign keys compare as keys.
  const key = `page 3 ${hashObject('blob', new TextEncoder().encode(parts.join('\n')))}`
  return { derived, key, commit: snapshot.commit }
}

/** Whether an answer that was read just now belongs there: a write or a pull may have come while tables were read. */
export function isPlaceOf(
  { commit }: PagePlace,
  { snapshot, changes }: RecordView,
  { reads }: CompiledQuery,
  tables: Pick<Tables, 'hasUnsaved'>,
): boolean {
  return (
    snapshot.commit === commit &&
    reads.every(
      ({ source: { collection } }) => changes.of(collection).size === 0 && !tables.hasUnsaved(collection),
    )
  )
}

/** Equal where the records of a collection are read from the same files in the same way. */
async function contentOf(snapshot: CommitSnapshot, id: string): Promise<string> {
  const definition = snapshot.schema.collections.get(id)
  return `${definition ? fingerprintOf(definition) : ''} ${await snapshot.contentId(id)}`
}

/** The kept answer; undefined when there is none. */
export async function readKeptPage({ derived, key }: PagePlace): Promise<QueryPage | undefined> {
  const [text] = await derived.read([key])
  return text === undefined ? undefined : readPage(text)
}
