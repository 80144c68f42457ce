import type { FieldStrategies, FieldStrategy } from '../../src/protocol/merge.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'

/** Strategies by collection id. */
export type CollectionStrategies = { readonly [collection: string]: FieldStrategies }

/** Strategies that need no field. */
export const simpleStrategies: readonly string[] = [
  'atomic',
  'set',
  'ordered-set',
  'list',
  'text',
  'counter',
  'max',
  'min',
  'soft-delete',
] satisfies readonly FieldStrategy[]

/** What may be written for a strategy, for messages. */
export const strategyNames: string = [...simpleStrategies, 'key:<field>', 'newest:<field>'].join(', ')

/** Reads a strategy: a name, `key:no`, `newest:updated`, or a map of one of the last two. Undefined: it is none. */
export function readStrategy(value: Json): FieldStrategy | undefined {
  if (typeof value === 'string') {
    if (simpleStrategies.includes(value)) return value as FieldStrategy // one of them
    const [, kind, field] = /^(key|newest):(.+)$/s.exec(value) ?? []
    return kind === undefined || field === undefined ? undefined : asFieldStrategy(kind, field)
  }
  if (!isJsonMap(value)) return undefined
  const [[kind, field] = [], ...others] = Object.entries(value)
  if (others.length > 0 || typeof field !== 'string' || field === '') return undefined
  return kind === 'key' || kind === 'newest' ? asFieldStrategy(kind, field) : undefined
}

function asFieldStrategy(kind: string, field: string): FieldStrategy {
  return kind === 'key' ? { key: field } : { newest: field }
}

/** What is no strategy: where, and why, as a sentence. */
export interface StrategyFault {
  readonly path: readonly string[]
  readonly message: string
}

/** Reads strategies by collection and field. */
export function readStrategies(value: RecordValue): {
  readonly strategies: CollectionStrategies
  readonly faults: readonly StrategyFault[]
} {
  const faults: StrategyFault[] = []
  const collections = Object.entries(value).map(([collection, fields]) => {
    if (!isJsonMap(fields)) {
      faults.push({
        path: [collection],
        message: `${collection} is not a map of fields to strategies.`,
      })
      return [collection, {}] as const
    }
    const read = Object.entries(fields).flatMap(([field, given]) => {
      const strategy = readStrategy(given)
      if (strategy !== undefined) return [[field, strategy] as const]
      faults.push({
        path: [collection, field],
        message: `${collection}.${field} is ${JSON.stringify(given)}, which is no strategy (${strategyNames}).`,
      })
      return []
    })
    return [collection, Object.fromEntries(read)] as const
  })
  return { strategies: Object.fromEntries(collections), faults }
}

/** Strategies over others: field by field the first ones count. */
export function joinStrategies(
  first: CollectionStrategies,
  others: CollectionStrategies,
): CollectionStrategies {
  const joined = new Map(Object.entries(others))
  for (const [id, fields] of Object.entries(first)) joined.set(id, { ...joined.get(id), ...fields })
  return Object.fromEntries(joined)
}
