import type { SchemaPlan } from '../../src/protocol/schema-changes.ts'
import { exitCodes, UsageError, type CliIo, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import type { PlannedFiles } from '../../worker/schema-tools/schema-tools.ts'
import type { Source } from '../source/version.ts'
import { writeEdits } from '../source/write-edits.ts'
import { printJson } from './json-report.ts'
import { counted, countWords } from './report.ts'
import { printIssues } from './text-report.ts'

/** How a plan is to be carried out and shown. */
export interface PlanChoices {
  readonly write: boolean
  readonly format: string
  readonly io: CliIo
  readonly print: Printer
}

/** Shows a plan, and writes its files when that is wanted and nothing speaks against it. */
export async function finishPlan(
  source: Source,
  { plan, edits }: PlannedFiles,
  { write, format, io, print }: PlanChoices,
): Promise<ExitCode> {
  const isRefused = plan.issues.some(({ severity }) => severity === 'error')
  const written = write && !isRefused && edits.length > 0
  if (written) {
    if (source.folder === undefined) throw new UsageError('Files can be written to a folder only.')
    await writeEdits(source.folder, edits)
  }
  if (format === 'json') printJson({ database: source.name, refused: isRefused, written, ...plan }, io)
  else printPlan(plan, isRefused, written, print)
  return isRefused ? exitCodes.issues : exitCodes.ok
}

function printPlan(plan: SchemaPlan, isRefused: boolean, written: boolean, print: Printer): void {
  for (const sentence of plan.summary) print.line(print.plain(sentence))
  if (plan.summary.length > 0) print.line()
  for (const file of plan.files) {
    const from = file.kind === 'move' ? `${print.plain(file.from)} → ` : ''
    print.line(`  ${marks[file.kind](print)} ${from}${print.plain(file.path)}`)
  }
  if (plan.files.length > 0) print.line()
  printIssues(plan.issues, print)
  const what = `${counted(plan.files.length, 'file')}, ${counted(plan.records, 'record')}`
  if (isRefused) print.line(print.red(`Refused: ${countWords(plan.issues)}. Nothing was written.`))
  else if (plan.files.length === 0) print.line('Nothing to change.')
  else if (written) print.line(print.green(`Wrote ${what}. Review them, then commit.`))
  else print.line(`Would change ${what}. Nothing was written: add --write.`)
}

const marks = {
  create: (print: Printer) => print.green('+'),
  edit: (print: Printer) => print.yellow('~'),
  delete: (print: Printer) => print.red('-'),
  move: (print: Printer) => print.yellow('>'),
}
