import type { FieldConflict } from '../../src/protocol/merge.ts'

/** The name of a conflict in its record: one per path, and the number 1 is not the text "1". */
export function conflictPathId(path: FieldConflict['path']): string {
  return JSON.stringify(path)
}
