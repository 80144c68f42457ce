import type { Issue } from '../../src/protocol/issues.ts'
import type { CommandContext } from '../command.ts'

/** An issue on one line: file, line and record as far as they are known. `prefix` stands before files. */
export function issueLine({ file, line, collection, key, severity, message }: Issue, prefix: string): string {
  const place = file === '' ? '' : `${prefix}${file}${line === undefined ? '' : `:${line}`}`
  const record = [collection, key].filter((part) => part !== undefined).join('/')
  return `${[place, record].filter((part) => part !== '').join(': ')}: ${severity}: ${message}`
}

/** Tells of issues on standard error, beside what a command answers. */
export function tellIssues(
  issues: readonly Issue[],
  prefix: string,
  { io, print }: Pick<CommandContext, 'io' | 'print'>,
): void {
  for (const issue of issues) io.err(`${print.plain(issueLine(issue, prefix))}\n`)
}
