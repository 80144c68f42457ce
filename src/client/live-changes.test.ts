import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { liveChanges } from './live-changes.ts'

const row = (id: string, value = 0): { readonly $id: string; readonly value: number } => ({ $id: id, value })

describe('liveChanges', () => {
  const [a, b, c, d] = [row('a'), row('b'), row('c'), row('d')]

  test('names what was added, changed, moved and removed', () => {
    expect(liveChanges([a, b, c], [a, b, c])).toEqual([])
    expect(liveChanges([a, c], [a, b, c])).toEqual([{ kind: 'added', key: 'b' }])
    expect(liveChanges([a, b, c], [a, c])).toEqual([{ kind: 'removed', key: 'b' }])
    expect(liveChanges([a, b, c], [a, row('b', 2), c])).toEqual([{ kind: 'changed', key: 'b' }])
    expect(liveChanges([], [a])).toEqual([{ kind: 'added', key: 'a' }])
  })

  test('says of the fewest rows that they moved', () => {
    expect(liveChanges([a, b, c, d], [b, c, d, a])).toEqual([{ kind: 'moved', key: 'a' }])
    expect(liveChanges([a, b, c, d], [d, a, b, c])).toEqual([{ kind: 'moved', key: 'd' }])
    expect(liveChanges([a, b, c], [row('c', 1), a, b])).toEqual([{ kind: 'changed', key: 'c' }])
  })

  test('leaves out rows without a key', () => {
    expect(liveChanges([{ count: 1 }], [{ count: 2 }])).toEqual([])
    expect(liveChanges([1], [2])).toEqual([])
  })

  test('applied to the old result, gives the keys of the new one', () => {
    const rows = fc.uniqueArray(fc.record({ $id: fc.constantFrom(...'abcdefghij'), value: fc.nat(1) }), {
      selector: ({ $id }) => $id,
    })
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        // Rows of equal value are the same object, as in live results.
        const after = second.map(
          (next) => first.find(({ $id, value }) => $id === next.$id && value === next.value) ?? next,
        )
        const changes = liveChanges(first, after)
        const of = (kind: string): readonly string[] =>
          changes.filter((change) => change.kind === kind).map(({ key }) => key)
        expect(new Set(changes.map(({ key }) => key)).size).toBe(changes.length)
        const keys = first.map(({ $id }) => $id)
        expect(of('added')).toEqual(after.flatMap(({ $id }) => (keys.includes($id) ? [] : [$id])))
        expect(new Set(of('removed'))).toEqual(
          new Set(keys.filter((key) => !after.some(({ $id }) => $id === key))),
        )
        expect(of('changed')).toEqual(
          after.flatMap((next) => (keys.includes(next.$id) && !first.includes(next) ? [next.$id] : [])),
        )
        // Those that neither changed nor moved stand in the same order.
        const touched = new Set(changes.map(({ key }) => key))
        const stayed = (list: readonly { readonly $id: string }[]): readonly string[] =>
          list.flatMap(({ $id }) => (touched.has($id) ? [] : [$id]))
        expect(stayed(after)).toEqual(stayed(first))
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})
