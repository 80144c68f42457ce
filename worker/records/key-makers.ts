import type { Json } from '../../src/protocol/records.ts'

/** RFC 9562, version 4. Not `crypto.randomUUID`, which only secure pages have. */
export function createUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40 // 16 bytes
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Crockford's base 32: no I, L, O, U. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const randomDigits = 16
let lastTime = -1
let lastRandom: number[] = []

/**
 * A ULID (github.com/ulid/spec): ten digits of time, sixteen of chance. Those of one millisecond count up, so that
 * keys sort in the order in which they were made; a clock that goes back does not break that.
 */
export function createUlid(now: number = Date.now()): string {
  if (now > lastTime) {
    lastTime = now
    lastRandom = Array.from(crypto.getRandomValues(new Uint8Array(randomDigits)), (byte) => byte & 31)
    // Room to count up.
    lastRandom[0] = (lastRandom[0] as number) & 15 // sixteen digits
  } else {
    for (let at = randomDigits - 1; at >= 0; at--) {
      const digit = (lastRandom[at] as number) + 1 // sixteen digits
      lastRandom[at] = digit & 31
      if (digit < 32) break
    }
  }
  let time = lastTime
  let text = ''
  for (let digit = 0; digit < 10; digit++) {
    text = digits.charAt(time % 32) + text
    time = Math.floor(time / 32)
  }
  return text + lastRandom.map((digit) => digits.charAt(digit)).join('')
}

const maxSlugLength = 80
/** In UTF-8: of the 200 that a key may have, some are left for the number that tells equal slugs apart. */
const maxSlugBytes = 180

/** Lower case letters and digits of any script, joined by hyphens: `Éire & co.` → `eire-co`. */
export function slugOf(value: Json | undefined): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  const slug = text
    .slice(0, 10 * maxSlugLength)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
  const letters = Array.from(slug.replaceAll(/^-|-$/g, '')).slice(0, maxSlugLength).join('')
  // Whole letters are written, as many as there is room for.
  const { read } = new TextEncoder().encodeInto(letters, new Uint8Array(maxSlugBytes))
  return letters.slice(0, read).replace(/-$/, '') || 'record'
}
