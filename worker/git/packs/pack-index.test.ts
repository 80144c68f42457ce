import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEspalierError } from '../../../src/protocol/errors.ts'
import { readPackIndex, writePackIndex } from './pack-index.ts'

function write(ids: readonly Uint8Array[], offsets: readonly number[]): Uint8Array {
  return writePackIndex({
    count: ids.length,
    ids: Uint8Array.from(ids.flatMap((id) => [...id])),
    offsets: Float64Array.from(offsets),
    crcs: Int32Array.from(ids, (_, i) => i * 7 - 3),
    packHash: new Uint8Array(20).fill(9),
  }).bytes
}

// Few different bytes make many ids that agree in their first bytes.
const id = fc
  .array(fc.constantFrom(0, 1, 127, 255), { minLength: 20, maxLength: 20 })
  .map((bytes) => Uint8Array.from(bytes))

describe('a pack index', () => {
  it('finds every id that it holds, at its offset, and no other', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(id, { maxLength: 60, selector: (bytes) => bytes.join() }),
        fc.array(id, { maxLength: 20 }),
        (ids, others) => {
          const index = readPackIndex(
            write(
              ids,
              ids.map((_, i) => 12 + i * 1000),
            ),
          )
          expect(index.count).toBe(ids.length)
          for (const [i, bytes] of ids.entries()) {
            const position = index.find(Uint8Array.from([5, ...bytes]), 1)
            expect(index.offsetAt(position)).toBe(12 + i * 1000)
            expect(index.crcAt(position)).toBe(i * 7 - 3)
            expect(index.oidAt(position)).toBe(Buffer.from(bytes).toString('hex'))
          }
          const held = new Set(ids.map((bytes) => bytes.join()))
          for (const other of others) if (!held.has(other.join())) expect(index.find(other, 0)).toBe(-1)
        },
      ),
      { seed: 8 },
    )
  })

  it('keeps offsets beyond 2 and 4 GB', () => {
    const ids = [0, 1, 2, 3].map((first) => new Uint8Array(20).fill(first))
    const offsets = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 2 ** 40 + 123]
    const index = readPackIndex(write(ids, offsets))
    expect(ids.map((bytes) => index.offsetAt(index.find(bytes, 0)))).toEqual(offsets)
  })

  it('refuses bytes that are no index', () => {
    const good = write([new Uint8Array(20)], [12])
    const bad = [good.subarray(0, 500), good.subarray(0, good.length - 25), new Uint8Array(good.length)]
    const unsorted = Uint8Array.from(good)
    unsorted[8] = 1
    for (const bytes of [...bad, unsorted]) {
      let error: unknown
      try {
        readPackIndex(bytes)
      } catch (caught) {
        error = caught
      }
      expect(isEspalierError(error, 'git/pack-corrupt')).toBe(true)
    }
  })
})
