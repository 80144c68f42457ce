import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSha1, hashObject, hashObjectAsync, sha1Of } from './sha1.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const reference = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

describe('SHA-1', () => {
  it('hashes every length around the block borders as the reference does', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31 + 7) & 255)
    for (let length = 0; length <= bytes.length; length++) {
      expect(hex(sha1Of(bytes.subarray(0, length)))).toBe(reference(bytes.subarray(0, length)))
    }
  })

  it('gives the same hash however the bytes are cut into pieces', () => {
    const sha1 = createSha1()
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        sha1.reset()
        for (const piece of pieces) sha1.update(piece)
        const raw = new Uint8Array(22)
        sha1.digest(raw, 1)
        expect(hex(raw.subarray(1, 21))).toBe(reference(Buffer.concat(pieces)))
      }),
      { seed: 1 },
    )
  })

  it('hashes parts of a larger buffer at any position', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 131) & 255)
    const view = new Uint8Array(bytes.buffer, 3, 900)
    const raw = new Uint8Array(20)
    createSha1().update(view, 5, 805).digest(raw)
    expect(hex(raw)).toBe(reference(view.subarray(5, 805)))
  })
})

describe('an object id', () => {
  it('is the one that git gives', () => {
    expect(hashObject('blob', new Uint8Array())).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391')
    expect(hashObject('tree', new Uint8Array())).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
    expect(hashObject('blob', new TextEncoder().encode('hello\n'))).toBe(
      'ce013625030ba8dba906f756967f9e9ca394464a',
    )
  })

  it('is the same through WebCrypto, header included', async () => {
    for (const size of [10, 65_535, 65_536, 200_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i & 255)
      expect(await hashObjectAsync({ type: 'blob', bytes })).toBe(hashObject('blob', bytes))
    }
  })
})
