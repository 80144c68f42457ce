import { appendFile } from 'node:fs/promises'
import type { Issue } from '../../src/protocol/issues.ts'
import type { CliIo } from '../io.ts'
import { counted, countWords, type Report } from './report.ts'

const maxSummaryRows = 200

/**
 * Prints an annotation for each issue, as the workflow commands of GitHub Actions want it, and adds a table to the
 * job's summary. Files are named from the top of the repository.
 */
export async function reportGithub(report: Report, io: CliIo): Promise<void> {
  const { issues, prefix, checked } = report
  for (const issue of issues) io.out(`${annotation(issue, prefix)}\n`)
  const what = `${counted(checked.collections, 'collection')}, ${counted(checked.records, 'record')}`
  const words = issues.length === 0 ? `Valid: ${what}, no issues.` : `${countWords(issues)} in ${what}.`
  io.out(`${words}\n`)
  const summary = io.env['GITHUB_STEP_SUMMARY']
  if (summary) await appendFile(summary, summaryText(report, words))
}

/** One workflow command. */
export function annotation(
  { severity, file, line, column, code, message, key }: Issue,
  prefix: string,
): string {
  const properties = [
    file === '' ? [] : [['file', prefix + file]],
    line === undefined ? [] : [['line', String(line)]],
    line === undefined || column === undefined ? [] : [['col', String(column)]],
    [['title', key === undefined ? code : `${code} (${key})`]],
  ].flat()
  const written = properties.map(([name = '', value = '']) => `${name}=${escapeProperty(value)}`).join(',')
  return `::${severity} ${written}::${escapeData(message)}`
}

// As GitHub's own toolkit does (actions/toolkit, packages/core/src/command.ts).
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function summaryText({ issues, prefix }: Report, words: string): string {
  const head = `### Database validation\n\n${words}\n`
  if (issues.length === 0) return `${head}\n`
  const rows = issues.slice(0, maxSummaryRows).map(({ severity, file, line, key, message, code }) => {
    const place = `${prefix}${file}${line === undefined ? '' : `:${line}`}`
    return `| ${[severity, place, key ?? '', message, code].map(cell).join(' | ')} |\n`
  })
  const more =
    issues.length > maxSummaryRows
      ? `\n… and ${counted(issues.length - maxSummaryRows, 'issue')} more.\n`
      : ''
  return `${head}\n| | File | Record | What is wrong | Code |\n| --- | --- | --- | --- | --- |\n${rows.join('')}${more}\n`
}

/** Text in a table of Markdown: nothing of it is markup. */
function cell(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.replaceAll(/[\\`*_{}[\]<>()#+!|~$@&]/g, (char) => `&#${char.charCodeAt(0)};`)
}
