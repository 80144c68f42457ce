import type { Condition, Expression } from '../../protocol/query.ts'
import type { Cond, Expr } from '../../types/builder-types.ts'
import { conditionOf, expressionOf } from '../../types/query-symbols.ts'
import { invalid, toJson } from './field.ts'
import { isMap, shown } from '../../protocol/options.ts'

export function makeExpr<Value>(expression: Expression): Expr<Value> {
  return { [expressionOf]: expression }
}

export function makeCond(condition: Condition): Cond {
  return { [conditionOf]: condition }
}

/** The expression of a field or function; any other value is a constant. */
export function toExpression(value: unknown): Expression {
  if (isExpr(value)) return value[expressionOf]
  return { value: toJson(value, 'A field') }
}

export function toCondition(value: unknown): Condition {
  if (isMap(value) && conditionOf in value) return (value as unknown as Cond)[conditionOf]
  throw invalid(`${shown(value)} is no condition. Make one with eq, gt, and, or … of espalier/query.`)
}

/** The fields of a source: `refs.names.en`. Cheap; steps are gathered as they are named. */
export function fieldRefs(from: string, path: readonly string[] = []): object {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === expressionOf) return { field: path, from } satisfies Expression
        // Somebody computes with it: `n > 1`.
        if (name === Symbol.toPrimitive)
          throw invalid(`"${path.join('.')}" is a field and no value yet: use gt, add … of espalier/query.`)
        return typeof name === 'string' ? fieldRefs(from, [...path, name]) : undefined
      },
      has: (_, name) => name === expressionOf,
    },
  )
}

function isExpr(value: unknown): value is Expr<unknown> {
  return typeof value === 'object' && value !== null && expressionOf in value
}
