import type { Expression, FieldPath } from '../../src/protocol/query.ts'
import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import type { Value } from './compare-values.ts'

/** A compiled expression. `Env` is what it reads from: a row, the rows of a join, or a group. */
export type Evaluate<Env> = (env: Env) => Value

/** Where the fields of an expression come from. */
export interface Scope<Env> {
  readonly field: (path: FieldPath, from: string | undefined) => Evaluate<Env>
  /** Takes an expression as a whole: aggregates, and what a group has as its key. */
  readonly whole?: (expression: Expression) => Evaluate<Env> | undefined
}

/** Compiles an expression that was checked before. */
export function compileExpression<Env>(expression: Expression, scope: Scope<Env>): Evaluate<Env> {
  const whole = scope.whole?.(expression)
  if (whole !== undefined) return whole
  if ('value' in expression) {
    const { value } = expression
    return () => value
  }
  if ('field' in expression) return scope.field(expression.field, expression.from)
  if ('aggregate' in expression) throw new TypeError('An aggregate outside a group was not refused')
  const operands = expression.of.map((one) => compileExpression(one, scope))
  const [first = nothing, second = nothing] = operands
  switch (expression.fn) {
    case 'add':
      return (env) => reduceNumbers(operands, env, (a, b) => a + b)
    case 'multiply':
      return (env) => reduceNumbers(operands, env, (a, b) => a * b)
    case 'subtract':
      return (env) => numeric(first(env), second(env), (a, b) => a - b)
    case 'divide':
      return (env) => numeric(first(env), second(env), (a, b) => a / b)
    case 'concat':
      return (env) => concat(operands, env)
    case 'lower':
      return (env) => onText(first(env), (text) => text.toLowerCase())
    case 'upper':
      return (env) => onText(first(env), (text) => text.toUpperCase())
    case 'length':
      return (env) => lengthOf(first(env))
    case 'coalesce':
      return (env) => {
        for (const operand of operands) {
          const value = operand(env)
          if (value !== undefined && value !== null) return value
        }
        return null
      }
  }
}

/** The value of an expression that reads no field; undefined where it reads one. */
export function constantOf(expression: Expression): { readonly value: Json } | undefined {
  return 'value' in expression ? expression : undefined
}

function nothing(): null {
  return null
}

function reduceNumbers<Env>(
  operands: readonly Evaluate<Env>[],
  env: Env,
  combine: (a: number, b: number) => number,
): number | null {
  let result: number | undefined
  for (const operand of operands) {
    const value = operand(env)
    if (typeof value !== 'number') return null
    result = result === undefined ? value : combine(result, value)
  }
  return finite(result)
}

function numeric(a: Value, b: Value, combine: (a: number, b: number) => number): number | null {
  return typeof a === 'number' && typeof b === 'number' ? finite(combine(a, b)) : null
}

/** What is no number of JSON (a division by zero, an overflow) is null. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}

function concat<Env>(operands: readonly Evaluate<Env>[], env: Env): string | null {
  let text = ''
  for (const operand of operands) {
    const value = operand(env)
    if (value === undefined || value === null || typeof value === 'object') return null
    text += String(value)
  }
  return text
}

function onText(value: Value, change: (text: string) => string): string | null {
  return typeof value === 'string' ? change(value) : null
}

/** Unicode code points, items or fields: as the rules of columns count them. */
function lengthOf(value: Value): number | null {
  if (typeof value === 'string') {
    let length = 0
    for (const _ of value) length++
    return length
  }
  if (Array.isArray(value)) return value.length
  return isJsonMap(value) ? Object.keys(value).length : null
}
