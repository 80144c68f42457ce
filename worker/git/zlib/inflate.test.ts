import { constants, deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inflateCorrupt, inflate, inflateNeedsInput, inflatePadding } from './inflate.ts'

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
]

/** Inflates `stream`, of which only the first `length` bytes are said to be there. */
function tryInflate(
  stream: Uint8Array,
  size: number,
  length = stream.length,
): { used: number; out: Uint8Array } {
  // What follows the stream must not matter: fill it with something that looks like data.
  const source = new Uint8Array(stream.length + inflatePadding).fill(0xa5)
  source.set(stream)
  const out = new Uint8Array(size + 8).fill(0xee)
  const used = inflate(source, 0, length, out, 4, size)
  // Never outside of its room.
  for (let i = 0; i < 4; i++) expect([out[i], out[size + 4 + i]]).toEqual([0xee, 0xee])
  return { used, out: out.subarray(4, 4 + size) }
}

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.string({ maxLength: 400 }).map((text) => new TextEncoder().encode(text)),
  // Repetitive text, so that matches of all lengths and distances occur.
  fc
    .array(fc.constantFrom('"name": ', 'Köln', '\n', '0', 'aaaaaaaaaaaaaaaa', '{', '},'), { maxLength: 500 })
    .map((words) => new TextEncoder().encode(words.join(''))),
)

describe('inflate', () => {
  it('reads what zlib writes at every level and strategy, and tells how much it took', () => {
    fc.assert(
      fc.property(
        contents,
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(...strategies),
        fc.integer({ min: 9, max: 15 }),
        (bytes, level, strategy, windowBits) => {
          const stream = deflateSync(bytes, { level, strategy, windowBits })
          const { used, out } = tryInflate(stream, bytes.length)
          expect(used).toBe(stream.length)
          expect(Buffer.compare(out, bytes)).toBe(0)
        },
      ),
      { seed: 2, numRuns: 500 },
    )
  })

  it('reads large contents with long codes and far matches', () => {
    let state = 1
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      // Rarer and rarer bytes make codes of up to 15 bits.
      return i % 7000 > 6000 ? (i >> 3) & 255 : 31 - Math.clz32((state >>> 8) | 1)
    })
    for (const level of [0, 1, 6, 9]) {
      for (const strategy of strategies) {
        const stream = deflateSync(bytes, { level, strategy })
        const { used, out } = tryInflate(stream, bytes.length)
        expect(used).toBe(stream.length)
        expect(Buffer.compare(out, bytes)).toBe(0)
      }
    }
  })

  it('asks for more input wherever a stream is cut, and never calls that damage', () => {
    const text = new TextEncoder().encode(JSON.stringify({ a: 'Zürich', b: [1, 2, 3], c: 'x'.repeat(99) }))
    for (const level of [0, 6]) {
      for (const strategy of strategies) {
        const stream = deflateSync(text, { level, strategy })
        for (let length = 0; length < stream.length; length++) {
          expect(tryInflate(stream, text.length, length).used).toBe(inflateNeedsInput)
        }
      }
    }
  })

  it('never gives wrong bytes for a stream with flipped bits', () => {
    const text = new TextEncoder().encode(
      JSON.stringify({ name: 'Málaga', list: [1, 2, 3, 4], more: 'text text text' }),
    )
    for (const strategy of strategies) {
      const stream = deflateSync(text, { strategy })
      for (let bit = 0; bit < stream.length * 8; bit++) {
        const flipped = Uint8Array.from(stream)
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const { used, out } = tryInflate(flipped, text.length)
        if (used > 0) expect(Buffer.compare(out, text)).toBe(0)
      }
    }
  })

  it('refuses streams that are larger or smaller than declared', () => {
    const bomb = deflateSync(new Uint8Array(1_000_000))
    expect(tryInflate(bomb, 1000).used).toBe(inflateCorrupt)
    expect(tryInflate(bomb, 1_000_001).used).toBe(inflateCorrupt)
    expect(tryInflate(bomb, 1_000_000).used).toBe(bomb.length)
    expect(tryInflate(deflateSync(new Uint8Array(0)), 1).used).toBe(inflateCorrupt)
  })

  it('survives random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(500), (noise, size) => {
        const stream = Uint8Array.from([0x78, 0x9c, ...noise])
        expect(tryInflate(stream, size).used).toBeLessThan(stream.length + 1)
      }),
      { seed: 3, numRuns: 2000 },
    )
  })
})
