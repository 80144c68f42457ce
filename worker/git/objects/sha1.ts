import type { GitObject, ObjectType } from './object.ts'
import type { Oid } from './oid.ts'
import { oidBytes, oidFromBytes } from './oid.ts'
import { compressSha1 } from './sha1-compress.ts'

/** An incremental SHA-1. One instance is reused for any number of hashes: `reset` starts the next one. */
export interface Sha1 {
  reset(): Sha1
  update(bytes: Uint8Array, start?: number, end?: number): Sha1
  /** Writes the 20 bytes of the hash to `into` at `at`. The instance must be reset before its next use. */
  digest(into: Uint8Array, at?: number): void
}

/** From this size on, WebCrypto (a native thread) beats plain JS although it needs a copy and a promise. */
export const webCryptoMinBytes: number = 64 * 1024

/** Makes a SHA-1 instance (FIPS 180-4). Updating and digesting allocate nothing for a buffer already seen. */
export function createSha1(): Sha1 {
  const h = new Int32Array(5)
  const block = new Uint8Array(64)
  const blockView = new DataView(block.buffer)
  let filled = 0
  let total = 0
  // The view over the last buffer seen: a packed slab is hashed object by object.
  let view: DataView = blockView

  const sha1: Sha1 = {
    reset() {
      h[0] = 0x67452301
      h[1] = 0xefcdab89 | 0
      h[2] = 0x98badcfe | 0
      h[3] = 0x10325476
      h[4] = 0xc3d2e1f0 | 0
      filled = 0
      total = 0
      return sha1
    },
    update(bytes, start = 0, end = bytes.length) {
      total += end - start
      let at = start
      if (filled > 0) {
        const take = Math.min(64 - filled, end - at)
        for (let i = 0; i < take; i++) block[filled + i] = bytes[at + i] as number // at + i < end
        filled += take
        at += take
        if (filled < 64) return sha1
        compressSha1(h, blockView, 0, 1)
        filled = 0
      }
      const blocks = (end - at) >>> 6
      if (blocks > 0) {
        if (view.buffer !== bytes.buffer || view.byteOffset !== 0) view = new DataView(bytes.buffer)
        compressSha1(h, view, bytes.byteOffset + at, blocks)
        at += blocks << 6
      }
      for (; at < end; at++) block[filled++] = bytes[at] as number // at < end
      return sha1
    },
    digest(into, at = 0) {
      block[filled++] = 0x80
      if (filled > 56) {
        block.fill(0, filled)
        compressSha1(h, blockView, 0, 1)
        filled = 0
      }
      block.fill(0, filled, 56)
      blockView.setUint32(56, Math.floor(total / 0x20000000))
      blockView.setInt32(60, total << 3)
      compressSha1(h, blockView, 0, 1)
      for (let i = 0; i < 5; i++) {
        const word = h[i] as number // five words
        into[at + i * 4] = word >>> 24
        into[at + i * 4 + 1] = word >>> 16
        into[at + i * 4 + 2] = word >>> 8
        into[at + i * 4 + 3] = word
      }
    },
  }
  return sha1.reset()
}

/** Hashes git objects one after another without allocating: an object's id covers `type size\0` and its bytes. */
export interface ObjectHasher {
  /** Writes the id's 20 bytes to `into` at `at`. */
  hash(type: ObjectType, bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): void
}

export function createObjectHasher(): ObjectHasher {
  const sha1 = createSha1()
  const header = new Uint8Array(32)
  return {
    hash(type, bytes, start, end, into, at) {
      const length = writeObjectHeader(header, type, end - start)
      sha1.reset().update(header, 0, length).update(bytes, start, end).digest(into, at)
    },
  }
}

/** Writes `type size\0` and answers its length (32 bytes are always enough). */
function writeObjectHeader(header: Uint8Array, type: ObjectType, size: number): number {
  let at = 0
  for (; at < type.length; at++) header[at] = type.charCodeAt(at)
  header[at++] = 0x20
  let digits = 1
  for (let rest = size; rest >= 10; rest = Math.floor(rest / 10)) digits++
  let rest = size
  for (let i = at + digits - 1; i >= at; i--) {
    header[i] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  at += digits
  header[at++] = 0
  return at
}

let sharedHasher: ObjectHasher | undefined

/** The id of an object, computed at once in plain JS. */
export function hashObject(type: ObjectType, bytes: Uint8Array): Oid {
  sharedHasher ??= createObjectHasher()
  const raw = new Uint8Array(oidBytes)
  sharedHasher.hash(type, bytes, 0, bytes.length, raw, 0)
  return oidFromBytes(raw)
}

/** The id of an object: large ones through WebCrypto where there is one (not in insecure contexts). */
export async function hashObjectAsync({ type, bytes }: GitObject): Promise<Oid> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (bytes.length < webCryptoMinBytes || subtle === undefined) return hashObject(type, bytes)
  const header = new Uint8Array(32)
  const length = writeObjectHeader(header, type, bytes.length)
  const whole = new Uint8Array(length + bytes.length)
  whole.set(header.subarray(0, length))
  whole.set(bytes, length)
  return oidFromBytes(new Uint8Array(await subtle.digest('SHA-1', whole)))
}

/** SHA-1 of plain bytes, at once. */
export function sha1Of(bytes: Uint8Array): Uint8Array {
  const raw = new Uint8Array(oidBytes)
  createSha1().update(bytes).digest(raw)
  return raw
}
