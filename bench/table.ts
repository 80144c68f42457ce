import type { Summary } from './statistics.ts'

/** A Markdown table, columns padded so that it reads well in a terminal too. The first column is left-aligned. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => head.map((_, i) => escapeCell(row[i] ?? '')))
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => width(row[i] ?? ''))))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i === 0)).join(' | ')} |`
  const rule = `|${widths.map((w, i) => (i === 0 ? `:${'-'.repeat(w + 1)}` : `${'-'.repeat(w + 1)}:`)).join('|')}|`
  const [first = [], ...rest] = cells
  return [line(first), rule, ...rest.map(line)].join('\n')
}

/** `12.3`, `1,234`: three significant digits below 100, whole numbers above. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  if (size >= 10) return value.toFixed(1)
  return value.toFixed(2)
}

/** `median (min–max)`, or the value alone when there is one. */
export function formatSummary(summary: Summary | undefined, unit: string): string {
  if (summary === undefined) return '–'
  const median = `${formatNumber(summary.median)} ${unit}`
  return summary.count === 1
    ? median
    : `${median} (${formatNumber(summary.min)}–${formatNumber(summary.max)})`
}

function escapeCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ')
}

function pad(cell: string, to: number, left: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)))
  return left ? cell + space : space + cell
}

function width(text: string): number {
  return [...text].length
}
