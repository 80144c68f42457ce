import { EspalierError } from '../../../src/protocol/errors.ts'

/** The error for what an app gives that means nothing; `data`: what the message is about. */
export function badArgument(
  message: string,
  data?: NonNullable<ConstructorParameters<typeof EspalierError>[2]>['data'],
): EspalierError {
  return new EspalierError('engine/bad-argument', message, data && { data })
}
