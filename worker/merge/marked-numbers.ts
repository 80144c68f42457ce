import type { FieldConflict } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'

// Numbers that JavaScript cannot hold are merged as what files say of them: each becomes a text, its digits between two
// marks, before a file is read, and the digits alone once it is written. So they compare, and stay, to the last digit.

/** Of the characters that Unicode gives no meaning. */
export const mark = '\uf8e9'
const marked = /^\uf8e9([^\uf8e9]*)\uf8e9$/

export function isMarked(value: Json | undefined): value is string {
  return typeof value === 'string' && marked.test(value)
}

/** Whether something in a value is marked. */
export function holdsMarks(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsMarks)
  return isJsonMap(value) ? Object.values(value).some(holdsMarks) : isMarked(value)
}

/** A value as whoever reads it has it: the nearest number that JavaScript holds. */
export function asRead<Value extends Json | undefined>(value: Value): Value {
  return (holdsMarks(value) ? replaced(value, Number) : value) as Value // numbers stand in for texts only
}

/** A value as it is shown: all digits, as text. */
export function asShown<Value extends Json | undefined>(value: Value): Value {
  return (holdsMarks(value) ? replaced(value, (digits) => digits) : value) as Value // texts stay texts
}

function replaced(value: Json | undefined, read: (digits: string) => Json): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => replaced(item, read) as Json) // items are there
  if (isJsonMap(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, replaced(field, read) as Json]), // fields are there
    )
  const [, digits] = (typeof value === 'string' && marked.exec(value)) || []
  return digits === undefined ? value : read(digits)
}

/** A conflict as it is shown. What only marks stand for is not suggested: chosen, it would be text. */
export function shownConflict(conflict: FieldConflict): FieldConflict {
  const { suggestion, ...shown } = conflict
  return {
    ...shown,
    path: conflict.path.map((step) => asShown(step)),
    base: asShown(conflict.base),
    ours: asShown(conflict.ours),
    theirs: asShown(conflict.theirs),
    ...(suggestion && !holdsMarks(suggestion.value) && { suggestion }),
  }
}
