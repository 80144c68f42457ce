import type { HandleId, QueryEngine, Reply } from '../../src/protocol/engine.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { getRows, type RecordView } from './read-records.ts'

/** The calls of the protocol that read by key or by query. */
export function answerQueries(
  viewOf: (handle: HandleId) => RecordView,
  reply: <T>(run: () => Promise<T>) => Promise<Reply<T>>,
): QueryEngine {
  const notYet = (): Promise<Reply<never>> =>
    reply(() => {
      throw new EspalierError('engine/internal', 'Queries are being connected to the engine.')
    })
  return {
    getMany: (handle, collection, keys) =>
      reply(() =>
        getRows(
          viewOf(handle),
          collection,
          keys.map((key) => key.normalize('NFC')),
        ),
      ),
    query: notYet,
    explain: notYet,
    subscribe: notYet,
    unsubscribe: async () => ({ ok: true, value: undefined }),
  }
}
