import { deflateSync, inflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDeflate } from './deflate.ts'
import { storedSize } from './deflate-stored.ts'
import { inflate, inflatePadding } from './inflate.ts'

const fast = createDeflate()

function pack(bytes: Uint8Array): Uint8Array {
  const into = new Uint8Array(3 + storedSize(bytes.length))
  const end = fast.write(bytes, into, 3)
  expect(end).toBeLessThanOrEqual(into.length)
  return into.subarray(3, end)
}

/** Read back by zlib, and by our own reader, which must find the stream's end. */
function expectRoundTrip(bytes: Uint8Array): void {
  const packed = pack(bytes)
  expect(Buffer.compare(inflateSync(packed), bytes)).toBe(0)
  const padded = new Uint8Array(packed.length + inflatePadding)
  padded.set(packed)
  const out = new Uint8Array(bytes.length)
  expect(inflate(padded, 0, packed.length, out, 0, bytes.length)).toBe(packed.length)
  expect(Buffer.compare(out, bytes)).toBe(0)
}

describe('deflate', () => {
  it('is read by zlib and by our own reader, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => expectRoundTrip(bytes)),
      { seed: 11, numRuns: 300 },
    )
  })

  it('is read for bytes that repeat at every distance and length', () => {
    const piece = fc.record({
      back: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70_000 })),
      length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 240, max: 600 })),
      fresh: fc.uint8Array({ maxLength: 300 }),
    })
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 0, max: 40_000 }),
        (pieces, start) => {
          const bytes = Array.from({ length: start }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 255)
          for (const { back, length, fresh } of pieces) {
            bytes.push(...fresh)
            for (let i = 0; i < length; i++) bytes.push(bytes[bytes.length - back] ?? 7)
          }
          expectRoundTrip(Uint8Array.from(bytes))
        },
      ),
      { seed: 12, numRuns: 60 },
    )
  })

  it('never gets longer than storing', () => {
    let state = 1
    for (const size of [0, 1, 2, 3, 4, 5, 100, 65_535, 65_536, 200_000]) {
      expectRoundTrip(Uint8Array.from({ length: size }, () => (state = Math.imul(state, 48_271) | 1) >>> 24))
      expectRoundTrip(new Uint8Array(size))
    }
  })

  it('comes near zlib for small records', () => {
    let ours = 0
    let theirs = 0
    for (let i = 0; i < 200; i++) {
      const text = JSON.stringify(
        {
          id: i,
          name: { en: `Place number ${i}`, de: `Ort Nummer ${i}` },
          population: i * 7919,
          tags: ['a', 'b'],
        },
        null,
        2,
      )
      const bytes = new TextEncoder().encode(text)
      ours += pack(bytes).length
      theirs += deflateSync(bytes).length
    }
    expect(ours).toBeLessThan(theirs * 1.2)
  })
})
