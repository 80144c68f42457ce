import type { Reply } from '../../../src/protocol/engine.ts'
import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'

/** Turns every outcome of a call into data: errors keep their code on both sides of the worker. */
export async function reply<T>(run: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    return { ok: false, error: asEspalierError(error).toJSON() }
  }
}

export function asEspalierError(error: unknown): EspalierError {
  if (isEspalierError(error)) return error
  const message = error instanceof Error ? error.message : String(error)
  return new EspalierError(
    'engine/internal',
    `Something failed that should not have: ${message}. Please report it.`,
    { cause: error },
  )
}
