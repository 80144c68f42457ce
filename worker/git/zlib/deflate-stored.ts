import { adler32 } from './adler32.ts'

const storedBlockBytes = 65535

/** The size of {@link writeStored}'s output. */
export function storedSize(size: number): number {
  return 2 + 4 + size + 5 * Math.max(1, Math.ceil(size / storedBlockBytes))
}

/**
 * Writes `bytes` as a zlib stream of stored blocks (RFC 1951 §3.2.4) and answers the position after it: no
 * compression, and no cost but a copy.
 */
export function writeStored(bytes: Uint8Array, into: Uint8Array, at: number): number {
  into[at++] = 0x78
  into[at++] = 0x01
  let from = 0
  do {
    const length = Math.min(storedBlockBytes, bytes.length - from)
    into[at++] = from + length === bytes.length ? 1 : 0
    into[at++] = length & 255
    into[at++] = length >> 8
    into[at++] = ~length & 255
    into[at++] = (~length >> 8) & 255
    into.set(from === 0 && length === bytes.length ? bytes : bytes.subarray(from, from + length), at)
    at += length
    from += length
  } while (from < bytes.length)
  const sum = adler32(bytes, 0, bytes.length)
  for (let shift = 24; shift >= 0; shift -= 8) into[at++] = sum >>> shift
  return at
}
