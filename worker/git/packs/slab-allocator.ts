/** Gives room for an object that is read: `size` bytes that no one else uses. */
export type Allocate = (size: number) => Uint8Array

const slabBytes = 256 * 1024

/**
 * Hands out parts of larger arrays: an array of its own costs more than most records take to inflate. A slab is freed
 * with the last of its parts, so that they suit objects that are forgotten together.
 */
export function createSlabAllocator(): Allocate {
  let slab = new Uint8Array(0)
  let used = 0
  return (size) => {
    if (size > slabBytes / 4) return new Uint8Array(size)
    if (used + size > slab.length) {
      slab = new Uint8Array(slabBytes)
      used = 0
    }
    used += size
    return slab.subarray(used - size, used)
  }
}
