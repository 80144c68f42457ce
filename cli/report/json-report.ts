import type { CliIo } from '../io.ts'
import type { Report } from './report.ts'

/** Counts changes of the JSON that commands print that would break a reader. Documented in docs/cli.md. */
export const jsonVersion = 1

/** Prints a validation as one JSON document. */
export function reportJson(report: Report, io: CliIo): void {
  const { database, commit, from, valid, checked, issues } = report
  printJson({ database, commit: commit ?? null, from: from ?? null, valid, checked, issues }, io)
}

/** Prints a command's result as JSON: `version` first. */
export function printJson(result: object, io: CliIo): void {
  io.out(`${JSON.stringify({ version: jsonVersion, ...result }, null, 2)}\n`)
}
