import { EspalierError } from '../../src/protocol/errors.ts'

export function closedError(): EspalierError {
  return new EspalierError('storage/closed', 'The store was closed; open it again.')
}

export function segmentMissing(pack: string, index: number): EspalierError {
  return new EspalierError(
    'storage/corrupt',
    `Segment ${index} of pack ${pack} is missing: fetch the repository again.`,
    { data: { pack, segment: index } },
  )
}

export function segmentsIncomplete(pack: string, expected: number, found: number): EspalierError {
  return new EspalierError(
    'storage/corrupt',
    `Pack ${pack} names ${expected} segments but ${found} are stored: write them again before its row.`,
    { data: { pack, expected, found } },
  )
}

export function notCloneable(cause: unknown): EspalierError {
  return new EspalierError(
    'engine/bad-argument',
    `An entry or value is not plain data and cannot be stored (${String(cause)}); store JSON values or bytes.`,
    { cause },
  )
}

export function quotaError(cause: unknown): EspalierError {
  return new EspalierError(
    'storage/quota',
    'There is no room left for this origin or on this disk: nothing was written. Free some space, then try again.',
    { cause },
  )
}

export function unavailable(what: string, cause?: unknown): EspalierError {
  return new EspalierError('storage/unavailable', what, { cause })
}

export function newerFormat(name: string, cause?: unknown): EspalierError {
  return new EspalierError(
    'storage/newer-format',
    `The store "${name}" was written by a newer version of Espalier: update this app (reload all its tabs).`,
    { data: { name }, cause },
  )
}

export function systemRowMissing(key: string): EspalierError {
  return new EspalierError(
    'storage/corrupt',
    `The store's "${key}" row is missing: fetch the repository again.`,
  )
}
