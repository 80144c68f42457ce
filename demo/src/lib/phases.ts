import type { Progress } from '../../../src/index.ts'

const names: { readonly [Phase in Progress['phase']]: string } = {
  connecting: 'Connecting',
  counting: 'The host counts its objects',
  compressing: 'The host packs them',
  receiving: 'Receiving',
  sending: 'Sending',
  resolving: 'Reading the objects',
  storing: 'Saving in this browser',
  history: 'Loading older history',
}

/** A step in words. */
export function phaseName(progress: Progress | null): string {
  return progress === null ? 'Starting' : names[progress.phase]
}

/** How much of a step is done, between 0 and 1; undefined where nobody knows. */
export function fraction(progress: Progress | null): number | undefined {
  if (progress?.total === undefined || progress.total <= 0) return undefined
  return Math.min(1, progress.loaded / progress.total)
}
