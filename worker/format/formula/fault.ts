import type { RecordPosition } from '../record-text.ts'

/** What can be wrong with a formula; the kinds of the format's conformance vectors, and the step limit. */
export type FormulaFaultKind =
  /** It does not parse, or its column has a name or rules that a computed column cannot have. */
  | 'invalid-formula'
  /** It uses a name that is neither a stored column nor a function. */
  | 'undefined-name'
  /** It uses another computed column. */
  | 'references-computed-column'
  /** The column's type is none that a formula can give. */
  | 'unsupported-type'
  /** It fails on this record: a missing key, a division by zero, a wrong operand. */
  | 'runtime-error'
  /** The column is `int`, the result is a number with a fraction. */
  | 'non-integral-coercion'
  /** The result is of another type than the column, or nothing that a record can hold. */
  | 'unsupported-result-type'
  /** It takes too many steps or too much memory. */
  | 'step-limit'

/** Why a formula cannot be used or gives no value. */
export interface FormulaFault {
  readonly kind: FormulaFaultKind
  /** For people, without the column's name. */
  readonly message: string
  /** The place in the formula; absent for faults of the result. */
  readonly position?: RecordPosition
}

/** Thrown inside the formula room only; at its doors faults are data. */
export class FormulaError extends Error {
  readonly kind: FormulaFaultKind
  /** UTF-16 offset in the source. */
  offset: number | undefined

  constructor(kind: FormulaFaultKind, message: string, offset?: number) {
    super(message)
    this.kind = kind
    this.offset = offset
  }
}
