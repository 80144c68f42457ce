import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import { positionAt } from '../record-text.ts'
import { FormulaError, type FormulaFault } from './fault.ts'
import { functions } from './functions.ts'
import { createMeter } from './meter.ts'
import { parseFormula, type ParsedFormula } from './parse.ts'
import { decodeText, toValue, typeName, type Value } from './values.ts'

/** What a formula may use, and what it must give. */
export interface FormulaOptions {
  /** The stored columns of the collection; a missing field is None. They hide functions of the same name. */
  readonly names: readonly string[]
  /** Those of type `float`: their whole numbers are floats too. */
  readonly floats?: readonly string[]
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

/** The column types that a formula can give. */
export const formulaTypes: ReadonlySet<string> = new Set(['string', 'int', 'float', 'bool', 'any'])

/**
 * Compiles one Starlark expression. Integers beyond ±2^53 in a result are a fault, never a wrong number.
 *
 * @example
 * const compiled = compileFormula('price * quantity', { names: ['price', 'quantity'] })
 * if (compiled.ok) compiled.formula.evaluate({ price: 2.5, quantity: 2 }) // { ok: true, value: 5 }
 */
export function compileFormula(source: string, options: FormulaOptions): CompiledFormula {
  const { type = 'any' } = options
  if (!formulaTypes.has(type)) {
    return {
      ok: false,
      fault: { kind: 'unsupported-type', message: `a computed column cannot be of type ${type}` },
    }
  }
  return compile(source, options, (value) => coerce(value, type))
}

/** Compiles a `required_when`: an expression that must give True or False. */
export function compileCondition(source: string, options: FormulaOptions): CompiledFormula<boolean> {
  return compile(source, options, (value) =>
    typeof value === 'boolean' ? value : unsupported(`it gives ${typeName(value)}, not True or False`),
  )
}

function compile<T>(
  source: string,
  options: FormulaOptions,
  coerced: (value: Value) => T,
): CompiledFormula<T> {
  const names = new Set(options.names)
  const floats = new Set(options.floats)
  let parsed: ParsedFormula
  try {
    parsed = parseFormula(source)
    for (const { name, offset } of parsed.uses) {
      if (options.computed?.includes(name) === true) {
        const message = `"${name}" is computed too; a formula may use stored columns only`
        throw new FormulaError('references-computed-column', message, offset)
      }
      if (!names.has(name) && !functions.has(name)) {
        throw new FormulaError(
          'undefined-name',
          `"${name}" is neither a stored column nor a function`,
          offset,
        )
      }
    }
  } catch (error) {
    return { ok: false, fault: faultOf(error, source) }
  }
  const { node } = parsed
  return {
    ok: true,
    formula: {
      evaluate(fields) {
        const meter = createMeter()
        const read = new Map<string, Value>()
        const get = (name: string): Value | undefined => {
          if (!names.has(name)) return functions.get(name)
          const known = read.get(name)
          if (known !== undefined) return known
          const value = Object.hasOwn(fields, name) ? toValue(fields[name] ?? null, floats.has(name)) : null
          read.set(name, value)
          return value
        }
        try {
          return { ok: true, value: coerced(node({ meter, names: { get } })) }
        } catch (error) {
          return { ok: false, fault: faultOf(error, source, meter.at) }
        }
      },
    },
  }
}

function faultOf(error: unknown, source: string, at?: number): FormulaFault {
  if (error instanceof FormulaError) {
    const { kind, message } = error
    if (kind === 'unsupported-result-type' || kind === 'non-integral-coercion') return { kind, message }
    return { kind, message, position: positionAt(source, error.offset ?? at ?? 0) }
  }
  // Not enough stack or memory for what the formula asks; whatever else would be our own mistake.
  if (error instanceof RangeError) return { kind: 'step-limit', message: 'it needs too much memory' }
  throw error
}

function unsupported(message: string): never {
  throw new FormulaError('unsupported-result-type', message)
}

/** The result as the column holds it. */
function coerce(value: Value, type: string): Json {
  if (typeof value === 'bigint' || typeof value === 'number') {
    const number = Number(value) + 0 // no negative zero
    if (type === 'string' || type === 'bool') return unsupported(`it gives ${typeName(value)}, not ${type}`)
    if (!Number.isFinite(number)) return unsupported('the result is no finite number')
    if (type === 'int' && !Number.isInteger(number)) {
      throw new FormulaError('non-integral-coercion', `the result ${number} is not a whole number`)
    }
    if ((typeof value === 'bigint' ? type !== 'float' : type === 'int') && !Number.isSafeInteger(number)) {
      return unsupported('the result is a larger integer than a JavaScript number can hold')
    }
    return number
  }
  if (typeof value === 'string' && (type === 'string' || type === 'any')) return decodeText(value, true)
  if (typeof value === 'boolean' && (type === 'bool' || type === 'any')) return value
  if (value === null && type === 'any') return null
  return unsupported(
    `it gives ${typeName(value)}, not ${type === 'any' ? 'text, a number, True, False or None' : type}`,
  )
}
