import { FormulaError } from './fault.ts'
import type { Meter } from './meter.ts'
import type { Value } from './values.ts'

/** The names that an expression sees: variables of comprehensions and lambdas, then columns and functions. */
export interface Scope {
  readonly meter: Meter
  readonly names: { get(name: string): Value | undefined }
  readonly parent?: Scope
}

/** One part of a compiled formula. */
export type Node = (scope: Scope) => Value

/** What a `for` or a parameter list assigns to: a name, or the items of a list. */
export type Target = string | readonly Target[]

/** The value of a name. */
export function lookUp(scope: Scope, name: string): Value {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const value = at.names.get(name)
    if (value !== undefined) return value
  }
  throw new FormulaError('undefined-name', `"${name}" has no value here`)
}
