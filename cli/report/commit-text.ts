import type { FieldDiff } from '../../src/protocol/diff.ts'
import type { CommitInfo, Signature } from '../../src/protocol/outcomes.ts'
import type { Printer } from '../printer.ts'

/** A commit on one line: id, time, author and the first line of its message. */
export function commitLine({ oid, author, message }: CommitInfo, print: Printer): string {
  const [subject = ''] = message.split('\n', 1)
  const who = `${formatTime(author)}  ${print.plain(author.name)}`
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

/** A value for people; undefined is "absent", which is not null. */
export function showValue(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}
