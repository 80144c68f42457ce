import { EspalierError } from '../../src/protocol/errors.ts'

/** A SHA-1 object id as 40 lower-case hex digits. Inside hot loops ids are 20 raw bytes instead. */
export type Oid = string & { readonly __brand: 'Oid' }

export const oidBytes = 20
/** The id that git's protocol uses for "no object". */
export const zeroOid: Oid = '0000000000000000000000000000000000000000' as Oid

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)
const oidPattern = /^[0-9a-f]{40}$/

export function isOid(text: string): text is Oid {
  return oidPattern.test(text)
}

/** Checks text from outside. Throws `git/bad-ref-name`. */
export function parseOid(text: string): Oid {
  if (isOid(text)) return text
  throw new EspalierError('git/bad-ref-name', `"${text.slice(0, 80)}" is not an object id (40 hex digits).`)
}

/** The id that starts at `at` in raw bytes (a tree entry, an index row). */
export function oidFromBytes(bytes: Uint8Array, at = 0): Oid {
  let hex = ''
  for (let i = at; i < at + oidBytes; i++) hex += hexOfByte[bytes[i] ?? 0]
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
