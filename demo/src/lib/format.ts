const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** “2 days ago” for seconds since 1970. */
export function timeAgo(seconds: number, nowSeconds: number = Date.now() / 1000): string {
  const difference = seconds - nowSeconds
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  for (const [unit, length] of units) {
    if (Math.abs(difference) >= length) return relative.format(Math.round(difference / length), unit)
  }
  return 'just now'
}

/** A date and time in full, for tooltips. */
export function fullTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'short' })
}

/** “1 record”, “3 records”. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** “12 kB”, “3.4 MB”. */
export function formatBytes(bytes: number): string {
  const [size, unit] =
    bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB']
  return `${size.toLocaleString('en', { maximumFractionDigits: size < 10 && unit !== 'kB' ? 1 : 0 })} ${unit}`
}

/** A commit's first line. */
export function subjectOf(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}

/** The short form of an object id. */
export function shortOid(oid: string): string {
  return oid.slice(0, 7)
}
