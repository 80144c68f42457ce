import type { HandleId } from '../protocol/engine.ts'
import { EspalierError } from '../protocol/errors.ts'
import { needFunction, needOptions } from '../protocol/options.ts'
import type { AnySchema, IdOf } from '../types/collection-types.ts'
import { createCollection, type CollectionOf } from './collection.ts'
import type { Connection } from './connection.ts'
import { createQueryFace, type QueryFace } from './query-face.ts'

/**
 * What the callback of a transaction gets: collections whose writes are all written at its end, or not at all, and
 * queries, which see these writes. When others change what either read, the callback runs again.
 */
export interface Transaction<Schema extends AnySchema> extends QueryFace<Schema> {
  collection<Id extends IdOf<Schema>>(id: Id): CollectionOf<Schema, Id>
  /** There is none inside another one: throws `engine/bad-argument`. */
  transaction(): Promise<never>
}

export type TransactionWork<Schema extends AnySchema, T> = (tx: Transaction<Schema>) => Promise<T> | T

export interface TransactionOptions {
  /** Drops the transaction; what its callback still does fails with `engine/closed`. Too late once it is being written. */
  readonly signal?: AbortSignal
  /** How often the callback may run, when others change what it read. Default 10. */
  readonly maxAttempts?: number
}

export async function runTransaction<Schema extends AnySchema, T>(
  connection: Connection,
  branch: HandleId,
  work: TransactionWork<Schema, T>,
  options: TransactionOptions = {},
): Promise<T> {
  needFunction('work', work)
  needOptions(options, { signal: true, maxAttempts: 1 })
  const { signal, maxAttempts = 10 } = options
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (signal?.aborted) throw aborted(signal)
    const { handle } = await connection.call((engine) => engine.beginTransaction(branch))
    try {
      const tx: Transaction<Schema> = {
        ...createQueryFace(connection, handle),
        collection: (id) => createCollection(connection, handle, id),
        transaction: async () => {
          throw new EspalierError(
            'engine/bad-argument',
            'A transaction cannot begin inside another one. Use the collections of this one.',
          )
        },
      }
      const result = await unlessAborted(signal, async () => work(tx))
      if (await connection.call((engine) => engine.commitTransaction(handle))) return result
    } finally {
      // Drops what was not written. When the database was closed meanwhile, that is done already.
      await connection.call((engine) => engine.close(handle)).catch(() => {})
    }
  }
  throw new EspalierError(
    'engine/busy',
    `Others changed what the transaction read ${maxAttempts} times in a row; nothing was written. Read less in it, or try again.`,
    { data: { attempts: maxAttempts } },
  )
}

async function unlessAborted<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  if (!signal) return run()
  const ended = new AbortController()
  try {
    return await Promise.race([
      run(),
      new Promise<never>((_, reject) => {
        if (signal.aborted) reject(aborted(signal))
        signal.addEventListener('abort', () => reject(aborted(signal)), { once: true, signal: ended.signal })
      }),
    ])
  } finally {
    ended.abort()
  }
}

function aborted(signal: AbortSignal): EspalierError {
  return new EspalierError('engine/aborted', 'The transaction was aborted; nothing was written.', {
    cause: signal.reason,
  })
}
