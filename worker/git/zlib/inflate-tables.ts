/**
 * Huffman decoding tables for inflate (RFC 1951 §3.2).
 *
 * A table is indexed by the next `root` bits of input. Its entries are int32 numbers:
 * - literal: negative; bits 8–15 the byte, bits 0–3 the code's length;
 * - length or distance: bits 8–29 the base value, bits 4–7 the count of extra bits, bits 0–3 the code's length;
 * - special (bit 30): bits 4–7 the kind below. For a link to a second-level table, bits 8–29 are its start and
 *   bits 0–3 its index bits; codes there carry only the length that is left after `root` bits.
 */
export const specialFlag = 0x40000000
/** No other special entry has all the other bits clear. */
const endOfBlock = specialFlag
export const linkKind: number = specialFlag | (1 << 4)
export const invalidCode: number = specialFlag | (2 << 4)
export const kindMask: number = specialFlag | 0xf0

/** Room for the largest table that a valid code can need (zlib's `enough`, rounded up). */
export const tableSize = 2048

/** What each symbol of an alphabet means, without the code's length. */
export interface Alphabets {
  readonly codeLengths: Int32Array
  readonly literals: Int32Array
  readonly distances: Int32Array
}

export function makeAlphabets(): Alphabets {
  const codeLengths = new Int32Array(19)
  for (let i = 0; i < 19; i++) codeLengths[i] = i << 8
  const literals = new Int32Array(288).fill(invalidCode)
  for (let i = 0; i < 256; i++) literals[i] = 0x80000000 | (i << 8)
  literals[256] = endOfBlock
  for (let i = 0, base = 3; i < 28; i++) {
    const extra = i < 8 ? 0 : (i >> 2) - 1
    literals[257 + i] = (base << 8) | (extra << 4)
    base += 1 << extra
  }
  literals[285] = 258 << 8
  const distances = new Int32Array(32).fill(invalidCode)
  for (let i = 0, base = 1; i < 30; i++) {
    const extra = i < 4 ? 0 : (i >> 1) - 1
    distances[i] = (base << 8) | (extra << 4)
    base += 1 << extra
  }
  return { codeLengths, literals, distances }
}

const counts = new Int32Array(16)
const starts = new Int32Array(16)
const sorted = new Int32Array(288)

/** The symbols of a code that have a length, in symbol order: most symbols of a short text's code have none. */
export interface UsedSymbols {
  readonly symbols: Uint16Array
  readonly lengths: Uint8Array
}

/**
 * Builds the table of the code given by `used[from … to]`. `shift` is subtracted from the symbols. Answers the
 * number of root bits used (at most `root`), or -1 when the lengths do not describe a code: over-subscribed, or
 * incomplete (only a single code of one bit may be, and not in the code-length alphabet).
 *
 * The table is doubled as codes grow longer instead of filled with strides: each symbol is written once.
 */
export function buildTable(
  table: Int32Array,
  alphabet: Int32Array,
  used: UsedSymbols,
  from: number,
  to: number,
  shift: number,
  root: number,
  mayBeIncomplete: boolean,
): number {
  const { symbols, lengths } = used
  for (let i = 0; i < 16; i++) counts[i] = 0
  // Indexes in this function are in range: code lengths are below 16, symbols below 288 (the callers' checks).
  for (let i = from; i < to; i++) (counts[lengths[i] as number] as number)++
  let longest = 15
  while (longest > 0 && counts[longest] === 0) longest--
  if (longest === 0) {
    table[0] = invalidCode | 1
    table[1] = invalidCode | 1
    return mayBeIncomplete ? 1 : -1
  }
  let left = 1
  let position = 0
  for (let length = 1; length <= longest; length++) {
    const count = counts[length] as number
    left = left * 2 - count
    if (left < 0) return -1
    starts[length] = position
    position += count
  }
  if (left > 0 && !(mayBeIncomplete && longest === 1)) return -1
  for (let i = from; i < to; i++) {
    sorted[(starts[lengths[i] as number] as number)++] = (symbols[i] as number) - shift
  }
  if (left > 0) {
    table[0] = (alphabet[sorted[0] as number] as number) | 1
    table[1] = invalidCode | 1
    return 1
  }

  const rootBits = longest < root ? longest : root
  let next = 0
  let code = 0
  let length = 1
  let remaining = counts[1] as number
  let size = 2
  while (remaining === 0) {
    remaining = counts[++length] as number
    size <<= 1
  }
  while (length <= rootBits) {
    for (; remaining > 0; remaining--) {
      table[code] = (alphabet[sorted[next++] as number] as number) | length
      const open = code ^ (size - 1)
      if (open === 0) {
        for (; length < rootBits; length++) size = double(table, size)
        return rootBits
      }
      // The next code of this length, counted in reversed bit order.
      const bit = 1 << (31 - Math.clz32(open))
      code = (code & (bit - 1)) | bit
    }
    while (remaining === 0) {
      if (++length <= rootBits) size = double(table, size)
      remaining = counts[length] as number
    }
  }

  let end = 1 << rootBits
  let prefix = -1
  let start = 0
  let indexBits = 0
  for (;;) {
    const rootIndex = code & ((1 << rootBits) - 1)
    if (rootIndex !== prefix) {
      prefix = rootIndex
      start = end
      indexBits = length - rootBits
      let space = remaining
      while (space < 1 << indexBits) {
        indexBits++
        space = space * 2 + (counts[rootBits + indexBits] as number)
      }
      end = start + (1 << indexBits)
      table[prefix] = linkKind | (start << 8) | indexBits
    }
    const entry = (alphabet[sorted[next++] as number] as number) | (length - rootBits)
    for (let i = code >> rootBits; i < 1 << indexBits; i += 1 << (length - rootBits)) table[start + i] = entry
    const open = code ^ ((1 << length) - 1)
    if (open === 0) return rootBits
    const bit = 1 << (31 - Math.clz32(open))
    code = (code & (bit - 1)) | bit
    remaining--
    while (remaining === 0) remaining = counts[++length] as number
  }
}

function double(table: Int32Array, size: number): number {
  for (let i = 0; i < size; i++) table[size + i] = table[i] as number // i < size
  return size * 2
}
