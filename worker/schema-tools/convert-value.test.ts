import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/protocol/records.ts'
import { convertValue } from './convert-value.ts'

describe('convertValue', () => {
  const converts: readonly (readonly [value: Json, from: string, to: string, result: Json])[] = [
    [5, 'int', 'string', '5'],
    [-0.5, 'float', 'string', '-0.5'],
    [true, 'bool', 'string', 'true'],
    ['5', 'string', 'int', 5],
    ['-12', 'string', 'int', -12],
    ['5.0', 'string', 'int', 5],
    ['1.25', 'string', 'float', 1.25],
    ['1e3', 'string', 'float', 1000],
    ['true', 'string', 'bool', true],
    [0, 'int', 'bool', false],
    [true, 'bool', 'int', 1],
    [5, 'float', 'int', 5],
    [5, 'int', 'float', 5],
    ['2024-02-29', 'string', 'date', '2024-02-29'],
    ['23:59', 'string', 'time', '23:59'],
    ['2024-01-01T10:00:00Z', 'string', 'datetime', '2024-01-01T10:00:00Z'],
    ['2024-01-01', 'date', 'datetime', '2024-01-01'],
    ['x', 'string', '[]string', ['x']],
    ['7', 'string', '[]int', [7]],
    [[7, 8], '[]int', '[]string', ['7', '8']],
    [['x'], '[]string', 'string', 'x'],
    [['7'], '[]string', 'int', 7],
    [{ en: 'x' }, 'map[string]any', 'map[locale]string', { en: 'x' }],
    [{ a: [1] }, 'any', 'any', { a: [1] }],
    [null, 'string', 'int', null],
    [['a', 1], 'any', 'any', ['a', 1]],
  ]
  it.each(converts)('%j of %s becomes %s: %j', (value, from, to, result) => {
    expect(convertValue(value, from, to)).toEqual(result)
  })

  const refuses: readonly (readonly [value: Json, from: string, to: string])[] = [
    ['007', 'string', 'int'],
    ['+5', 'string', 'int'],
    ['', 'string', 'int'],
    [' 5', 'string', 'int'],
    ['0x10', 'string', 'int'],
    ['1.5', 'string', 'int'],
    ['9007199254740993', 'string', 'int'],
    ['0.12345678901234567', 'string', 'float'],
    ['1e999', 'string', 'float'],
    ['NaN', 'string', 'float'],
    ['yes', 'string', 'bool'],
    ['True', 'string', 'bool'],
    [2, 'int', 'bool'],
    [1.5, 'float', 'int'],
    ['2023-02-29', 'string', 'date'],
    ['2024-13-01', 'string', 'date'],
    ['1 May', 'string', 'date'],
    ['25:00', 'string', 'time'],
    [5, 'int', 'date'],
    [[], '[]string', 'string'],
    [['a', 'b'], '[]string', 'string'],
    [['a'], '[]string', '[]int'],
    [[null], '[]any', '[]string'],
    [{ en: 'x' }, 'map[locale]string', 'string'],
    [{ en: 1 }, 'map[string]int', 'map[locale]string'],
    ['x', 'string', 'map[locale]string'],
  ]
  it.each(refuses)('%j of %s would lose something as %s', (value, from, to) => {
    expect(convertValue(value, from, to)).toBeUndefined()
  })
})
