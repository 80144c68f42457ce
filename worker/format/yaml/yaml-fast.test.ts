import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyRecord } from '../record-codec.suite.ts'
import { createYamlCodec } from './yaml-codec.ts'
import { parseYamlDocument } from './yaml-document.ts'
import { parseFlatYaml } from './yaml-fast.ts'

const seed = 20261121

let answered = 0

/** The full parser's answer is the truth: the fast one gives the same or none. */
function expectNoDifference(text: string): void {
  const fast = parseFlatYaml(text)
  if (fast === undefined) return
  answered++
  let full: unknown
  try {
    full = parseYamlDocument(text).value
  } catch (error) {
    full = String(error)
  }
  expect({ text, value: fast }).toEqual({ text, value: full })
}

const scalars = [
  'a',
  'x y',
  '1',
  '-1',
  '+1',
  '-',
  '- 1',
  '1.5',
  '130.0',
  '.5',
  '5.',
  '-.5',
  '1e6',
  '1E-3',
  '1e400',
  '0x1F',
  '0o17',
  '0123',
  '1_000',
  '12345678901234567890',
  '2024-01-01',
  '2024-01-01T10:00:00Z',
  '12:30',
  'true',
  'False',
  'TRUE',
  'tRUE',
  'no',
  'null',
  'Null',
  '~',
  '~x',
  '',
  '.inf',
  '-.Inf',
  '.nan',
  '.',
  '..',
  '...',
  '---',
  '+',
  '"a"',
  '"a\\n"',
  '"a\\u0041"',
  '"a" # c',
  '"a"# c',
  '"a" b',
  "'a'",
  "'it''s'",
  "'a' # c",
  "'a'x",
  '"open',
  'a # c',
  'a #',
  'a#b',
  '# c',
  '[]',
  '{}',
  '[a, b]',
  '{a: b}',
  '[] # c',
  '[',
  ']',
  'a: b',
  'a:b',
  'a:',
  ':',
  ': a',
  '?',
  '? a',
  '&x a',
  '*x',
  '!t a',
  '|',
  '>',
  '%a',
  '@a',
  '`a`',
  ',',
  'a, b',
  'a]',
  'é',
  '東京',
  '🌍',
  'a\u00a0b',
  '\u00a0',
  '\u2028',
  '=',
  '<<',
  '/x',
  '(x)',
  '$x',
  '_',
  'a  ',
  '1 ',
  '1 #',
  '"" ',
  '\\n',
  '01',
  '-0',
  '+.5',
  '1.e3',
  '.e3',
  '1e',
  '--',
  '-a',
  '- ',
  '+a',
  '1a',
  '0x',
  '0o8',
  '.i',
  '-.',
  '-.x',
  "''",
  '""',
]
const keys = [
  'a',
  'b',
  'c',
  'a',
  'name',
  '$ID',
  'x-y',
  'null',
  'true',
  '1',
  '__proto__',
  'constructor',
  '"q"',
  "'q'",
  '<<',
  '? k',
  'é',
  'a b',
  '-k',
  '',
]
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', '', '', '  ', '  ', '    ', ' ', '\t'),
        fc.constantFrom(...keys),
        fc.constantFrom(': ', ': ', ': ', ':', ':  ', ' : '),
        fc.constantFrom(...scalars),
      )
      .map((parts) => parts.join('')),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '  ', '    ', ' '),
        fc.constantFrom('- ', '-', '-  '),
        fc.constantFrom('', '', 'a: ', 'b:', 'c:  '),
        fc.constantFrom(...scalars),
      )
      .map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('', '  ', '    ', '      '), fc.constantFrom('a:', 'b:', 'name: ', 'c: # x'))
      .map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '  ',
      '# comment',
      '  # comment',
      '---',
      '...',
      '%YAML 1.2',
      'text',
      '  text',
      '<<<<<<< x',
    ),
  },
)
const document = fc
  .tuple(
    fc.array(line, { maxLength: 7 }),
    fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'),
    fc.constantFrom('', '\n', '\n\n', '  '),
  )
  .map(([lines, eol, end]) => lines.join(eol) + end)

describe('the fast path for flat YAML', () => {
  it('agrees with the full parser or does not answer, for every scalar in every place', () => {
    for (const scalar of scalars) {
      for (const key of keys) expectNoDifference(`${key}: ${scalar}\n`)
      for (const frame of [
        'k: #',
        'k:\n  m: #\nz: 1',
        'k:\n- #\n- x\nz: 1',
        'k:\n  - #',
        'a: #\n# c\n\nb: #',
        'k: #\r\nb: 1\r\n',
        'k: #\n  x',
        'k: #\n\n  x: 1',
        'k:\n  - m: #\n    n: #\n  - o: #\nz: 1',
        'k:\n- m: #\n  n:\n  - #\n- #',
        'k:\n  -  m:\n      x: #\n     n: 1',
      ]) {
        expectNoDifference(frame.replaceAll('#', () => scalar))
      }
    }
  })

  it('agrees with the full parser on lines put together at random', () => {
    answered = 0
    fc.assert(fc.property(document, expectNoDifference), { seed, numRuns: 20_000 })
    expect(answered).toBeGreaterThan(80)
  })

  it('agrees with the full parser on maps in lists, indented at random', () => {
    const part = fc.constantFrom(
      'k:',
      'm: 1',
      '"n": 1',
      '- "y": 1',
      '- a: 1',
      '  b: x',
      '- c:',
      '  - a: 1',
      '    b: x',
      '  - c:',
      '      - y',
      '      d: 2',
      '     e: 3',
      '    f:',
      '    - z',
      '-  g: 1',
      '   h: 2',
      '  - - i',
      '    # c',
      '',
    )
    answered = 0
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (lines) => expectNoDifference(`k:\n${lines.join('\n')}`)),
      { seed, numRuns: 20_000 },
    )
    expect(answered).toBeGreaterThan(500)
  })

  it('agrees with the full parser on any characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab:# -\n\'"[]{}1.~\r'), maxLength: 24 }),
        expectNoDifference,
      ),
      {
        seed,
        numRuns: 6000,
      },
    )
  })

  it('answers for what the codec writes, unless there is something unusual in it', () => {
    const codec = createYamlCodec()
    fc.assert(
      fc.property(anyRecord, (value) => {
        expectNoDifference(new TextDecoder().decode(codec.create(value, { columnsOrder: [] })))
      }),
      { seed, numRuns: 500 },
    )
  })

  it('answers for the records that people write', () => {
    const text =
      'id: cust001\n# shown\nname: "Ann O\'Neil"\nborn: 1990-05-01\nscore: 12.50\nnames:\n  en: Ann\n  ru: Анна\ntags:\n  - a\n  - b\norders:\n  - sku: x\n    lines:\n      - 1\n  - sku: z\nnote: null\n'
    expect(parseFlatYaml(text)).toEqual({
      id: 'cust001',
      name: "Ann O'Neil",
      born: '1990-05-01',
      score: 12.5,
      names: { en: 'Ann', ru: 'Анна' },
      tags: ['a', 'b'],
      orders: [{ sku: 'x', lines: [1] }, { sku: 'z' }],
      note: null,
    })
  })
})
