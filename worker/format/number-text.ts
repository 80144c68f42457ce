/** More decimals than this come from arithmetic, not from a spelling that somebody chose. */
const decimal = /^-?\d+\.(\d{1,6})$/

/**
 * A number's text, with as many decimals as the number that it replaces: 130.0 becomes 131.0, so that a
 * price keeps looking like a price and an edit that is taken back gives back the same bytes.
 */
export function formatNumberLike(value: number, oldText: string): string {
  const text = String(value)
  const places = decimal.exec(oldText)?.[1]?.length
  if (places === undefined) return text
  if (/^-?\d+$/.test(text)) return `${text}.${'0'.repeat(places)}`
  const own = decimal.exec(text)?.[1]?.length ?? places
  return text + '0'.repeat(Math.max(0, places - own))
}
