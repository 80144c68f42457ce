import type { Json } from '../../../src/protocol/records.ts'
import { formatNumberLike } from '../number-text.ts'
import { formatYamlScalar, isPlainDate } from './yaml-emit.ts'

/** A scalar in the style of the source text of the one that it replaces. */
export function formatYamlScalarLike(value: Json, oldSource: string): string {
  if (typeof value === 'number') return formatNumberLike(value, oldSource)
  if (oldSource.startsWith("'")) return formatYamlScalar(value, { quotes: 'single' })
  if (oldSource.startsWith('"')) return formatYamlScalar(value, { quotes: 'double' })
  // A file that has its dates without quotes keeps them so (text in YAML 1.2; other readers know the file).
  if (typeof value === 'string' && isPlainDate(value) && isPlainDate(oldSource)) return value
  return formatYamlScalar(value)
}
