import { describe, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import { lazyRow } from './lazy-row.ts'
import { toResultRow } from './result-row.ts'
import { revisionOf, rowRevision } from './revision.ts'
import { toRow } from './row.ts'

const value: RecordValue = { name: 'Ireland', population: 5_262_382, names: { de: 'Irland' } }

describe('lazyRow', () => {
  test('reads like a row, and is one once it is whole', () => {
    const row = lazyRow('ie', value)
    expect(row && rowRevision(row)).toBe(revisionOf(value))
    expect(row?.['population']).toBe(5_262_382)
    expect(row && toResultRow(row)).toEqual(toRow('ie', value))
    expect(structuredClone(row && toResultRow(row))).toEqual(toRow('ie', value))
  })

  test('gives its revision to whoever copies it, sends it on or writes it down', () => {
    const row = lazyRow('ie', value)
    const whole = row && toResultRow(row, true)
    const expected = toRow('ie', value)
    expect({ ...whole }).toEqual(expected)
    expect(structuredClone(whole)).toEqual(expected)
    expect(JSON.parse(JSON.stringify(whole))).toEqual(expected)
    expect(whole?.$rev).toBe(revisionOf(value))
    expect(Object.keys(whole ?? {})).toEqual(Object.keys(expected))
  })

  test('has the same revision whatever its parent and status', () => {
    const row = lazyRow('o1/d1', value, { parent: 'o1', status: 'saving' })
    expect(row && toResultRow(row)).toEqual({
      ...value,
      $id: 'o1/d1',
      $rev: revisionOf(value),
      $parent: 'o1',
      $status: 'saving',
    })
  })

  test('keeps hostile field names as fields', () => {
    const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}') as RecordValue // an object
    const row = lazyRow('a', hostile)
    const whole = row && toResultRow(row)
    expect(Object.keys(whole ?? {})).toEqual(['__proto__', 'constructor', 'toString', '$id', '$rev'])
    expect(row && rowRevision(row)).toBe(revisionOf(hostile))
    expect(whole && Object.getPrototypeOf(whole)).toBe(Object.prototype)
  })

  test('is not made where a file has fields with names of the library', () => {
    for (const name of ['$id', '$rev', '$parent', '$status'])
      expect(lazyRow('a', { [name]: 'x' })).toBeUndefined()
  })
})
