import type { Query } from '../../src/protocol/query.ts'
import type { Json } from '../../src/protocol/records.ts'
import { queryFault } from './query-faults.ts'
import type { OrderVector } from './order-rows.ts'
import { revisionOf } from './revision.ts'

/** Names places in the results of one query: opaque text that may stand in a URL. */
export interface Cursors {
  write(vector: OrderVector): string
  /** @throws EspalierError `query/bad-cursor` */
  read(cursor: string, part: 'after' | 'before'): OrderVector
}

/** `length`: the number of values that place a result. */
export function createCursors(query: Query, length: number): Cursors {
  let known: string | undefined
  const fingerprint = (): string => (known ??= fingerprintOf(query))
  return {
    write: (vector) => toBase64Url(JSON.stringify([fingerprint(), ...vector.map((value) => value ?? null)])),
    read: (cursor, part) => {
      const values = parseCursor(cursor)
      if (values === undefined) throw badCursor(part, 'is damaged')
      const [of, ...vector] = values
      if (of !== fingerprint() || vector.length !== length) throw badCursor(part, 'comes from another query')
      return vector
    },
  }
}

/** What makes a query another one: everything but the page that is asked for. */
function fingerprintOf({
  limit: _limit,
  offset: _offset,
  after: _after,
  before: _before,
  ...rest
}: Query): string {
  // A checked query is JSON data; members that are undefined are left out by way of JSON.
  return revisionOf(JSON.parse(JSON.stringify(rest)) as { readonly [name: string]: Json })
}

function badCursor(part: 'after' | 'before', why: string): Error {
  const message = `The cursor in "${part}" ${why}: begin at the first page, without a cursor.`
  return queryFault('query/bad-cursor', message, [part])
}

function parseCursor(cursor: string): readonly Json[] | undefined {
  try {
    const value: unknown = JSON.parse(fromBase64Url(cursor))
    return Array.isArray(value) ? (value as readonly Json[]) : undefined // JSON.parse gives JSON
  } catch {
    return undefined
  }
}

function toBase64Url(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Throws for what is not base64url of UTF-8. */
function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
