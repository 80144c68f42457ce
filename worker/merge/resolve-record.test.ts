import { expect, test } from 'vitest'
import type { Choice, FieldStrategy } from '../../src/protocol/merge.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { conflictPathId } from './conflict-path.ts'
import { mergeRecord } from './merge-record.ts'
import type { MergeRules } from './merge-rules.ts'
import { possibleChoices, resolveRecord } from './resolve-record.ts'

type Path = readonly (string | number)[]

const rules: MergeRules = { mode: 'field', record: {} }

function resolve(
  [base, ours, theirs]: readonly [RecordValue | undefined, RecordValue | undefined, RecordValue | undefined],
  choices: readonly (readonly [Path, Choice])[],
  given = rules,
): RecordValue | undefined {
  const sides = { base, ours, theirs }
  const resolutions = new Map(choices.map(([path, choice]) => [conflictPathId(path), choice]))
  return resolveRecord(sides, mergeRecord(sides, given), resolutions, given)
}

/** Resolves one list `l`. */
function resolveList(
  lists: readonly [Json, Json, Json],
  choice: Choice,
  strategy: FieldStrategy,
  path: Path = ['l'],
): Json | undefined {
  const [base, ours, theirs] = lists.map((l) => ({ l }))
  const fields = new Map([['l', { strategy }]])
  return resolve([base, ours, theirs], [[path, choice]], { mode: 'field', record: { fields } })?.['l']
}

test('a choice takes a side, nothing or another value at its place, and leaves the rest merged', () => {
  const sides = [
    { a: 1, b: 1, c: 1 },
    { a: 2, b: 2, c: 1 },
    { a: 3, b: 1, c: 2 },
  ] as const
  const rest = { b: 2, c: 2 }
  expect(resolve(sides, [])).toEqual({ a: 2, ...rest })
  expect(resolve(sides, [[['a'], 'ours']])).toEqual({ a: 2, ...rest })
  expect(resolve(sides, [[['a'], 'theirs']])).toEqual({ a: 3, ...rest })
  expect(resolve(sides, [[['a'], 'base']])).toEqual({ a: 1, ...rest })
  expect(resolve(sides, [[['a'], 'delete']])).toEqual(rest)
  expect(resolve(sides, [[['a'], { value: [4] }]])).toEqual({ a: [4], ...rest })
  expect(resolve(sides, [[['b'], 'theirs']])).toEqual({ a: 2, ...rest })
})

test('a choice for a record may delete it, or be another record', () => {
  const sides = [{ a: 1 }, { a: 2 }, undefined] as const
  expect(resolve(sides, [[[], 'ours']])).toEqual({ a: 2 })
  expect(resolve(sides, [[[], 'theirs']])).toBe(undefined)
  expect(resolve(sides, [[[], { value: { a: 5 } }]])).toEqual({ a: 5 })
  expect(() => resolve(sides, [[[], { value: 5 }]])).toThrow(
    expect.objectContaining({ code: 'merge/bad-choice' }),
  )
})

test('a choice counts for a record that is merged only whole', () => {
  const sides = [
    { a: 1, b: 1 },
    { a: 2, b: 1 },
    { a: 1, b: 2 },
  ] as const
  expect(resolve(sides, [[[], 'theirs']], { mode: 'record', record: {} })).toEqual({ a: 1, b: 2 })
})

test('both sides of a text or list can be taken', () => {
  expect(
    resolveList(
      [
        [1, 1],
        [1, 1, 2],
        [0, 1, 1, 3],
      ],
      'both',
      'list',
    ),
  ).toEqual([0, 1, 1, 2, 3])
  expect(resolve([{ t: 'a\nb' }, { t: 'a\nb\nx' }, { t: 'A\nb\ny' }], [[['t'], 'both']])).toEqual({
    t: 'A\nb\nx\ny',
  })
  expect(() => resolve([{ a: 1 }, { a: 2 }, { a: 3 }], [[['a'], 'both']])).toThrow(
    expect.objectContaining({ code: 'merge/bad-choice', data: { path: ['a'] } }),
  )
})

test('the order of a list is chosen without losing what either side put in', () => {
  const sets = [
    ['a', 'b', 'c'],
    ['b', 'a', 'c', 'x'],
    ['c', 'a', 'b', 'y'],
  ] as const
  expect(resolveList(sets, 'ours', 'ordered-set')).toEqual(['b', 'y', 'a', 'c', 'x'])
  expect(resolveList(sets, 'theirs', 'ordered-set')).toEqual(['c', 'x', 'a', 'b', 'y'])
  expect(resolveList(sets, 'base', 'ordered-set')).toEqual(['a', 'b', 'y', 'c', 'x'])
  const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
  const keyed = [
    [a, b, c],
    [b, { id: 'a', v: 1 }, c],
    [c, a, b],
  ] as const
  expect(resolveList(keyed, 'theirs', { key: 'id' })).toEqual([c, { id: 'a', v: 1 }, b])
  expect(resolveList(keyed, 'base', { key: 'id' })).toEqual([{ id: 'a', v: 1 }, b, c])
  expect(resolveList(keyed, { value: [] }, { key: 'id' })).toEqual([])
  expect(() => resolveList(keyed, 'both', { key: 'id' })).toThrow(
    expect.objectContaining({ code: 'merge/bad-choice' }),
  )
})

test('an item of a keyed list is chosen by its key', () => {
  const lists = [[{ id: 1 }, { id: 2 }], [{ id: 1, v: 1 }, { id: 2 }], [{ id: 2 }]] as const
  expect(resolveList(lists, 'theirs', { key: 'id' }, ['l', 1])).toEqual([{ id: 2 }])
  expect(resolveList(lists, 'ours', { key: 'id' }, ['l', 1])).toEqual([{ id: 1, v: 1 }, { id: 2 }])
})

test('the choices of a conflict are those that make sense', () => {
  const conflict = { path: [], blocking: true, base: 1, ours: 2, theirs: 3 }
  expect(possibleChoices({ ...conflict, kind: 'edit/edit' })).toEqual(['ours', 'theirs', 'base', 'delete'])
  expect(possibleChoices({ ...conflict, kind: 'text' })).toContain('both')
  expect(possibleChoices({ ...conflict, kind: 'edit/edit', ours: [1], theirs: [2] })).toContain('both')
  expect(possibleChoices({ ...conflict, kind: 'order' })).toEqual(['ours', 'theirs', 'base'])
})
