import { EspalierError, type ErrorData } from '../../src/protocol/errors.ts'
import type { Choice } from '../../src/protocol/merge.ts'
import { findValueFault, isJsonMap } from '../format/record-value.ts'

const names: ReadonlySet<unknown> = new Set(['ours', 'theirs', 'base', 'both', 'delete'])

/** Whether something is a choice. What is none must never be applied: it would leave the place out. */
export function isChoice(choice: unknown): choice is Choice {
  if (names.has(choice)) return true
  return isJsonMap(choice) && Object.hasOwn(choice, 'value') && !findValueFault(choice.value, 'any')
}

/** The error for what is no choice; `where` names the conflict. */
export function notAChoice(where: string, choice: unknown, data: ErrorData): EspalierError {
  const given = isJsonMap(choice) ? `{ ${Object.keys(choice).join(', ')} }` : `"${String(choice)}"`
  return new EspalierError(
    'merge/bad-choice',
    `${given.slice(0, 100)} is no choice at ${where}. Choose "ours", "theirs", "base", "both", "delete" or { value } with JSON data.`,
    { data },
  )
}
