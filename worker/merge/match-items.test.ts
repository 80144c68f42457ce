import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diff3 } from './diff3.ts'
import { matchItems } from './match-items.ts'

const items = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 14 })

test('the matches are a longest common subsequence', () => {
  fc.assert(
    fc.property(items, items, (a, b) => {
      const { first, second } = matchItems(a, b)
      expect(first.map((at) => a[at])).toEqual(second.map((at) => b[at]))
      expect(first.every((at, i) => i === 0 || at > (first[i - 1] ?? 0))).toBe(true)
      expect(second.every((at, i) => i === 0 || at > (second[i - 1] ?? 0))).toBe(true)
      expect(first.length).toBe(longest(a, b))
    }),
    { numRuns: 1000, seed: 502 },
  )
})

test('sequences that are too far apart are matched in part', () => {
  const up = Array.from({ length: 4000 }, (_, i) => i)
  const down = up.toReversed()
  const { first, second } = matchItems([...up, 1, 2], [...down, 1, 2])
  expect(first.map((at) => up[at])).toEqual(second.map((at) => down[at]))
})

test('the regions of a comparison cover the three sequences, and swap with the sides', () => {
  fc.assert(
    fc.property(items, items, items, (base, ours, theirs) => {
      const regions = diff3(base, ours, theirs)
      for (const [side, length] of [
        ['base', base.length],
        ['ours', ours.length],
        ['theirs', theirs.length],
      ] as const) {
        let at = 0
        for (const region of regions) {
          expect(region[side][0]).toBe(at)
          at = region[side][1]
        }
        expect(at).toBe(length)
      }
      const swapped = diff3(base, theirs, ours).map((region) => ({
        ...region,
        ours: region.theirs,
        theirs: region.ours,
        outcome: region.outcome === 'ours' ? 'theirs' : region.outcome === 'theirs' ? 'ours' : region.outcome,
      }))
      expect(swapped).toEqual(regions)
    }),
    { numRuns: 1000, seed: 503 },
  )
})

function longest(a: readonly number[], b: readonly number[]): number {
  let row = b.map(() => 0)
  for (const item of a) {
    let diagonal = 0
    let left = 0
    row = row.map((above, j) => {
      left = item === b[j] ? diagonal + 1 : Math.max(above, left)
      diagonal = above
      return left
    })
  }
  return row.at(-1) ?? 0
}
