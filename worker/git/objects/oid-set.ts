import { oidBytes } from './oid.ts'

/** A set of object ids that are raw bytes somewhere: adding and asking make no strings. */
export interface OidSet {
  readonly size: number
  /** Adds the id that starts at `at`; false when it was in the set already. */
  add(bytes: Uint8Array, at: number): boolean
  has(bytes: Uint8Array, at: number): boolean
}

const firstCapacity = 64

/** Makes an empty set: open addressing, at most half full. Ids are hashes, so four bytes of one are a good hash. */
export function createOidSet(): OidSet {
  let capacity = firstCapacity
  /** By place: the number of the id plus one. */
  let slots = new Int32Array(2 * capacity)
  let ids = new Uint8Array(capacity * oidBytes)
  let size = 0

  /** The place of the id, or the free one where it belongs. */
  function place(bytes: Uint8Array, at: number): number {
    const mask = slots.length - 1
    let slot = hash(bytes, at) & mask
    for (;;) {
      const number = slots[slot] as number // masked
      if (number === 0 || equal(bytes, at, (number - 1) * oidBytes)) return slot
      slot = (slot + 1) & mask
    }
  }

  function equal(bytes: Uint8Array, at: number, idAt: number): boolean {
    for (let i = 0; i < oidBytes; i++) if (bytes[at + i] !== ids[idAt + i]) return false
    return true
  }

  function grow(): void {
    capacity *= 2
    const larger = new Uint8Array(capacity * oidBytes)
    larger.set(ids)
    ids = larger
    slots = new Int32Array(2 * capacity)
    for (let i = 0; i < size; i++) slots[place(ids, i * oidBytes)] = i + 1
  }

  return {
    get size() {
      return size
    },
    add(bytes, at) {
      const slot = place(bytes, at)
      if (slots[slot] !== 0) return false
      const idAt = size * oidBytes
      for (let i = 0; i < oidBytes; i++) ids[idAt + i] = bytes[at + i] as number // 20 bytes from `at`
      slots[slot] = ++size
      if (size === capacity) grow()
      return true
    },
    has: (bytes, at) => slots[place(bytes, at)] !== 0,
  }
}

function hash(bytes: Uint8Array, at: number): number {
  // An id has 20 bytes. Those in the middle: whoever wants collisions has to work for each.
  return (
    (bytes[at + 8] as number) |
    ((bytes[at + 9] as number) << 8) |
    ((bytes[at + 10] as number) << 16) |
    ((bytes[at + 11] as number) << 24)
  )
}
