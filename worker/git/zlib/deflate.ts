import { adler32 } from './adler32.ts'
import { storedSize, writeStored } from './deflate-stored.ts'

// The codes that deflate fixes: RFC 1951 §3.2.5 and §3.2.6. Their bits are kept in the order in which they are sent.
const minimumMatch = 4
const maximumMatch = 258
const maximumDistance = 32768
const hashBits = 12

interface Codes {
  /** By byte: the code above four bits with its length. */
  readonly literals: Int32Array
  /** By match length: the code and its extra bits above five bits with their length. */
  readonly lengths: Int32Array
  /** By distance code: its five bits, the number of its extra bits, its first distance. */
  readonly distances: Int32Array
  /** The code of a distance up to 256, and of larger ones by 128s. */
  readonly distanceCodes: Uint8Array
}

let codes: Codes | undefined

function reversed(value: number, length: number): number {
  let result = 0
  for (let i = 0; i < length; i++) result |= ((value >> i) & 1) << (length - 1 - i)
  return result
}

function fixedCode(symbol: number): { readonly bits: number; readonly length: number } {
  const [first, code, length] =
    symbol < 144 ? [0, 0x30, 8] : symbol < 256 ? [144, 0x190, 9] : symbol < 280 ? [256, 0, 7] : [280, 0xc0, 8]
  return { bits: reversed(code + symbol - first, length), length }
}

function makeCodes(): Codes {
  const literals = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    const { bits, length } = fixedCode(byte)
    literals[byte] = (bits << 4) | length
  }
  const lengths = new Int32Array(maximumMatch + 1)
  let first = 3
  for (let symbol = 257; symbol < 285; symbol++) {
    const extra = symbol < 265 ? 0 : (symbol - 261) >> 2
    const { bits, length } = fixedCode(symbol)
    for (let i = 0; i < 1 << extra && first + i < maximumMatch; i++) {
      lengths[first + i] = ((bits | (i << length)) << 5) | (length + extra)
    }
    first += 1 << extra
  }
  const longest = fixedCode(285)
  lengths[maximumMatch] = (longest.bits << 5) | longest.length

  const distances = new Int32Array(30 * 3)
  const distanceCodes = new Uint8Array(512)
  let distance = 1
  for (let code = 0; code < 30; code++) {
    const extra = code < 4 ? 0 : (code - 2) >> 1
    distances.set([reversed(code, 5), extra, distance], code * 3)
    for (let i = 0; i < 1 << extra; i++, distance++) {
      if (distance <= 256) distanceCodes[distance - 1] = code
      else distanceCodes[256 + ((distance - 1) >> 7)] = code
    }
  }
  return { literals, lengths, distances, distanceCodes }
}

/** Compresses many small pieces: what is set up once is kept from one to the next. */
export interface Deflate {
  /**
   * Writes `bytes` as a zlib stream to `into`, which has room for {@link storedSize} of them, and answers the
   * position after it.
   */
  write(bytes: Uint8Array, into: Uint8Array, at: number): number
}

/**
 * A compressor with no cost per piece: one pass, the last place of each hash, the codes that deflate fixes. What
 * it makes of small text is about a tenth larger than zlib's; what does not get smaller is stored. General
 * libraries prepare tables of 64 kB and more for each call, which small pieces pay a hundred times over.
 */
export function createDeflate(): Deflate {
  const { literals, lengths, distances, distanceCodes } = (codes ??= makeCodes())
  // Places count on from piece to piece, so that the table needs no clearing.
  const places = new Int32Array(1 << hashBits)
  let origin = 1

  /** The position after the stream, or -1 when it would come to `limit`. */
  function compress(bytes: Uint8Array, into: Uint8Array, start: number, limit: number): number {
    const size = bytes.length
    if (origin + size > 0x7fffffff) {
      places.fill(0)
      origin = 1
    }
    let out = start
    into[out++] = 0x78
    into[out++] = 0x01
    let bits = 3 // the last block, fixed codes
    let filled = 3
    let at = 0
    const lastHash = size - minimumMatch
    // A step writes at most 8 bytes; the end-of-block code and the checksum need 7.
    const outEnd = limit - 16
    while (at < size) {
      if (out >= outEnd) return -1
      if (at <= lastHash) {
        // Every index below is inside: at + 3 < size, and a place is before `at`.
        const word =
          (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24)
        const hash = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits)
        const from = (places[hash] as number) - origin
        places[hash] = origin + at
        if (
          from >= 0 &&
          at - from <= maximumDistance &&
          bytes[from] === bytes[at] &&
          bytes[from + 1] === bytes[at + 1] &&
          bytes[from + 2] === bytes[at + 2] &&
          bytes[from + 3] === bytes[at + 3]
        ) {
          let length = minimumMatch
          const longest = Math.min(maximumMatch, size - at)
          while (length < longest && bytes[from + length] === bytes[at + length]) length++
          const code = lengths[length] as number
          bits |= (code >> 5) << filled
          filled += code & 31
          while (filled >= 8) {
            into[out++] = bits
            bits >>>= 8
            filled -= 8
          }
          const back = at - from - 1
          const distance = 3 * (distanceCodes[back < 256 ? back : 256 + (back >> 7)] as number)
          const extra = distances[distance + 1] as number
          bits |=
            ((distances[distance] as number) | ((back + 1 - (distances[distance + 2] as number)) << 5)) <<
            filled
          filled += 5 + extra
          while (filled >= 8) {
            into[out++] = bits
            bits >>>= 8
            filled -= 8
          }
          at += length
          continue
        }
      }
      const code = literals[bytes[at++] as number] as number // at < size
      bits |= (code >> 4) << filled
      filled += code & 15
      while (filled >= 8) {
        into[out++] = bits
        bits >>>= 8
        filled -= 8
      }
    }
    origin += size
    // The end of the block is seven zero bits.
    for (filled += 7; filled > 0; filled -= 8) {
      into[out++] = bits
      bits >>>= 8
    }
    const sum = adler32(bytes, 0, size)
    for (let shift = 24; shift >= 0; shift -= 8) into[out++] = sum >>> shift
    return out
  }

  return {
    write(bytes, into, at) {
      const end = compress(bytes, into, at, at + storedSize(bytes.length))
      if (end >= 0) return end
      origin += bytes.length
      return writeStored(bytes, into, at)
    },
  }
}

let shared: Deflate | undefined

/** One piece as a zlib stream. */
export function deflate(bytes: Uint8Array): Uint8Array {
  shared ??= createDeflate()
  const into = new Uint8Array(storedSize(bytes.length))
  return into.slice(0, shared.write(bytes, into, 0))
}
