import { EspalierError } from '../../../src/protocol/errors.ts'

/** A `git/pack-corrupt` error that says what is wrong. */
export function packCorrupt(what: string, data: { readonly [name: string]: unknown } = {}): EspalierError {
  return new EspalierError(
    'git/pack-corrupt',
    `The pack is damaged: ${what}. Nothing of it was kept; fetch again.`,
    { data },
  )
}
