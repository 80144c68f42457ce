import type { GitObject } from '../objects/object.ts'
import type { Pack } from './pack-reader.ts'

/** Remembers objects of packs by where they lie, up to a number of bytes: those not used for longest go first. */
export interface PackObjectCache {
  get(pack: Pack, offset: number): GitObject | undefined
  set(pack: Pack, offset: number, object: GitObject): void
  clear(): void
}

/** What an object takes beside its content: itself, its view, and its place in a map. */
const overheadBytes = 200

type Generation = Map<Pack, Map<number, GitObject>>

/**
 * Two generations of half the bytes each: when the young one is full it becomes the old one, and what was old is
 * forgotten unless it was asked for meanwhile. Nothing is kept in order, so that a hit costs little.
 */
export function createPackObjectCache(maximumBytes: number): PackObjectCache {
  let young: Generation = new Map()
  let old: Generation = new Map()
  let youngBytes = 0

  function set(pack: Pack, offset: number, object: GitObject): void {
    const bytes = object.bytes.length + overheadBytes
    if (bytes > maximumBytes / 4) return
    if (youngBytes + bytes > maximumBytes / 2) {
      old = young
      young = new Map()
      youngBytes = 0
    }
    let ofPack = young.get(pack)
    if (ofPack === undefined) young.set(pack, (ofPack = new Map()))
    ofPack.set(offset, object)
    youngBytes += bytes
  }

  return {
    get(pack, offset) {
      const known = young.get(pack)?.get(offset)
      if (known !== undefined) return known
      const before = old.get(pack)?.get(offset)
      if (before !== undefined) set(pack, offset, before)
      return before
    },
    set,
    clear() {
      young = new Map()
      old = new Map()
      youngBytes = 0
    },
  }
}
