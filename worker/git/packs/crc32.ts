// Slicing-by-8: table k holds the checksum of a byte that is followed by k zero bytes.
let tables: Int32Array | undefined

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    made[byte] = crc
  }
  for (let i = 256; i < made.length; i++) {
    const previous = made[i - 256] as number // i >= 256
    made[i] = (previous >>> 8) ^ (made[previous & 255] as number)
  }
  return made
}

/**
 * CRC-32 (as in zip, zlib and git's `.idx`) of `bytes` from `start` to `end`, as an int32. `seed` continues an
 * earlier result.
 */
export function crc32(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  const t = (tables ??= makeTables())
  let crc = ~seed
  let at = start
  // Every index below is inside its array: at + 7 < end, and table indexes are bytes plus a multiple of 256.
  for (const stop = end - 7; at < stop; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] as number)) & 255] as number)
  return ~crc
}
