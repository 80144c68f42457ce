import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEspalierError } from '../../../src/protocol/errors.ts'
import { applyDelta } from './delta.ts'
import { createDelta } from './delta-create.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function roundTrip(base: Uint8Array, target: Uint8Array): Uint8Array {
  const delta = createDelta(base, target)
  expect(Buffer.compare(applyDelta(base, delta), target)).toBe(0)
  return delta
}

/** A tree of `count` files, of which the given ones have another id. */
function treeBytes(count: number, changed: ReadonlySet<number> = new Set()): Uint8Array {
  const parts: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const id = Uint8Array.from(
      { length: 20 },
      (_, k) => (i * 37 + k * 101 + (changed.has(i) ? 13 : 0) + i * i * k) & 255,
    )
    parts.push(encode(`100644 record-${String(i).padStart(6, '0')}.json\0`), id)
  }
  return Buffer.concat(parts)
}

describe('createDelta', () => {
  it('makes a small delta for one changed id in a large tree', () => {
    const delta = roundTrip(treeBytes(10_000), treeBytes(10_000, new Set([4567])))
    expect(delta.length).toBeLessThan(150)
  })

  it('stays near the size of the change for many changed, added and removed entries', () => {
    const changed = new Set(Array.from({ length: 100 }, (_, i) => i * 97))
    const base = treeBytes(10_000)
    expect(roundTrip(base, treeBytes(10_000, changed)).length).toBeLessThan(100 * 40)
    const entry = base.length / 10_000
    const inserted = Buffer.concat([
      base.subarray(0, entry * 500),
      encode('100644 new\0'),
      new Uint8Array(20),
      base.subarray(entry * 500),
    ])
    expect(roundTrip(base, inserted).length).toBeLessThan(200)
    const removed = Buffer.concat([base.subarray(0, entry * 500), base.subarray(entry * 501)])
    expect(roundTrip(base, removed).length).toBeLessThan(200)
    expect(roundTrip(base, base).length).toBeLessThan(100)
  })

  it('round-trips any two texts', () => {
    const word = fc.constantFrom(
      'alpha ',
      'beta ',
      'gamma ',
      'a rather long word that repeats ',
      '0',
      '\n',
      'Köln',
    )
    const text = fc.array(word, { maxLength: 60 }).map((words) => encode(words.join('')))
    fc.assert(
      fc.property(text, text, (base, target) => {
        roundTrip(base, target)
      }),
      { seed: 5, numRuns: 1000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (base, target) => {
        roundTrip(base, target)
        roundTrip(base, Buffer.concat([target, base, target, base.subarray(3)]))
      }),
      { seed: 6, numRuns: 500 },
    )
  })
})

describe('applyDelta', () => {
  const base = encode('0123456789')
  const refused = (delta: readonly number[]): void => {
    let error: unknown
    try {
      applyDelta(base, Uint8Array.from(delta))
    } catch (caught) {
      error = caught
    }
    expect(isEspalierError(error, 'git/pack-corrupt')).toBe(true)
  }

  it('copies and inserts', () => {
    const delta = Uint8Array.from([10, 6, 0x91, 2, 3, 2, 65, 66, 0x91, 9, 1])
    expect(new TextDecoder().decode(applyDelta(base, delta))).toBe('234AB9')
  })

  it('refuses deltas that are damaged or do not fit', () => {
    refused([]) // no sizes
    refused([10]) // one size
    refused([9, 1, 1, 65]) // another base
    refused([10, 4, 0x91, 8, 4]) // copies past the base's end
    refused([10, 2, 0x91, 0, 3]) // writes past the result's end
    refused([10, 2, 3, 65, 66, 67]) // the same by an insertion
    refused([10, 3, 2, 65, 66]) // too short a result
    refused([10, 3, 3, 65, 66]) // insertion cut off
    refused([10, 3, 0x91, 1]) // copy cut off
    refused([10, 1, 0]) // the reserved instruction
    refused([10, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 65]) // declares gigabytes
  })

  it('never writes or reads out of bounds, whatever the delta says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(40), (noise, size) => {
        try {
          expect(applyDelta(base, Uint8Array.from([10, size, ...noise])).length).toBe(size)
        } catch (error) {
          expect(isEspalierError(error, 'git/pack-corrupt')).toBe(true)
        }
      }),
      { seed: 7, numRuns: 2000 },
    )
  })
})
