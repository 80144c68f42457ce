import type { Oid } from '../../git/objects/oid.ts'

/** The bytes of the files that were used last: the same file is often edited again. Codecs know bytes they have seen. */
export interface HeldBytes {
  get(oid: Oid): Uint8Array | undefined
  keep(oid: Oid, bytes: Uint8Array): void
  clear(): void
}

const maxHeldBytes = 24_000_000

export function createHeldBytes(): HeldBytes {
  const files = new Map<Oid, Uint8Array>()
  let size = 0
  return {
    get: (oid) => files.get(oid),
    keep: (oid, bytes) => {
      if (files.has(oid)) return
      files.set(oid, bytes)
      size += bytes.length
      for (const [oldest, { length }] of files) {
        if (size <= maxHeldBytes) break
        files.delete(oldest)
        size -= length
      }
    },
    clear: () => {
      files.clear()
      size = 0
    },
  }
}
