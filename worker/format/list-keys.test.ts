import { describe, expect, it } from 'vitest'
import { createListKeys } from './list-keys.ts'

const column = (name: string): { name: string; type: string; required: boolean } => ({
  name,
  type: 'string',
  required: false,
})

describe('row keys of lists', () => {
  it('come from primary_key, $ID, $id, id, in this order', () => {
    const composed = createListKeys({ primaryKey: ['a', 'b'] })
    expect(composed.keyOf({ a: 'x', b: 5, $ID: 'y' })).toBe('x\u001f5')
    expect(composed.keyOf({ a: 'x', $ID: 'y', $id: 'z' })).toBe('y')
    const plain = createListKeys({ primaryKey: [] })
    expect(plain.keyOf({ $ID: 'y', $id: 'z', id: 'w' })).toBe('y')
    expect(plain.keyOf({ $id: 'z', id: 'w' })).toBe('z')
    expect(plain.keyOf({ id: 5 })).toBe('5')
    expect(plain.keyOf({ id: 'e\u0301' })).toBe('é')
    expect(plain.keyOf(JSON.parse('{"__proto__": {"id": "x"}}') as {})).toBeUndefined()
    for (const id of ['', null, [], {}]) expect(plain.keyOf({ id })).toBeUndefined()
  })

  it('stand in new rows where other rows have them', () => {
    const keys = createListKeys({ primaryKey: [] })
    expect(keys.newRow('k', { a: 1 }, undefined)).toEqual({ $ID: 'k', a: 1 })
    expect(keys.newRow('k', { a: 1 }, { $id: 'x' })).toEqual({ $id: 'k', a: 1 })
    expect(keys.newRow('7', { a: 1 }, { $ID: 6 })).toEqual({ $ID: 7, a: 1 })
    expect(keys.newRow('07', { a: 1 }, { $ID: 6 })).toEqual({ $ID: '07', a: 1 })
    expect(keys.newRow('k', { id: 'k' }, { id: 'x' })).toEqual({ id: 'k' })
    const declared = createListKeys({ primaryKey: [], columns: [column('id')] })
    expect(declared.newRow('k', { id: 'k' }, undefined)).toEqual({ id: 'k' })
    expect(createListKeys({ primaryKey: ['$id'] }).newRow('k', {}, undefined)).toEqual({ $id: 'k' })
  })

  it('refuse values that name another key', () => {
    const bad = expect.objectContaining({ code: 'record/bad-value' })
    const keys = createListKeys({ primaryKey: [] })
    expect(() => keys.newRow('k', { id: 'other' }, { id: 'x' })).toThrow(bad)
    expect(() => keys.newRow('k', {}, { id: 'x' })).toThrow(bad)
    expect(() => keys.changedRow('k', { id: 'other' }, { id: 'k' })).toThrow(bad)
    expect(keys.changedRow('k', { id: 'other' }, { $ID: 'k', id: 'k' })).toEqual({ $ID: 'k', id: 'other' })
    expect(() => createListKeys({ primaryKey: ['a'] }).newRow('k', { a: 1 }, undefined)).toThrow(bad)
  })
})
