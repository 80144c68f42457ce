import { crc32 as nativeCrc32, inflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../packs/crc32.ts'
import { storedSize, writeStored } from './deflate-stored.ts'

describe('stored streams', () => {
  it('are read by zlib, and are as long as announced', () => {
    for (const size of [0, 1, 100, 65_535, 65_536, 131_070, 200_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 255)
      const out = new Uint8Array(storedSize(size) + 3)
      expect(writeStored(bytes, out, 3)).toBe(out.length)
      expect(Buffer.compare(inflateSync(out.subarray(3)), bytes)).toBe(0)
    }
  })
})

describe('CRC-32', () => {
  it('equals the native one, in one piece and continued', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const at = Math.min(cut, bytes.length)
        const expected = nativeCrc32(bytes) | 0
        expect(crc32(bytes, 0, bytes.length)).toBe(expected)
        expect(crc32(bytes, at, bytes.length, crc32(bytes, 0, at))).toBe(expected)
      }),
      { seed: 4 },
    )
  })
})
