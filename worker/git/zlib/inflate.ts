import { adler32 } from './adler32.ts'
import {
  buildTable,
  invalidCode,
  kindMask,
  linkKind,
  makeAlphabets,
  specialFlag,
  tableSize,
} from './inflate-tables.ts'

/** Readable bytes that must follow `end` in the source array: the hot loop reads ahead without bounds checks. */
export const inflatePadding = 16
/** The stream goes on after `end`. */
export const inflateNeedsInput = -1
/** The stream is damaged, has another size than declared, or a wrong checksum. */
export const inflateCorrupt = -2

/** The order in which code lengths of the code-length alphabet are sent (RFC 1951 §3.2.7). */
const lengthOrder: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** What symbols mean, the fixed codes (RFC 1951 §3.2.6), and room for the code of the present block. */
function makeTables() {
  const alphabets = makeAlphabets()
  const fixedLiterals = new Int32Array(512)
  const fixedDistances = new Int32Array(32)
  const used = { symbols: new Uint16Array(320), lengths: new Uint8Array(320) }
  for (let i = 0; i < 288; i++) used.symbols[i] = i
  used.lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288)
  buildTable(fixedLiterals, alphabets.literals, used, 0, 288, 0, 9, false)
  used.lengths.fill(5, 0, 32)
  buildTable(fixedDistances, alphabets.distances, used, 0, 32, 0, 5, false)
  return {
    alphabets,
    used,
    fixedLiterals,
    fixedDistances,
    codeLengths: new Uint8Array(19),
    codeLengthTable: new Int32Array(128),
    literals: new Int32Array(tableSize),
    distances: new Int32Array(tableSize),
  }
}

/** One set for all: a stream is inflated in one synchronous call. */
let shared: ReturnType<typeof makeTables> | undefined

/**
 * Inflates the zlib stream (RFC 1950, RFC 1951) that starts at `start` of `source` into exactly `size` bytes of
 * `out` from `outStart`. Answers the number of source bytes that the stream takes, or {@link inflateNeedsInput}
 * or {@link inflateCorrupt}. Never writes outside of its `size` bytes, whatever the stream says.
 *
 * `source` must hold {@link inflatePadding} more bytes after `end`; their values do not matter.
 *
 * One long function on local variables: what is called per symbol would cost more than the symbol.
 */
export function inflate(
  source: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outStart: number,
  size: number,
): number {
  // Reads below stay inside their arrays: source reads end before `end + inflatePadding`, table indexes are
  // masked to the table's size, output positions are compared with `outEnd`.
  if (end - start < 2) return inflateNeedsInput
  const tables = (shared ??= makeTables())
  const cmf = source[start] as number
  const flags = source[start + 1] as number
  if ((cmf & 15) !== 8 || cmf >> 4 > 7 || ((cmf << 8) | flags) % 31 !== 0 || (flags & 32) !== 0) {
    return inflateCorrupt
  }
  let ip = start + 2
  let op = outStart
  const outEnd = outStart + size
  // Past this position even the bits read ahead lie behind `end`.
  const limit = end + 3
  let hold = 0
  let bits = 0
  let last = 0
  do {
    if (ip > limit) return inflateNeedsInput
    if (bits < 16) {
      hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
      ip += 2
      bits += 16
    }
    last = hold & 1
    const kind = (hold >>> 1) & 3
    hold >>>= 3
    bits -= 3

    if (kind === 0) {
      // Stored: back to the byte boundary, without what was read ahead.
      ip -= bits >> 3
      hold = 0
      bits = 0
      if (ip + 4 > end) return inflateNeedsInput
      const length = (source[ip] as number) | ((source[ip + 1] as number) << 8)
      const check = (source[ip + 2] as number) | ((source[ip + 3] as number) << 8)
      if (length !== (check ^ 0xffff) || op + length > outEnd) return inflateCorrupt
      ip += 4
      if (ip + length > end) return inflateNeedsInput
      if (length < 64) for (let i = 0; i < length; i++) out[op + i] = source[ip + i] as number
      else out.set(source.subarray(ip, ip + length), op)
      op += length
      ip += length
      continue
    }

    let literals = tables.fixedLiterals
    let distances = tables.fixedDistances
    let literalBits = 9
    let distanceBits = 5
    if (kind === 2) {
      const { alphabets, used, codeLengths, codeLengthTable } = tables
      const { symbols, lengths } = used
      if (bits < 16) {
        hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
        ip += 2
        bits += 16
      }
      const literalCount = (hold & 31) + 257
      const distanceCount = ((hold >>> 5) & 31) + 1
      const codeLengthCount = ((hold >>> 10) & 15) + 4
      hold >>>= 14
      bits -= 14
      if (literalCount > 286 || distanceCount > 30) return ip > end ? inflateNeedsInput : inflateCorrupt
      for (let i = 0; i < 19; i++) {
        let length = 0
        if (i < codeLengthCount) {
          if (bits < 3) {
            hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
            ip += 2
            bits += 16
          }
          length = hold & 7
          hold >>>= 3
          bits -= 3
        }
        codeLengths[lengthOrder[i] as number] = length
      }
      let count = 0
      for (let i = 0; i < 19; i++) {
        const length = codeLengths[i] as number
        if (length === 0) continue
        symbols[count] = i
        lengths[count++] = length
      }
      const codeLengthBits = buildTable(codeLengthTable, alphabets.codeLengths, used, 0, count, 0, 7, false)
      if (codeLengthBits < 0) return ip > end ? inflateNeedsInput : inflateCorrupt
      const codeLengthMask = (1 << codeLengthBits) - 1
      const total = literalCount + distanceCount
      let previous = -1
      let hasEnd = false
      let literalsUsed = -1
      count = 0
      for (let i = 0; i < total;) {
        if (ip > limit) return inflateNeedsInput
        if (bits < 16) {
          hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
          ip += 2
          bits += 16
        }
        const entry = codeLengthTable[hold & codeLengthMask] as number
        hold >>>= entry & 15
        bits -= entry & 15
        const code = entry >> 8
        let times = 1
        if (code < 16) {
          previous = code
        } else if (code === 16) {
          if (previous < 0) return ip > end ? inflateNeedsInput : inflateCorrupt
          times = 3 + (hold & 3)
          hold >>>= 2
          bits -= 2
        } else if (code === 17) {
          previous = 0
          times = 3 + (hold & 7)
          hold >>>= 3
          bits -= 3
        } else {
          previous = 0
          times = 11 + (hold & 127)
          hold >>>= 7
          bits -= 7
        }
        if (i + times > total) return ip > end ? inflateNeedsInput : inflateCorrupt
        if (previous === 0) {
          i += times
          continue
        }
        for (; times > 0; times--) {
          if (literalsUsed < 0 && i >= literalCount) literalsUsed = count
          if (i === 256) hasEnd = true
          symbols[count] = i++
          lengths[count++] = previous
        }
      }
      if (literalsUsed < 0) literalsUsed = count
      // A block without an end cannot be: the symbol must have a code.
      if (!hasEnd) return ip > end ? inflateNeedsInput : inflateCorrupt
      // Building a large table costs more than it saves on a short text.
      literals = tables.literals
      distances = tables.distances
      const left = outEnd - op
      const literalRoot = left < 1024 ? 9 : 10
      const distanceRoot = left < 1024 ? 7 : 8
      literalBits = buildTable(literals, alphabets.literals, used, 0, literalsUsed, 0, literalRoot, true)
      distanceBits = buildTable(
        distances,
        alphabets.distances,
        used,
        literalsUsed,
        count,
        literalCount,
        distanceRoot,
        true,
      )
      if (literalBits < 0 || distanceBits < 0) return ip > end ? inflateNeedsInput : inflateCorrupt
    } else if (kind === 3) {
      return ip > end ? inflateNeedsInput : inflateCorrupt
    }

    const literalMask = (1 << literalBits) - 1
    const distanceMask = (1 << distanceBits) - 1
    for (;;) {
      if (bits < 16) {
        if (ip > limit) return inflateNeedsInput
        hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
        ip += 2
        bits += 16
      }
      let entry = literals[hold & literalMask] as number
      if (entry < 0) {
        if (op === outEnd) return ip > end ? inflateNeedsInput : inflateCorrupt
        out[op++] = entry >>> 8
        hold >>>= entry & 15
        bits -= entry & 15
        continue
      }
      if ((entry & specialFlag) !== 0) {
        if ((entry & kindMask) === linkKind) {
          entry = literals[
            ((entry >>> 8) & 0x3fffff) + ((hold >>> literalBits) & ((1 << (entry & 15)) - 1))
          ] as number
          hold >>>= literalBits
          bits -= literalBits
        }
        if (entry < 0) {
          if (op === outEnd) return ip > end ? inflateNeedsInput : inflateCorrupt
          out[op++] = entry >>> 8
          hold >>>= entry & 15
          bits -= entry & 15
          continue
        }
        if ((entry & specialFlag) !== 0) {
          if ((entry & kindMask) === invalidCode) return ip > end ? inflateNeedsInput : inflateCorrupt
          hold >>>= entry & 15
          bits -= entry & 15
          break // end of block
        }
      }
      hold >>>= entry & 15
      bits -= entry & 15
      if (bits < 16) {
        hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
        ip += 2
        bits += 16
      }
      let extra = (entry >>> 4) & 15
      const length = (entry >>> 8) + (hold & ((1 << extra) - 1))
      hold >>>= extra
      bits -= extra
      if (bits < 16) {
        hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
        ip += 2
        bits += 16
      }
      entry = distances[hold & distanceMask] as number
      if ((entry & specialFlag) !== 0) {
        if ((entry & kindMask) === linkKind) {
          entry = distances[
            ((entry >>> 8) & 0x3fffff) + ((hold >>> distanceBits) & ((1 << (entry & 15)) - 1))
          ] as number
          hold >>>= distanceBits
          bits -= distanceBits
        }
        if ((entry & specialFlag) !== 0) return ip > end ? inflateNeedsInput : inflateCorrupt
      }
      hold >>>= entry & 15
      bits -= entry & 15
      if (bits < 16) {
        hold |= ((source[ip] as number) | ((source[ip + 1] as number) << 8)) << bits
        ip += 2
        bits += 16
      }
      extra = (entry >>> 4) & 15
      const distance = (entry >>> 8) + (hold & ((1 << extra) - 1))
      hold >>>= extra
      bits -= extra
      const stop = op + length
      let from = op - distance
      if (from < outStart || stop > outEnd) return ip > end ? inflateNeedsInput : inflateCorrupt
      if (length > 64 && distance >= length) {
        out.copyWithin(op, from, from + length)
        op = stop
      } else {
        while (op < stop) out[op++] = out[from++] as number
      }
    }
  } while (last === 0)

  ip -= bits >> 3
  if (ip + 4 > end) return inflateNeedsInput
  if (op !== outEnd) return inflateCorrupt
  const expected =
    ((source[ip] as number) << 24) |
    ((source[ip + 1] as number) << 16) |
    ((source[ip + 2] as number) << 8) |
    (source[ip + 3] as number)
  if (adler32(out, outStart, outEnd) !== expected) return inflateCorrupt
  return ip + 4 - start
}
