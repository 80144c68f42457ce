import type { Issue } from '../../src/protocol/issues.ts'
import type { Printer } from '../printer.ts'
import { counted, countWords, type Report } from './report.ts'

/** Prints issues by file, for people. */
export function reportText(report: Report, print: Printer): void {
  printIssues(report.issues, print)
  const { collections, records } = report.checked
  const checked = `${counted(collections, 'collection')}, ${counted(records, 'record')}`
  if (report.issues.length === 0) print.line(print.green(`Valid: ${checked}, no issues.`))
  else {
    const words = `${countWords(report.issues)} in ${checked}.`
    print.line(report.valid ? print.yellow(words) : print.red(words))
  }
}

/** Prints the issues of each file under its name. */
export function printIssues(issues: readonly Issue[], print: Printer): void {
  const byFile = new Map<string, Issue[]>()
  for (const issue of issues) {
    const known = byFile.get(issue.file)
    if (known) known.push(issue)
    else byFile.set(issue.file, [issue])
  }
  for (const [file, found] of byFile) {
    print.line(print.bold(file === '' ? '(no file)' : print.plain(file)))
    for (const issue of found) print.line(`  ${issueLine(issue, print)}`)
    print.line()
  }
}

function issueLine({ severity, line, column, key, message, code }: Issue, print: Printer): string {
  const place = line === undefined ? '' : `${line}:${column ?? 1} `
  const level = severity === 'error' ? print.red('error') : print.yellow('warning')
  const record = key === undefined ? '' : `${print.plain(key)}: `
  return `${place}${level} ${record}${print.plain(message)} ${print.dim(code)}`
}
