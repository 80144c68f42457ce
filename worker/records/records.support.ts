import fc from 'fast-check'
import type { Json, RecordValue, Row } from '../../src/protocol/records.ts'
import { toRow } from './row.ts'

/** Text that collides often, with Unicode beyond the BMP, marks, and what looks like other types. */
export const anyText: fc.Arbitrary<string> = fc.constantFrom(
  '',
  'a',
  'A',
  'b',
  'ab',
  'abc',
  'ä',
  'a\u0308',
  'Ω',
  '😀',
  'ﬀ',
  '1',
  '10',
  'null',
  '2024-01-05',
  '\u0000[1]',
)

export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, 1, 2, 10, -1, 0.1, 0.2, 1e21, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: -3, max: 3 }),
)

const fieldName = fc.constantFrom('a', 'b', 'x', '__proto__', 'constructor', 'length')

const { anyJson: json } = fc.letrec<{ anyJson: Json }>((tie) => ({
  anyJson: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    anyNumber,
    anyText,
    fc.array(tie('anyJson'), { maxLength: 3 }),
    fc.array(fc.tuple(fieldName, tie('anyJson')), { maxLength: 3 }).map(fromPairs),
  ),
}))

export const anyJson: fc.Arbitrary<Json> = json

/** Rows with the given fields, keys `k00`, `k01` …; a field may be missing. */
export function anyRows(
  fields: { readonly [name: string]: fc.Arbitrary<Json> },
  maxLength = 30,
): fc.Arbitrary<readonly Row[]> {
  const value = fc
    .tuple(
      ...Object.entries(fields).map(([name, values]) =>
        fc.option(values, { nil: undefined, freq: 5 }).map((given) => [name, given] as const),
      ),
    )
    .map((pairs) => fromPairs(pairs.flatMap(([name, given]) => (given === undefined ? [] : [[name, given]]))))
  return fc.array(value, { maxLength }).map((values) => values.map((one, index) => toRow(keyAt(index), one)))
}

export function keyAt(index: number): string {
  return `k${String(index).padStart(2, '0')}`
}

/** Own properties, whatever their names. */
function fromPairs(pairs: readonly (readonly [string, Json])[]): RecordValue {
  return Object.fromEntries(pairs)
}
