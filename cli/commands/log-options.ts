import { UsageError } from '../io.ts'

/** A number of entries; `all` is as many as there are. Throws {@link UsageError}. */
export function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (text === 'all') return Infinity
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new UsageError(`--limit takes a number from 1, or all, not "${text}".`)
  return Number(text)
}

const dayMs = 24 * 60 * 60 * 1000
const units: Readonly<Record<string, number>> = { hour: dayMs / 24, day: dayMs, week: 7 * dayMs }

/**
 * A time: an ISO date or time, local unless it names a zone, or `3 days ago`. A date alone is its first moment for
 * `since` and its last for `until`. Throws {@link UsageError}.
 */
export function readTime(option: 'since' | 'until', text: string): Date {
  const ago = /^(\d{1,6})[ .](hour|day|week)s?[ .]ago$/.exec(text)
  if (ago) return new Date(Date.now() - Number(ago[1]) * (units[ago[2] ?? ''] ?? dayMs))
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const clock = option === 'since' ? 'T00:00:00' : 'T23:59:59'
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(isDate ? text + clock : text) : undefined
  if (time === undefined || Number.isNaN(time.getTime()))
    throw new UsageError(
      `--${option} takes 2026-01-31, 2026-01-31T12:00, or "3 days ago" (hours, weeks), not "${text}".`,
    )
  return time
}
