import type { Issue } from '../../src/protocol/issues.ts'
import type { ValidationReport } from '../../src/protocol/validation.ts'

/** A validation and what was validated. */
export interface Report extends ValidationReport {
  /** The folder or address. */
  readonly database: string
  /** In front of the issues' files: the database's folder in its git repository. */
  readonly prefix: string
  readonly commit?: string
  readonly from?: string
}

/** How many errors and warnings there are, in words. */
export function countWords(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  return [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(', ')
}

/** `1 record`, `2 records`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
