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
    [null, '"options" must be an object. Give { mode, name, map, limit, other }.'],
    ['a', '"options" must be an object. Give { mode,'],
    [[], '"options" must be an object. Give { mode,'],
    [{ mod: 'a' }, 'There is no option "mod". Give mode, name, map, limit, other.'],
    [{ constructor: 1 }, 'There is no option "constructor". Give mode,'],
    [{ mode: 'c' }, '"mode" is "c". Give a, b.'],
    [{ mode: null }, '"mode" is null. Give a, b.'],
    [{ name: 5n }, '"name" is 5. Give a value of type string.'],
    [{ map: null }, '"map" is null. Give a value of type object.'],
    [{ map: [] }, '"map" is []. Give a value of type object.'],
    [{ ifMatch: undefined }, 'There is no option "ifMatch". Give mode,'],
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
  expect(() => needOptions({ to: 1 }, allowed, 'a.b.')).toThrow('There is no option "a.b.to".')
  expect(() => needOptions(null, allowed, 'a.b.')).toThrow('"a.b" must be an object')
})

test('the value of an option that there is not is not told: it may be a secret', () => {
  for (const options of [{ token: 'ghp_secret' }, 'ghp_secret'])
    expect(() => needOptions(options, allowed)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('ghp_secret') }),
    )
})

test('what is allowed passes; undefined is not given', () => {
  needOptions(undefined, allowed)
  needOptions({ mode: undefined, slip: undefined }, allowed)
  needOptions({ mode: 'b', name: '', map: {}, limit: Infinity, other: null }, allowed)
})
