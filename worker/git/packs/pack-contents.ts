/**
 * Inflated objects in large slabs: one allocation per few megabytes, no array per object. When the budget is
 * used up the oldest slab goes; its objects are inflated again when they are needed.
 */
export interface PackContents {
  /** Makes room for `size` bytes at `at` of `bytes`. Another `reserve` before `keep` takes the room back. */
  reserve(size: number): void
  readonly bytes: Uint8Array
  readonly at: number
  /** Keeps the reserved room and answers its slab. */
  keep(): number
  /** The slab's bytes, unless they had to go. */
  slab(number: number): Uint8Array | undefined
  clear(): void
}

/** Slabs double from the first size to the last, so that a tiny pack costs little. */
const firstSlabBytes = 32 * 1024
const slabBytes = 2 * 1024 * 1024

export function createPackContents(budgetBytes: number): PackContents {
  const slabs: (Uint8Array | undefined)[] = []
  let oldest = 0
  let held = 0
  /** The shared slab that is being filled. */
  let shared: Uint8Array = new Uint8Array(0)
  let sharedNumber = -1
  let sharedUsed = 0
  /** What `reserve` offered. */
  let bytes = shared
  let at = 0
  let size = 0
  let nextSlabBytes = firstSlabBytes

  function add(slab: Uint8Array): number {
    slabs.push(slab)
    held += slab.length
    while (held > budgetBytes && oldest < slabs.length - 1) {
      held -= slabs[oldest]?.length ?? 0
      if (oldest === sharedNumber) sharedUsed = shared.length
      slabs[oldest++] = undefined
    }
    return slabs.length - 1
  }

  return {
    get bytes() {
      return bytes
    },
    get at() {
      return at
    },
    reserve(wanted) {
      size = wanted
      if (wanted > slabBytes / 8) {
        // A large object has its own slab; a second try after more input finds the room still there.
        if (bytes === shared || bytes.length !== wanted) bytes = new Uint8Array(wanted)
        at = 0
        return
      }
      if (sharedUsed + wanted > shared.length || shared.length === 0) {
        shared = new Uint8Array(Math.max(nextSlabBytes, wanted))
        nextSlabBytes = Math.min(slabBytes, nextSlabBytes * 2)
        sharedNumber = add(shared)
        sharedUsed = 0
      }
      bytes = shared
      at = sharedUsed
    },
    keep() {
      if (bytes !== shared) {
        const number = add(bytes)
        bytes = shared
        return number
      }
      sharedUsed += size
      return sharedNumber
    },
    slab: (number) => slabs[number],
    clear() {
      slabs.length = 0
      oldest = 0
      held = 0
      shared = new Uint8Array(0)
      sharedUsed = 0
      sharedNumber = -1
      bytes = shared
    },
  }
}
