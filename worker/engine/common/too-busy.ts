import { EspalierError } from '../../../src/protocol/errors.ts'

/** Lost races before giving up. Each loss means that another tab got on, so in practice two are rare. */
export const maxAttempts = 20

export function tooBusy(): EspalierError {
  return new EspalierError(
    'engine/busy',
    `Other tabs wrote first ${maxAttempts} times in a row; nothing was written. Try again.`,
  )
}
