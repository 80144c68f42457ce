/** A float as Go's %g writes it: the shortest digits, always with a point or an exponent. */
export function formatFloat(value: number, form = 'g'): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? '+inf' : '-inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const text = unsigned(Math.abs(value), form.toLowerCase())
  return sign + (form < 'a' ? text.toUpperCase() : text)
}

function unsigned(value: number, form: string): string {
  const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2')
  if (form === 'e') return exponent(value.toExponential(6))
  if (form === 'f') return value < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`
  const short = value.toExponential()
  const power = Number(short.slice(short.indexOf('e') + 1))
  if (power < -4 || power >= 6) return exponent(short)
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}
