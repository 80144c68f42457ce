import { EspalierError } from '../protocol/errors.ts'
import type { Engine, Reply } from '../protocol/engine.ts'
import type { Connection } from './connection.ts'

let lastToken = 0

/** Makes a call that the app's signal can abort. The engine decides: what was already done is not undone. */
export async function abortable<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  run: (engine: Engine, token: string) => Promise<Reply<T>>,
): Promise<T> {
  if (signal?.aborted) throw new EspalierError('remote/aborted', 'The operation was aborted before it began.')
  const token = String(++lastToken)
  const abort = (): void => {
    void connection.call((engine) => engine.abort(token))
  }
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await connection.call((engine) => run(engine, token))
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
