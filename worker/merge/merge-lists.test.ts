import { describe, expect, test } from 'vitest'
import type { FieldConflict, FieldStrategy } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { mergeRecord } from './merge-record.ts'

type List = readonly Json[]

function merge(
  base: Json | undefined,
  ours: List,
  theirs: List,
  strategy?: FieldStrategy,
): {
  readonly value: Json | undefined
  readonly conflicts: readonly FieldConflict[]
} {
  const { value, conflicts } = mergeRecord(
    { base: base === undefined ? {} : { l: base }, ours: { l: ours }, theirs: { l: theirs } },
    { mode: 'field', record: { fields: new Map([['l', strategy === undefined ? {} : { strategy }]]) } },
  )
  return { value: value?.['l'], conflicts }
}

const clean = (value: Json): unknown => ({ value, conflicts: [] })

describe('a list of scalars that nobody declared', () => {
  test('is a set while nothing stands twice and nobody moved anything', () => {
    expect(merge(['a', 'b'], ['a', 'b', 'x'], ['a', 'b', 'y'])).toEqual(clean(['a', 'b', 'x', 'y']))
    expect(merge(['a', 'b', 'c'], ['a', 'c', 'x'], ['y', 'a', 'b'])).toEqual(clean(['y', 'a', 'x']))
  })

  test('is no set when both sides replaced the same item', () => {
    const { value, conflicts } = merge([52.1, 4.3], [52.2, 4.3], [52.3, 4.3])
    expect(value).toEqual([52.2, 4.3])
    expect(conflicts).toMatchObject([{ path: ['l'], kind: 'edit/edit', theirs: [52.3, 4.3] }])
    expect(merge([52.1, 4.3], [52.2, 4.3], [52.1, 4.4])).toEqual(clean([52.2, 4.4]))
  })

  test('is merged by position when something stands twice or moved', () => {
    expect(merge([1, 1, 2, 3], [1, 1, 1, 2, 3], [1, 1, 2, 4])).toEqual(clean([1, 1, 1, 2, 4]))
    expect(merge(['a', 'b', 'c', 'd'], ['b', 'a', 'c', 'd'], ['a', 'b', 'c', 'e'])).toEqual(
      clean(['b', 'a', 'c', 'e']),
    )
    expect(merge([1, 1], [1, 1, 2], [1, 1, 3]).conflicts).toHaveLength(1)
  })

  test('keeps what is gone on one side and moved on the other for somebody to decide', () => {
    const { conflicts } = merge(['a', 'b', 'c', 'a2'], ['b', 'c', 'a', 'a2'], ['b', 'c', 'a2'], 'list')
    expect(conflicts).toMatchObject([{ kind: 'edit/edit' }])
  })

  test('never gets an item twice because both sides added it in two places', () => {
    expect(merge([true, false], ['x', true, false], [true, false, 'x']).conflicts).toHaveLength(1)
  })

  test('that is declared to be something else is never merged inside', () => {
    expect(merge([1], [1, 2], [0, 1], 'max').conflicts).toMatchObject([{ kind: 'edit/edit' }])
    expect(merge([1], [1, 2], [0, 1], { newest: 't' }).conflicts).toMatchObject([{ kind: 'edit/edit' }])
  })

  test('that both added conflicts even when one is empty', () => {
    expect(merge(undefined, [], ['b']).conflicts).toMatchObject([
      { kind: 'add/add', suggestion: { value: ['b'], reason: 'superset' } },
    ])
  })

  test('that both added conflicts, and the one that holds the other is suggested', () => {
    expect(merge(undefined, ['a'], ['b'])).toMatchObject({
      value: ['a'],
      conflicts: [{ kind: 'add/add', base: undefined }],
    })
    expect(merge(undefined, ['a', 'b'], ['b']).conflicts[0]?.suggestion).toEqual({
      value: ['a', 'b'],
      reason: 'superset',
    })
    expect(merge(undefined, ['b'], ['a', 'b']).conflicts[0]?.suggestion).toEqual({
      value: ['a', 'b'],
      reason: 'superset',
    })
    // What one has twice, the other has not with one of it.
    expect(merge(undefined, ['a', 'b', 'a'], ['a', 'b', 'c']).conflicts[0]?.suggestion?.reason).not.toBe(
      'superset',
    )
    expect(merge(undefined, ['a', 'b'], ['a', 'b', 'a']).conflicts[0]?.suggestion).toEqual({
      value: ['a', 'b', 'a'],
      reason: 'superset',
    })
  })
})

describe('a declared set', () => {
  test('holds what both have or one added, of any type', () => {
    expect(merge(['a', 1, { x: 1 }], ['a', 1, { x: 1 }, '1'], ['a', { x: 1 }, { x: 2 }], 'set')).toEqual(
      clean(['a', { x: 1 }, '1', { x: 2 }]),
    )
    expect(merge(undefined, ['a'], ['b'], 'set')).toEqual(clean(['a', 'b']))
    expect(merge('no list', ['a', 'a'], ['b'], 'set')).toEqual(clean(['a', 'b']))
  })

  test('takes the order of who moved items, and ours when both did', () => {
    expect(merge(['a', 'b', 'c'], ['a', 'b', 'c', 'x'], ['c', 'a', 'b'], 'set')).toEqual(
      clean(['c', 'x', 'a', 'b']),
    )
    expect(merge(['a', 'b', 'c'], ['b', 'a', 'c'], ['c', 'a', 'b'], 'set')).toEqual(clean(['b', 'a', 'c']))
  })

  test('with an order says so when both moved items', () => {
    expect(merge(['a', 'b', 'c'], ['b', 'a', 'c'], ['c', 'a', 'b', 'x'], 'ordered-set')).toEqual({
      value: ['b', 'x', 'a', 'c'],
      conflicts: [
        {
          path: ['l'],
          kind: 'order',
          base: ['a', 'b', 'c'],
          ours: ['b', 'a', 'c'],
          theirs: ['c', 'a', 'b', 'x'],
          blocking: false,
        },
      ],
    })
    expect(merge(['a', 'b', 'c'], ['a', 'b', 'c', 'x'], ['c', 'a', 'b'], 'ordered-set')).toEqual(
      clean(['c', 'x', 'a', 'b']),
    )
  })
})

describe('a list of maps', () => {
  const item = (id: Json, v: Json = 0): Json => ({ id, v, w: 0 })

  test('is merged item by item when each has an id of its own', () => {
    const base = [item(1), item(2), item('2')]
    const ours = [item(1, 'ours'), item(2), item('2'), item(3)]
    const theirs = [{ id: 1, v: 0, w: 'theirs' }, item(9), item('2')]
    expect(merge(base, ours, theirs)).toEqual(
      clean([{ id: 1, v: 'ours', w: 'theirs' }, item(9), item('2'), item(3)]),
    )
  })

  test('names a conflict inside by the key of the item', () => {
    expect(merge([item(7), item('7')], [item(7, 1), item('7')], [item(7, 2)]).conflicts).toMatchObject([
      { path: ['l', 7, 'v'], kind: 'edit/edit', ours: 1, theirs: 2 },
    ])
    const { value, conflicts } = merge([item('a')], [item('a', 1)], [])
    expect(value).toEqual([item('a', 1)])
    expect(conflicts).toMatchObject([{ path: ['l', 'a'], kind: 'delete/edit', theirs: undefined }])
  })

  test('follows who moved items; when both did, ours stands and nothing is blocked', () => {
    const [a, b, c] = [item('a'), item('b'), item('c')]
    expect(merge([a, b, c], [item('a', 1), b, c], [c, a, b])).toEqual(clean([c, item('a', 1), b]))
    expect(merge([a, b, c], [c, a, b], [item('a', 1), b, c])).toEqual(clean([c, item('a', 1), b]))
    const { value, conflicts } = merge([a, b, c], [b, a, c], [c, item('a', 1), b])
    expect(value).toEqual([b, item('a', 1), c])
    expect(conflicts).toMatchObject([{ path: ['l'], kind: 'order', blocking: false }])
  })

  test('is merged by the declared key, or as a list where that does not tell items apart', () => {
    const [x, y, z] = [{ no: 1 }, { no: 2 }, { no: 3 }]
    expect(merge(undefined, [x], [y], { key: 'no' })).toEqual(clean([x, y]))
    expect(merge([x, y], [x, x, y], [x, y, z], { key: 'no' })).toEqual(clean([x, x, y, z]))
    expect(merge([x, 1], [x, 1, y], [x, 1, z], { key: 'no' }).conflicts).toHaveLength(1)
    expect(merge([{ no: null }], [{ no: null }, x], [{ no: null }, y], { key: 'no' }).conflicts).toHaveLength(
      1,
    )
  })

  test('is not matched by a name unasked, but what that gives is suggested', () => {
    const base = [{ name: 'a', v: 0, w: 0 }]
    const { value, conflicts } = merge(base, [{ name: 'a', v: 1, w: 0 }], [{ name: 'a', v: 0, w: 1 }])
    expect(value).toEqual([{ name: 'a', v: 1, w: 0 }])
    expect(conflicts[0]?.suggestion).toEqual({ value: [{ name: 'a', v: 1, w: 1 }], reason: 'finer-merge' })
    expect(
      merge(base, [{ name: 'a', v: 1, w: 0 }], [{ name: 'a', v: 2, w: 0 }]).conflicts[0]?.suggestion,
    ).toBe(undefined)
  })
})
