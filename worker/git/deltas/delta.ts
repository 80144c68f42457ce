import { packCorrupt } from '../objects/pack-corrupt.ts'

// gitformat-pack(5), "Deltified representation".

/** The sizes at a delta's start, and where its instructions begin. */
export interface DeltaHeader {
  readonly baseSize: number
  readonly resultSize: number
  readonly start: number
}

/** Reads the sizes of a delta. Throws `git/pack-corrupt`. */
export function readDeltaHeader(delta: Uint8Array, from = 0, end: number = delta.length): DeltaHeader {
  let at = from
  const sizes = [0, 0]
  for (let i = 0; i < 2; i++) {
    let scale = 1
    let size = 0
    for (;;) {
      if (at >= end || scale > 2 ** 46) throw packCorrupt('a delta has no valid sizes')
      const byte = delta[at++] as number // at < end
      size += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
    }
    sizes[i] = size
  }
  return { baseSize: sizes[0] as number, resultSize: sizes[1] as number, start: at } // both were set
}

/**
 * Applies the instructions `start … end` of `delta` to `base[baseStart … baseStart + baseSize]` and writes exactly
 * `resultSize` bytes to `out` from `outStart`. False when the delta is damaged: it never reads outside of the
 * base nor writes outside of the result.
 */
export function applyDeltaInto(
  delta: Uint8Array,
  start: number,
  end: number,
  base: Uint8Array,
  baseStart: number,
  baseSize: number,
  out: Uint8Array,
  outStart: number,
  resultSize: number,
): boolean {
  let at = start
  let op = outStart
  const outEnd = outStart + resultSize
  while (at < end) {
    const code = delta[at++] as number // at < end; reads past the end of the array are caught by the checks below
    if (code >= 0x80) {
      let offset = 0
      let size = 0
      if (code & 0x01) offset = delta[at++] as number
      if (code & 0x02) offset |= (delta[at++] as number) << 8
      if (code & 0x04) offset |= (delta[at++] as number) << 16
      if (code & 0x08) offset += (delta[at++] as number) * 0x1000000
      if (code & 0x10) size = delta[at++] as number
      if (code & 0x20) size |= (delta[at++] as number) << 8
      if (code & 0x40) size |= (delta[at++] as number) << 16
      if (size === 0) size = 0x10000
      if (at > end || offset + size > baseSize || op + size > outEnd) return false
      const from = baseStart + offset
      if (size < 32) for (let i = 0; i < size; i++) out[op + i] = base[from + i] as number
      else out.set(base.subarray(from, from + size), op)
      op += size
    } else {
      if (code === 0 || at + code > end || op + code > outEnd) return false
      if (code < 32) for (let i = 0; i < code; i++) out[op + i] = delta[at + i] as number
      else out.set(delta.subarray(at, at + code), op)
      at += code
      op += code
    }
  }
  return op === outEnd
}

/** Applies a delta. Throws `git/pack-corrupt` when it is damaged or made for another base. */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const { baseSize, resultSize, start } = readDeltaHeader(delta)
  if (baseSize !== base.length) throw packCorrupt('a delta was made for another base')
  // Each instruction of at most 7 bytes yields at most 16 MB: refuse before the room is taken.
  if (resultSize > delta.length * 0x1000000) throw packCorrupt('a delta declares an impossible size')
  const out = new Uint8Array(resultSize)
  if (!applyDeltaInto(delta, start, delta.length, base, 0, baseSize, out, 0, resultSize)) {
    throw packCorrupt('a delta does not fit its base')
  }
  return out
}
