import type { GitObject, ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'

/** A reader that remembers trees: those read last and those made last are wanted next. */
export interface TreeCache extends ObjectReader {
  /** Remembers a tree that was made. Call it when its commit is stored. */
  keep(oid: Oid, bytes: Uint8Array): void
  clear(): void
}

const defaultMaximumBytes = 32 * 1024 * 1024

/**
 * Remembers trees up to a number of bytes, least recently used out first. A tree of 100,000 entries that is the
 * end of a chain of deltas costs tens of milliseconds to read, and every commit needs it.
 */
export function createTreeCache(reader: ObjectReader, maximumBytes: number = defaultMaximumBytes): TreeCache {
  const trees = new Map<Oid, GitObject>()
  let held = 0

  function keep(oid: Oid, object: GitObject): void {
    if (object.bytes.length > maximumBytes / 2 || trees.has(oid)) return
    // A view of a large buffer would keep all of it.
    const { bytes } = object
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
    trees.set(oid, { type: 'tree', bytes: own })
    held += own.length
    for (const [oldest, { bytes }] of trees) {
      if (held <= maximumBytes) break
      trees.delete(oldest)
      held -= bytes.length
    }
  }

  return {
    async read(oid) {
      const known = trees.get(oid)
      if (known !== undefined) {
        trees.delete(oid)
        trees.set(oid, known)
        return known
      }
      const object = await reader.read(oid)
      if (object.type === 'tree') keep(oid, object)
      return object
    },
    has: (oid) => reader.has(oid),
    keep: (oid, bytes) => keep(oid, { type: 'tree', bytes }),
    clear() {
      trees.clear()
      held = 0
    },
  }
}
