import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalText,
  compareTextIn,
  compareValues,
  equalValues,
  identityOf,
  type Value,
} from './compare-values.ts'
import { anyJson } from './records.support.ts'

const anyValue: fc.Arbitrary<Value> = fc.oneof(fc.constant(undefined), anyJson)
const sign = (number: number): number => Math.sign(number) + 0

describe('the order of values', () => {
  test('goes from nothing over booleans, numbers, text and lists to maps', () => {
    const inOrder: Value[] = [
      null,
      false,
      true,
      -1.5,
      0,
      10,
      '',
      '10',
      'Z',
      'a',
      'é',
      [],
      [1],
      [1, 2],
      [2],
      {},
      { a: 1 },
    ]
    expect(inOrder.toReversed().sort(compareValues)).toEqual(inOrder)
    expect(compareValues(undefined, null)).toBe(0)
  })

  test('is total: values are comparable in both directions and in chains', () => {
    fc.assert(
      fc.property(anyValue, anyValue, anyValue, (a, b, c) => {
        expect(sign(compareValues(a, b))).toBe(-sign(compareValues(b, a)) + 0)
        // Boxed: sorting a list puts undefined last whatever the comparison says.
        const [x, y, z] = [[a], [b], [c]].sort(([one], [other]) => compareValues(one, other))
        expect(compareValues(x?.[0], y?.[0])).toBeLessThanOrEqual(0)
        expect(compareValues(x?.[0], z?.[0])).toBeLessThanOrEqual(0)
      }),
      { seed: 11, numRuns: 500 },
    )
  })

  test('calls equal what has one identity, and nothing else', () => {
    const pair = fc.oneof(
      fc.tuple(anyValue, anyValue),
      anyValue.map((value) => [value, value] as const),
    )
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const equal = compareValues(a, b) === 0
        expect(equalValues(a, b)).toBe(equal)
        expect(identityOf(a) === identityOf(b)).toBe(equal)
        expect(canonicalText(a) === canonicalText(b)).toBe(equal)
      }),
      { seed: 12, numRuns: 1000 },
    )
  })

  test('does not see the order of fields, nor the sign of zero', () => {
    const a = JSON.parse('{"a":1,"__proto__":{"b":[2]}}')
    const b = JSON.parse('{"__proto__":{"b":[2]},"a":1}')
    expect(equalValues(a, b)).toBe(true)
    expect(identityOf(a)).toBe(identityOf(b))
    expect(equalValues(0, -0)).toBe(true)
    expect(new Map([[identityOf(0), 'zero']]).get(identityOf(-0))).toBe('zero')
  })

  test('never mistakes text for the canonical text of a list', () => {
    expect(identityOf('\u0000[1]')).not.toBe(identityOf([1]))
    expect(identityOf('\u0000"a')).not.toBe(identityOf('\u0000a'))
    expect(identityOf('1')).not.toBe(identityOf(1))
  })

  test('follows a language where one is named', () => {
    const swedish = compareTextIn('sv')
    expect(['ö', 'z', 'a', 'å'].sort(swedish)).toEqual(['a', 'z', 'å', 'ö'])
    expect(['ö', 'z', 'a', 'å'].sort(compareTextIn('de'))).toEqual(['a', 'å', 'ö', 'z'])
    // Equal for the language: the order is total all the same.
    expect(swedish('\u00e5', 'a\u030a')).not.toBe(0)
    expect(() => compareTextIn('not a tag')).toThrow(RangeError)
  })
})
