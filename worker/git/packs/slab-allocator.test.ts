import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSlabAllocator } from './slab-allocator.ts'

test('gives every object bytes of its own, whatever their sizes', () => {
  const sizes = fc.oneof(fc.nat(600), fc.constantFrom(65_535, 65_536, 65_537, 300_000))
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 200 }), (wanted) => {
      const allocate = createSlabAllocator()
      const parts = wanted.map((size, n) => allocate(size).fill(n % 251))
      for (const [n, part] of parts.entries()) {
        expect(part.length).toBe(wanted[n])
        expect(part.every((byte) => byte === n % 251)).toBe(true)
      }
    }),
    { numRuns: 50 },
  )
})

test('puts small objects side by side', () => {
  const allocate = createSlabAllocator()
  expect(allocate(10).buffer).toBe(allocate(10).buffer)
})
