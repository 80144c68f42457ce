import type { Json } from '../../src/protocol/records.ts'
import type { Found } from './merge-run.ts'

/**
 * What conflicts at the mark of a soft delete: one side set it. The other one changed what it hides, for a map that only
 * one side changed is not merged inside.
 */
export function hiddenEdit(
  base: Json | undefined,
  ours: Json | undefined,
  theirs: Json | undefined,
): Found | undefined {
  if (isSet(base) || isSet(ours) === isSet(theirs)) return undefined
  return { kind: 'delete/edit', base, ours, theirs, survivor: isSet(ours) ? theirs : ours }
}

/** Null is no mark, as in reads. */
function isSet(mark: Json | undefined): boolean {
  return mark !== undefined && mark !== null
}
