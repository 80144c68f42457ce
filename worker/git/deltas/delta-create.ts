// Writes deltas as in gitformat-pack(5), "Deltified representation".

/** Matches shorter than this are not worth an instruction. */
const blockBytes = 16
/** How far ahead to look for the place where base and target agree again after a replaced part. */
const resyncBytes = 64
/** One copy instruction takes at most this much: all readers understand it. */
const maxCopy = 0x10000
const maxInsert = 127

/**
 * A delta that makes `target` out of `base`. Meant for texts that are much alike, large trees above all: a
 * replaced part of equal length (an entry's id) is stepped over directly; only where something was inserted,
 * deleted or moved an index of the base is made.
 */
export function createDelta(base: Uint8Array, target: Uint8Array): Uint8Array {
  const out = createWriter(target)
  out.size(base.length)
  out.size(target.length)

  let suffix = 0
  const shorter = Math.min(base.length, target.length)
  while (suffix < shorter && base[base.length - 1 - suffix] === target[target.length - 1 - suffix]) suffix++

  let find: ((at: number) => number) | undefined
  let from = 0
  let at = 0
  for (;;) {
    // Base and target agree from here on, for `length` bytes.
    const length = matchLength(base, from, target, at)
    if (length >= blockBytes) {
      out.copy(from, length)
      from += length
      at += length
    }
    if (at >= target.length) break
    const left = target.length - at
    if (left <= suffix) {
      out.copy(base.length - left, left)
      break
    }
    const skip = resync(base, from, target, at)
    if (skip > 0) {
      out.insert(at, at + skip)
      from += skip
      at += skip
      continue
    }
    find ??= indexBlocks(base, target)
    const start = at
    let found = -1
    while (at + blockBytes <= target.length && target.length - at > suffix) {
      found = find(at)
      if (found >= 0) break
      at++
    }
    if (found < 0) {
      // Nothing more is known before the common end.
      at = Math.max(start, target.length - suffix)
      if (suffix < blockBytes) at = target.length
      out.insert(start, at)
      from = base.length - (target.length - at)
      continue
    }
    // Grow the match backwards into what would be inserted.
    while (at > start && found > 0 && base[found - 1] === target[at - 1]) {
      found--
      at--
    }
    out.insert(start, at)
    from = found
  }
  return out.bytes()
}

function matchLength(base: Uint8Array, from: number, target: Uint8Array, at: number): number {
  const most = Math.min(base.length - from, target.length - at)
  let length = 0
  while (length < most && base[from + length] === target[at + length]) length++
  return length
}

/** The number of bytes after which both sides agree again for a block, at the same distance; 0 when they don't. */
function resync(base: Uint8Array, from: number, target: Uint8Array, at: number): number {
  const most = Math.min(resyncBytes, base.length - from - blockBytes, target.length - at - blockBytes)
  for (let skip = 1; skip <= most; skip++) {
    let length = 0
    while (length < blockBytes && base[from + skip + length] === target[at + skip + length]) length++
    if (length === blockBytes) return skip
  }
  return 0
}

/** Finds a block of the target in the base, by an index of the base's aligned blocks. */
function indexBlocks(base: Uint8Array, target: Uint8Array): (at: number) => number {
  const blocks = Math.floor(base.length / blockBytes)
  const bits = Math.min(20, Math.max(8, 32 - Math.clz32(blocks)))
  const table = new Int32Array(1 << bits).fill(-1)
  const hash = (bytes: Uint8Array, start: number): number => {
    let value = 0
    for (let i = 0; i < blockBytes; i++) value = Math.imul(value, 0x01000193) ^ (bytes[start + i] as number)
    return Math.imul(value, 0x9e3779b1) >>> (32 - bits)
  }
  for (let block = blocks - 1; block >= 0; block--) table[hash(base, block * blockBytes)] = block * blockBytes
  return (at) => {
    const start = table[hash(target, at)] as number // the hash has `bits` bits
    if (start < 0) return -1
    for (let i = 0; i < blockBytes; i++) if (base[start + i] !== target[at + i]) return -1
    return start
  }
}

interface DeltaWriter {
  size(value: number): void
  copy(from: number, length: number): void
  insert(start: number, end: number): void
  bytes(): Uint8Array
}

function createWriter(target: Uint8Array): DeltaWriter {
  let out = new Uint8Array(256)
  let used = 0

  function need(more: number): void {
    if (used + more <= out.length) return
    const grown = new Uint8Array((used + more) * 2)
    grown.set(out.subarray(0, used))
    out = grown
  }

  return {
    size(value) {
      need(8)
      let rest = value
      for (; rest >= 0x80; rest = Math.floor(rest / 128)) out[used++] = (rest & 0x7f) | 0x80
      out[used++] = rest
    },
    copy(from, length) {
      for (let done = 0; done < length; done += maxCopy) {
        need(8)
        const offset = from + done
        const size = Math.min(maxCopy, length - done)
        const start = used++
        let code = 0x80
        for (let i = 0; i < 4; i++) {
          const byte = (offset >>> (8 * i)) & 255
          if (byte === 0) continue
          code |= 1 << i
          out[used++] = byte
        }
        // A size of 0x10000 is written as none.
        for (let i = 0; i < 2; i++) {
          const byte = (size >>> (8 * i)) & 255
          if (byte === 0 || size === maxCopy) continue
          code |= 0x10 << i
          out[used++] = byte
        }
        out[start] = code
      }
    },
    insert(start, end) {
      for (let from = start; from < end; from += maxInsert) {
        const length = Math.min(maxInsert, end - from)
        need(length + 1)
        out[used++] = length
        out.set(target.subarray(from, from + length), used)
        used += length
      }
    },
    bytes: () => out.slice(0, used),
  }
}
