import type { Condition } from '../../src/protocol/query.ts'
import { compileLinearPattern } from '../format/linear-pattern/linear-pattern.ts'
import type { Value } from './compare-values.ts'
import { queryFault } from './query-faults.ts'

/** Conditions on a part of text; what is not text never matches. */
export type TextCondition = Extract<
  Condition,
  { readonly op: 'contains' | 'startsWith' | 'endsWith' | 'matches' }
>

/** @throws EspalierError `query/invalid` for a pattern that cannot run in linear time, with the reason */
export function compileTextMatch(condition: TextCondition): (value: Value) => boolean {
  const { op, value: wanted, ignoreCase = false } = condition
  if (op === 'matches') return compileMatches(wanted, ignoreCase)
  const part = ignoreCase ? wanted.toLowerCase() : wanted
  const test = op === 'contains' ? 'includes' : op
  return (value) => typeof value === 'string' && (ignoreCase ? value.toLowerCase() : value)[test](part)
}

function compileMatches(source: string, ignoreCase: boolean): (value: Value) => boolean {
  const pattern = compileLinearPattern(ignoreCase ? `(?i)${source}` : source)
  if (pattern.ok) return (value) => typeof value === 'string' && pattern.test(value)
  const message = `The pattern "${source.slice(0, 80)}" is refused: ${pattern.reason}. Patterns run in time linear to the text: RE2's syntax, without back-references and look-around.`
  throw queryFault('query/invalid', message, [], { pattern: source.slice(0, 1000), reason: pattern.reason })
}
