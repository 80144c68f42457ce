import { expect, test } from 'vitest'
import { joinStrategies, readStrategies, readStrategy } from './read-strategies.ts'

test('a strategy is a name, or names a field', () => {
  for (const name of ['atomic', 'set', 'ordered-set', 'list', 'text', 'counter', 'max', 'min', 'soft-delete'])
    expect(readStrategy(name)).toBe(name)
  for (const same of ['key:no', { key: 'no' }]) expect(readStrategy(same)).toEqual({ key: 'no' })
  for (const same of ['newest:at:x', { newest: 'at:x' }])
    expect(readStrategy(same)).toEqual({ newest: 'at:x' })
  for (const none of [
    'sum',
    'key:',
    '',
    1,
    null,
    [],
    {},
    { key: 1 },
    { key: '' },
    { other: 'x' },
    { key: 'a', newest: 'b' },
  ])
    expect(readStrategy(none), JSON.stringify(none)).toBeUndefined()
})

test('strategies are read by collection and field, and the first of two count', () => {
  const { strategies, faults } = readStrategies({ units: { tags: 'set', seen: 'sum' }, geo: 'set' })
  expect(strategies).toEqual({ units: { tags: 'set' }, geo: {} })
  expect(faults.map(({ path }) => path)).toEqual([['units', 'seen'], ['geo']])
  const hostile = readStrategies(JSON.parse('{"__proto__":{"__proto__":"max"}}') as never)
  expect(Object.keys(joinStrategies({ units: { tags: 'list' } }, hostile.strategies))).toEqual([
    '__proto__',
    'units',
  ])
  expect(joinStrategies({ units: { tags: 'list' } }, { units: { tags: 'set', seen: 'counter' } })).toEqual({
    units: { tags: 'list', seen: 'counter' },
  })
})
