import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultMessage } from './default-message.ts'
import { createWorkingChanges, type WorkingChanges } from '../branches/working-changes.ts'

const values = { add: [null, {}], update: [{}, {}], remove: [{}, null] } as const

function changesOf(
  ...records: readonly (readonly [kind: keyof typeof values, collection: string, key: string])[]
): WorkingChanges {
  const changes = createWorkingChanges()
  for (const [kind, collection, key] of records) {
    const [before, after] = values[kind]
    changes.set(collection, key, { before, after })
  }
  return changes
}

test('names the one record', () => {
  expect(defaultMessage(changesOf(['update', 'units', 'foot']))).toBe('Update units/foot')
  expect(defaultMessage(changesOf(['add', 'units', 'foot']))).toBe('Add units/foot')
  expect(defaultMessage(changesOf(['remove', 'units', 'foot']))).toBe('Remove units/foot')
})

test('counts several by kind and collection, and lists the first ones in order', () => {
  expect(defaultMessage(changesOf(['update', 'units', 'b'], ['update', 'units', 'a']))).toBe(
    'Update 2 records in units\n\n- Update units/a\n- Update units/b',
  )
  expect(
    defaultMessage(changesOf(['remove', 'units', 'a'], ['update', 'geo', 'b'], ['add', 'units', 'c'])),
  ).toBe('Add 1, update 1, remove 1 in geo and units\n\n- Update geo/b\n- Remove units/a\n- Add units/c')
  const many = Array.from({ length: 12 }, (_, at) => ['add', 'a', String(at + 10)] as const)
  const message = defaultMessage(changesOf(...many, ['add', 'b', 'x'], ['add', 'c', 'y']))
  expect(message).toMatch(/^Add 14 records in a, b and c\n\n- Add a\/10\n(- .*\n){9}- and 4 more$/)
})

test('says how many collections where their names are too long', () => {
  const records = Array.from({ length: 9 }, (_, at) => ['add', `collection-${at}`, 'a'] as const)
  expect(defaultMessage(changesOf(...records)).split('\n')[0]).toBe('Add 9 records in 9 collections')
})

test('cuts long keys, and shows no control characters of hostile ones', () => {
  const [line = '', ...others] = defaultMessage(changesOf(['add', 'units', '🦶'.repeat(100)])).split('\n')
  expect([Array.from(line).length, line.endsWith('🦶…'), others]).toEqual([72, true, []])
  expect(defaultMessage(changesOf(['add', 'units', 'a\n\nSigned-off-by: x\u001B[31m\u202E\u2028']))).toBe(
    'Add units/a\uFFFD\uFFFDSigned-off-by: x\uFFFD[31m\uFFFD\uFFFD',
  )
})

test('is short lines of text, whatever the keys', () => {
  const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 120 })
  const record = fc.tuple(fc.constantFrom('add', 'update', 'remove'), key, key)
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 15 }), (records) => {
      const changes = changesOf(...records)
      const lines = defaultMessage(changes).split('\n')
      expect(lines.every((line) => Array.from(line).length <= 72)).toBe(true)
      expect(lines.some((line) => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(line))).toBe(false)
      expect(lines).toHaveLength(changes.size === 1 ? 1 : 2 + Math.min(changes.size, 11))
    }),
    { numRuns: process.env['ESPALIER_LONG'] ? 10_000 : 1000 },
  )
})
