import { createSplice } from './tree-splice.ts'

/**
 * One blob as a git delta against another (gitformat-pack(5)): what they share at the beginning and at the end
 * is copied. Right for one edit of a large file, and cheap enough to try.
 */
export function blobDelta(oldBytes: Uint8Array, newBytes: Uint8Array): Uint8Array {
  const shorter = Math.min(oldBytes.length, newBytes.length)
  let head = 0
  while (head < shorter && oldBytes[head] === newBytes[head]) head++
  let tail = 0
  while (
    tail < shorter - head &&
    oldBytes[oldBytes.length - 1 - tail] === newBytes[newBytes.length - 1 - tail]
  ) {
    tail++
  }
  const splice = createSplice(oldBytes)
  splice.copy(0, head)
  splice.insert(newBytes.subarray(head, newBytes.length - tail))
  splice.copy(oldBytes.length - tail, oldBytes.length)
  return splice.delta()
}
