import { expect, test } from 'vitest'
import { formatNumber, formatSummary, markdownTable } from './table.ts'

test('columns are padded, the first to the left and the others to the right', () => {
  expect(
    markdownTable(
      ['what', 'ms'],
      [
        ['clone', '12'],
        ['é', '1'],
      ],
    ),
  ).toBe(['| what  |  ms |', '|:------|----:|', '| clone |  12 |', '| é     |   1 |'].join('\n'))
})

test('a bar or a line break in a cell cannot break the table', () => {
  expect(markdownTable(['a'], [['x|y\nz']]).split('\n')[2]).toBe(String.raw`| x\|y z |`)
})

test('missing cells are empty', () => {
  expect(markdownTable(['a', 'b'], [['1']]).split('\n')[2]).toBe('| 1   |     |')
})

test('numbers show three digits, and whole thousands', () => {
  expect([0.456, 12.34, 123.4, 12_345.6].map(formatNumber)).toEqual(['0.46', '12.3', '123', '12,346'])
})

test('a summary of one run shows no range', () => {
  expect(formatSummary({ median: 5, min: 5, max: 5, count: 1 }, 'ms')).toBe('5.00 ms')
  expect(formatSummary({ median: 5, min: 4, max: 9, count: 3 }, 'ms')).toBe('5.00 ms (4.00–9.00)')
  expect(formatSummary(undefined, 'ms')).toBe('–')
})
