import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { FormulaFault } from './fault.ts'

/** What a formula may use, and what it must give. */
export interface FormulaOptions {
  /** The stored columns of the collection; a missing field is None. */
  readonly names: readonly string[]
  /** The computed columns, which a formula must not use. */
  readonly computed?: readonly string[]
  /** The column's type: `string`, `int`, `float`, `bool` or `any` (default). */
  readonly type?: string
}

/** A value, or why there is none. */
export type FormulaOutcome<T = Json> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: FormulaFault }

/** A compiled formula. */
export interface Formula<T = Json> {
  /** The result for a record (only the fields that the formula names are read). Never throws, always ends. */
  evaluate(fields: RecordValue): FormulaOutcome<T>
}

/** A formula that can be used, or why not. */
export type CompiledFormula<T = Json> =
  | { readonly ok: true; readonly formula: Formula<T> }
  | { readonly ok: false; readonly fault: FormulaFault }

/**
 * Compiles one Starlark expression. Integers beyond ±2^53 in a result are a fault, never a wrong number.
 *
 * @example
 * const compiled = compileFormula('price * quantity', { names: ['price', 'quantity'] })
 * if (compiled.ok) compiled.formula.evaluate({ price: 2.5, quantity: 2 }) // { ok: true, value: 5 }
 */
export function compileFormula(source: string, _options: FormulaOptions): CompiledFormula {
  return { ok: false, fault: { kind: 'invalid-formula', message: `cannot compile "${source}"` } }
}

/** Compiles a `required_when`: an expression that must give True or False. */
export function compileCondition(source: string, _options: FormulaOptions): CompiledFormula<boolean> {
  return { ok: false, fault: { kind: 'invalid-formula', message: `cannot compile "${source}"` } }
}
