import type { FieldDiff } from '../../src/protocol/diff.ts'
import type { CommitInfo, Signature } from '../../src/protocol/outcomes.ts'
import type { Printer } from '../printer.ts'

/** A longer name pushes only its own line. */
const maxNameWidth = 24

/** How wide the names of authors are that stand below each other. */
export function authorWidth(commits: Iterable<Pick<CommitInfo, 'author'>>, print: Printer): number {
  let width = 0
  for (const { author } of commits) width = Math.max(width, print.plain(author.name).length)
  return Math.min(width, maxNameWidth)
}

/** A commit on one line: id, time, author (as wide as told) and the first line of its message. */
export function commitLine({ oid, author, message }: CommitInfo, print: Printer, width: number): string {
  const [subject = ''] = message.split('\n', 1)
  const who = `${formatTime(author)}  ${print.plain(author.name).padEnd(width)}`
  return `${print.yellow(shortId(oid))} ${print.dim(who)}  ${print.plain(subject)}`
}

/** The first digits of an id, as people name commits. */
export function shortId(oid: string): string {
  return oid.slice(0, 10)
}

/** Year to minute in the author's own time zone. */
export function formatTime({ timestampSeconds, timezoneMinutes }: Signature): string {
  const at = new Date((timestampSeconds + timezoneMinutes * 60) * 1000)
  return Number.isNaN(at.getTime()) ? 'unknown time' : at.toISOString().slice(0, 16).replace('T', ' ')
}

/** One field, before and after. */
export function fieldLine({ path, before, after }: FieldDiff, print: Printer): string {
  return `  ${print.plain(`${path.join('.')}: ${showValue(before)} → ${showValue(after)}`)}`
}

/** Longer values are cut: JSON output has all of them. */
const maxValueLength = 160

/** A value for people; undefined is "absent", which is not null. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length <= maxValueLength
    ? text
    : `${text.slice(0, maxValueLength).replace(/[\uD800-\uDBFF]$/, '')}… (${text.length} characters)`
}
