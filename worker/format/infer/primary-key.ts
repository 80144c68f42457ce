import type { Json, RecordValue } from '../../../src/protocol/records.ts'

/** Names that suggest a key, the likeliest first. */
const likely = [
  /^(?:key|code|slug|uuid|guid|uid|sku|iso)$/i,
  /(?:_id|_key|_code|[a-z](?:Id|Key|Code))$/,
  /^(?:name|title)$/i,
]
/** Columns that are tried in pairs. */
const maxPaired = 8

/**
 * The columns whose values tell all rows apart; empty when `$ID`, `$id` or `id` does, which needs no
 * `primary_key`. Undefined when not even all columns together do.
 */
export function guessPrimaryKey(rows: readonly RecordValue[]): readonly string[] | undefined {
  if (['$ID', '$id', 'id'].some((name) => isUnique(rows, [name]))) return []
  const names = Object.keys(rows[0] ?? {}).filter((name) =>
    rows.every((row) => partOf(row, name) !== undefined),
  )
  const rank = (name: string): number => {
    const found = likely.findIndex((pattern) => pattern.test(name))
    return found === -1 ? likely.length : found
  }
  const ranked = names.toSorted((a, b) => rank(a) - rank(b))
  const single = ranked.find((name) => isUnique(rows, [name]))
  if (single !== undefined) return [single]
  const paired = ranked.slice(0, maxPaired)
  for (const [index, first] of paired.entries()) {
    const second = paired.slice(index + 1).find((name) => isUnique(rows, [first, name]))
    if (second !== undefined) return [first, second]
  }
  return names.length > 2 && isUnique(rows, names) ? names : undefined
}

function isUnique(rows: readonly RecordValue[], names: readonly string[]): boolean {
  const seen = new Set<string>()
  for (const row of rows) {
    const parts = names.map((name) => partOf(row, name))
    if (parts.includes(undefined)) return false
    seen.add(parts.join('\u001f').normalize('NFC'))
  }
  return seen.size === rows.length
}

/** What a field gives to a key: text that a key may hold, whole numbers. */
function partOf(row: RecordValue, name: string): string | undefined {
  const value: Json | undefined = Object.hasOwn(row, name) ? row[name] : undefined
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  return typeof value === 'string' && /^[^\u0000-\u001f\u007f-\u009f\p{Surrogate}]{1,200}$/u.test(value)
    ? value
    : undefined
}
