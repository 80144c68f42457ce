import type { RecordPosition } from '../record-text.ts'
import type { ValuePath } from '../record-value.ts'

/** The position of a value; of what holds it where it is not there itself. */
export function locate(
  find: (path: ValuePath) => RecordPosition | undefined,
  path: ValuePath,
): RecordPosition | undefined {
  for (let length = path.length; length >= 0; length--) {
    const found = find(path.slice(0, length))
    if (found) return { line: found.line, column: found.column }
  }
  return undefined
}
