import { expect, test } from 'vitest'
import { needOptions, type Allowed } from './options.ts'

const allowed: { readonly [option: string]: Allowed } = {
  mode: ['a', 'b'],
  name: 'string',
  map: 'object',
  limit: 1,
  other: true,
}

test('options of another name, type or value are refused with what is allowed', () => {
  const slips: readonly (readonly [options: unknown, says: string])[] = [
    [null, '"options" is null. Give { mode, name, map, limit, other }.'],
    ['a', '"options" is "a". Give { mode,'],
    [[], '"options" is []. Give { mode,'],
    [{ mod: 'a' }, '"mod" is "a". Give mode, name, map, limit, other.'],
    [{ constructor: 1 }, '"constructor" is 1. Give mode,'],
    [{ mode: 'c' }, '"mode" is "c". Give a, b.'],
    [{ mode: null }, '"mode" is null. Give a, b.'],
    [{ name: 5n }, '"name" is 5. Give a value of type string.'],
    [{ map: null }, '"map" is null. Give a value of type object.'],
    [{ map: [] }, '"map" is []. Give a value of type object.'],
    [{ ifMatch: undefined }, '"ifMatch" is undefined. Give mode,'],
    [{ limit: 0 }, '"limit" is 0. Give a number from 1 on.'],
    [{ limit: Number.NaN }, '"limit" is NaN. Give a number from 1 on.'],
    [{ limit: '5' }, '"limit" is "5". Give a number from 1 on.'],
  ]
  for (const [options, says] of slips)
    expect(() => needOptions(options, allowed), says).toThrow(
      expect.objectContaining({
        code: 'engine/bad-argument',
        message: expect.stringContaining(says),
      }),
    )
  expect(() => needOptions({ to: 1 }, allowed, 'a.b.')).toThrow('"a.b.to" is 1')
  expect(() => needOptions(null, allowed, 'a.b.')).toThrow('"a.b" is null')
})

test('what is allowed passes; undefined is not given', () => {
  needOptions(undefined, allowed)
  needOptions({ mode: undefined, slip: undefined }, allowed)
  needOptions({ mode: 'b', name: '', map: {}, limit: Infinity, other: null }, allowed)
})
