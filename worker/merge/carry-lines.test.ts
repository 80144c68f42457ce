import fc from 'fast-check'
import { expect, test } from 'vitest'
import { carryLines } from './carry-lines.ts'

test('lines that theirs put beside those that ours changed come in', () => {
  expect(carryLines('a\nb\n', 'A\nb\n', '1\na\n2\nb\n3\n')).toBe('1\nA\n2\nb\n3\n')
  expect(carryLines('a\n', 'a\nours\n', 'a\ntheirs\n')).toBe('a\nours\ntheirs\n')
})

test('where both changed the same lines words do, or ours stays', () => {
  expect(carryLines('a one # x\nb', 'a two # x\nb', 'a one # y\nb')).toBe('a two # y\nb')
  expect(carryLines('a\nb\nc', 'A\nB\nc', 'a\n1\nb\nC')).toBe('A\nB\nC')
  expect(carryLines('a\nb\nc\nd', 'a\n2\n3\nd', '1\nx\nc\nd\ne')).toBe('a\n2\n3\nd\ne')
})

test('what one side did not change is as the other has it, and no line of ours is lost', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '# d'), { maxLength: 6 })
    .map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, text, text, (b, x, y) => {
      expect(carryLines(b, b, x)).toBe(x)
      expect(carryLines(b, x, b)).toBe(x)
      const lines = carryLines(b, x, y).split('\n')
      const known = new Set([...b.split('\n'), ...y.split('\n')])
      for (const line of x.split('\n')) if (!known.has(line)) expect(lines).toContain(line)
    }),
    { numRuns: 1000, seed: 506 },
  )
})
