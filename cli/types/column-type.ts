import type { Json } from '../../src/protocol/records.ts'
import type { Column } from '../../src/protocol/schema.ts'
import { stringLiteral } from './type-text.ts'

/** The names that a column's type needs from outside of the module or from its head. */
export type NeededName = 'Json' | 'Ref' | 'Localized'

const scalars: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['int', 'number'],
  ['float', 'number'],
  ['number', 'number'],
  ['bool', 'boolean'],
  ['date', 'string'],
  ['time', 'string'],
  ['datetime', 'string'],
])

/** The TypeScript type of a column's values; `need` is told of each name that it uses. */
export function columnType(column: Column, need: (name: NeededName) => void): string {
  const { type } = column
  const scalar = scalars.get(type)
  if (scalar !== undefined || type === 'any') {
    const literals = literalsOf(column.enum ?? [], scalar)
    if (literals.length > 0) return literals.join(' | ')
  }
  if (column.references !== undefined && scalar === 'string') {
    need('Ref')
    return `Ref<${stringLiteral(column.references)}>`
  }
  if (scalar !== undefined) return scalar
  if (type === 'map[locale]string') {
    need('Localized')
    return 'Localized'
  }
  const map = /^map\[\w+\](.+)$/.exec(type)
  if (map?.[1] !== undefined) return `{ readonly [key: string]: ${nested(map[1], need)} }`
  return type.startsWith('[]') ? `readonly ${nested(type.slice(2), need)}[]` : nested(type, need)
}

function nested(type: string, need: (name: NeededName) => void): string {
  const scalar = scalars.get(type)
  if (scalar === undefined) need('Json')
  return scalar ?? 'Json'
}

/** The permitted values as literal types. Those of another type can never be valid; lists and maps have no literal. */
function literalsOf(values: readonly Json[], scalar: string | undefined): readonly string[] {
  if (scalar === undefined && values.some((value) => typeof value === 'object' && value !== null)) return []
  const literals = values.flatMap((value) => {
    if (scalar !== undefined && typeof value !== scalar) return []
    if (typeof value === 'string') return [stringLiteral(value)]
    return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
      ? [String(value)]
      : []
  })
  return [...new Set(literals)]
}
