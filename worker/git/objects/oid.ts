import { EspalierError } from '../../../src/protocol/errors.ts'

/** A SHA-1 object id as 40 lower-case hex digits. Inside hot loops ids are 20 raw bytes instead. */
export type Oid = string & { readonly __brand: 'Oid' }

export const oidBytes = 20
/** The id that git's protocol uses for "no object". */
export const zeroOid: Oid = '0000000000000000000000000000000000000000' as Oid

// The character codes of a byte's two hex digits.
const highDigit: Uint8Array = digitCodes((byte) => byte >> 4)
const lowDigit: Uint8Array = digitCodes((byte) => byte & 15)

function digitCodes(digit: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => digit(byte).toString(16).charCodeAt(0))
}

const oidPattern = /^[0-9a-f]{40}$/

export function isOid(text: string): text is Oid {
  return oidPattern.test(text)
}

/** Checks text from outside. Throws `git/bad-ref-name`. */
export function parseOid(text: string): Oid {
  if (isOid(text)) return text
  throw new EspalierError('git/bad-ref-name', `"${text.slice(0, 80)}" is not an object id (40 hex digits).`)
}

/**
 * The id that starts at `at` in raw bytes (a tree entry, an index row), which hold all 20 of it. Written out in one
 * call, because that makes one flat string: joining pieces makes a chain of them, thirty times slower to make and
 * to look up.
 */
export function oidFromBytes(b: Uint8Array, at = 0): Oid {
  const h = highDigit
  const l = lowDigit
  // Each index is a byte (the caller's array holds 20 from `at`), and the tables have an entry for each byte.
  // oxfmt-ignore
  const hex = String.fromCharCode(
    h[b[at]!]!, l[b[at]!]!,
    h[b[at + 1]!]!, l[b[at + 1]!]!,
    h[b[at + 2]!]!, l[b[at + 2]!]!,
    h[b[at + 3]!]!, l[b[at + 3]!]!,
    h[b[at + 4]!]!, l[b[at + 4]!]!,
    h[b[at + 5]!]!, l[b[at + 5]!]!,
    h[b[at + 6]!]!, l[b[at + 6]!]!,
    h[b[at + 7]!]!, l[b[at + 7]!]!,
    h[b[at + 8]!]!, l[b[at + 8]!]!,
    h[b[at + 9]!]!, l[b[at + 9]!]!,
    h[b[at + 10]!]!, l[b[at + 10]!]!,
    h[b[at + 11]!]!, l[b[at + 11]!]!,
    h[b[at + 12]!]!, l[b[at + 12]!]!,
    h[b[at + 13]!]!, l[b[at + 13]!]!,
    h[b[at + 14]!]!, l[b[at + 14]!]!,
    h[b[at + 15]!]!, l[b[at + 15]!]!,
    h[b[at + 16]!]!, l[b[at + 16]!]!,
    h[b[at + 17]!]!, l[b[at + 17]!]!,
    h[b[at + 18]!]!, l[b[at + 18]!]!,
    h[b[at + 19]!]!, l[b[at + 19]!]!,
  )
  return hex as Oid // 20 bytes as hex are an Oid by construction
}

export function oidToBytes(oid: Oid, into: Uint8Array = new Uint8Array(oidBytes), at = 0): Uint8Array {
  for (let i = 0; i < oidBytes; i++) {
    into[at + i] = (hexDigit(oid.charCodeAt(i * 2)) << 4) | hexDigit(oid.charCodeAt(i * 2 + 1))
  }
  return into
}

/** The value of a lower-case hex digit (an Oid has no others). */
function hexDigit(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57
}
