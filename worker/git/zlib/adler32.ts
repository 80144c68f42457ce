/** Adler-32 (RFC 1950 §8.2) of `bytes` from `start` to `end`, as an int32. */
export function adler32(bytes: Uint8Array, start: number, end: number): number {
  let a = 1
  let b = 0
  let at = start
  while (at < end) {
    // 2048 bytes keep both sums below 2^31, so that they stay small integers.
    const stop = Math.min(at + 2048, end)
    const stop4 = at + ((stop - at) & ~3)
    while (at < stop4) {
      a += bytes[at] as number // at < end in this whole loop
      b += a
      a += bytes[at + 1] as number
      b += a
      a += bytes[at + 2] as number
      b += a
      a += bytes[at + 3] as number
      b += a
      at += 4
    }
    while (at < stop) {
      a += bytes[at++] as number
      b += a
    }
    a %= 65521
    b %= 65521
  }
  return (b << 16) | a
}
