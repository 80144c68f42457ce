import { describe, expect, it } from 'vitest'
import { findUnsafeNumbers } from './json-unsafe-numbers.ts'

describe('unsafe numbers', () => {
  it('are integers beyond 2^53-1 and decimals that lose digits, with their place', () => {
    expect(
      findUnsafeNumbers(
        'json',
        '{\n  "a": 9007199254740991,\n  "b": [1, -9007199254740992],\n  "c": 0.1234567890123456789\n}',
      ),
    ).toEqual([
      { path: ['b', 1], text: '-9007199254740992', line: 3, column: 12 },
      { path: ['c'], text: '0.1234567890123456789', line: 4, column: 8 },
    ])
  })

  it('are not numbers that are only spelled long', () => {
    const fine =
      '{"a": 1.00000000000000000000, "b": 0.10000000000000000000e0, "c": 100000000000000000000e-10, "d": 0.1}'
    expect(findUnsafeNumbers('json', fine)).toEqual([])
    expect(findUnsafeNumbers('yaml', 'a: "12345678901234567890"\nb: x 12345678901234567890\n')).toEqual([])
  })

  it('are found by row in lines, lists and dictionaries', () => {
    const big = '12345678901234567890'
    expect(findUnsafeNumbers('jsonl', `{"a":1}\n\n{"a":{"b":${big}}}\n`)).toEqual([
      { path: [1, 'a', 'b'], text: big, line: 3, column: 11 },
    ])
    expect(findUnsafeNumbers('yaml', `# c\n- a: 1\n- a:\n    - x\n    - ${big}\n`)).toEqual([
      { path: [1, 'a', 1], text: big, line: 5, column: 7 },
    ])
    expect(findUnsafeNumbers('yaml', `k:\n  a: ${big}\nl: {m: 0x1FFFFFFFFFFFFFFF}\n`)).toEqual([
      { path: ['k', 'a'], text: big, line: 2, column: 6 },
      { path: ['l', 'm'], text: '0x1FFFFFFFFFFFFFFF', line: 3, column: 8 },
    ])
    expect(findUnsafeNumbers('yaml', `[{a: ${big}}]\n`)).toEqual([
      { path: [0, 'a'], text: big, line: 1, column: 6 },
    ])
  })
})
