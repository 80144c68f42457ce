import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordCodec } from './record-codec.ts'
import { equalValues } from './record-diff.ts'

/** Text that format writers get wrong: YAML 1.1 booleans, numbers, dates, comments, quotes, white space. */
const hostileText = [
  '',
  ' ',
  'no',
  'On',
  'y',
  'null',
  '~',
  'true',
  '0123',
  '1e3',
  '1_000',
  '0x1F',
  '0o17',
  '.inf',
  '-.5',
  '12:30:45',
  '2024-01-01',
  '2024-01-01T00:00:00Z',
  'a: b',
  'a #b',
  '#a',
  '- a',
  '-',
  '---',
  '...',
  '? a',
  ': a',
  'a:',
  '[a',
  '{a',
  '*a',
  '&a',
  '!a',
  '|',
  '>',
  '%a',
  '@a',
  '`a',
  "it's",
  '"q"',
  'a\nb',
  'a\n',
  '\na',
  'a\n\nb\n',
  'a\r\nb',
  '  lead',
  'trail  ',
  'tab\there',
  '\u2028',
  '\u0085',
  '\ufeffx',
  'Ünïcode 🌍',
  '<<',
  '=',
  'a, b]',
  '\u007f',
  '\u0001',
  'a\n b\n',
  'x\n\n\n',
]
const hostileNames = [
  '__proto__',
  'constructor',
  'toString',
  'a.b',
  '$ID',
  '1',
  'no',
  'null',
  'a: b',
  '#',
  '',
  '- x',
  '{key}',
]

const text = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...hostileText) },
    { weight: 3, arbitrary: fc.string({ maxLength: 20 }) },
    { weight: 2, arbitrary: fc.string({ maxLength: 20, unit: 'binary' }) },
  )
  .filter((candidate) => !candidate.includes('\0') && !/\p{Surrogate}/u.test(candidate))
const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c', 'name', 'title', 'n1') },
  { weight: 1, arbitrary: fc.constantFrom(...hostileNames) },
  { weight: 1, arbitrary: text },
)
const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.constant(null),
)

function mapOf(value: fc.Arbitrary<Json>): fc.Arbitrary<RecordValue> {
  return fc.array(fc.tuple(name, value), { maxLength: 5 }).map((entries) => Object.fromEntries(entries))
}

const shallow = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { arbitrary: fc.array(scalar, { maxLength: 4 }), weight: 1 },
  { arbitrary: mapOf(scalar), weight: 1 },
)
const deep: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: shallow },
  { arbitrary: fc.array(shallow, { maxLength: 4 }), weight: 1 },
  { arbitrary: mapOf(shallow), weight: 1 },
)

/** Records with hostile names and text, a few levels deep. */
export const anyRecord: fc.Arbitrary<RecordValue> = mapOf(deep)

function withField(record: RecordValue, field: string, value: Json): RecordValue {
  return Object.fromEntries(Object.entries(record).map(([name, old]) => [name, name === field ? value : old]))
}

const noOrder = { columnsOrder: [] }

/** What every record codec promises. `frame` puts the text of fields into a file that has more than them. */
export function describeRecordCodec(
  title: string,
  codec: RecordCodec,
  numRuns = 300,
  frame: (fields: string) => string = (fields) => fields,
): void {
  const seed = 20261121

  describe(`${title}: every codec's promises`, () => {
    it('reads back what it creates', () => {
      fc.assert(
        fc.property(anyRecord, (value) => {
          expect(equalValues(codec.parse(codec.create(value, noOrder)), value)).toBe(true)
        }),
        { seed, numRuns },
      )
    })

    it('gives back the same bytes object when nothing changes', () => {
      fc.assert(
        fc.property(anyRecord, (value) => {
          const bytes = codec.create(value, noOrder)
          expect(codec.edit(bytes, codec.parse(bytes))).toBe(bytes)
        }),
        { seed, numRuns },
      )
    })

    it('reads the new value from an edited file, and the old one after it is edited back', () => {
      fc.assert(
        fc.property(anyRecord, anyRecord, (before, after) => {
          const bytes = codec.create(before, noOrder)
          const edited = codec.edit(bytes, after)
          expect(equalValues(codec.parse(edited), after)).toBe(true)
          expect(equalValues(codec.parse(codec.edit(edited, before)), before)).toBe(true)
        }),
        { seed, numRuns },
      )
    })

    it('gives the same bytes for changes of two fields in either order, or at once', () => {
      fc.assert(
        fc.property(anyRecord, scalar, scalar, (record, one, other) => {
          const names = Object.keys(record)
          fc.pre(names.length > 1)
          const [first = '', second = ''] = names
          const bytes = codec.create(record, noOrder)
          const withFirst = withField(record, first, one)
          const both = withField(withFirst, second, other)
          const forth = codec.edit(codec.edit(bytes, withFirst), both)
          expect(codec.edit(codec.edit(bytes, withField(record, second, other)), both)).toEqual(forth)
          expect(codec.edit(bytes, both)).toEqual(forth)
        }),
        { seed, numRuns },
      )
    })

    it('reads many files as it reads one, whatever stands between them', () => {
      const encode = (content: string): Uint8Array => new TextEncoder().encode(content)
      const files = fc.array(
        fc.oneof(
          { weight: 3, arbitrary: anyRecord.map((value) => codec.create(value, noOrder)) },
          {
            weight: 1,
            arbitrary: fc
              .constantFrom(
                '',
                '1',
                '{}',
                '{"a":1},{"b":2}',
                '[1',
                '2]',
                '"',
                '{"a":',
                '}',
                '\ufeff{"a": 1}',
                'a: [',
              )
              .map(encode),
          },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
        ),
        { maxLength: 12 },
      )
      const one = (bytes: Uint8Array): unknown => {
        try {
          return codec.parse(bytes)
        } catch (error) {
          return (error as EspalierError).code
        }
      }
      fc.assert(
        fc.property(files, (list) => {
          const many = codec.parseMany(list).map((item) => (item instanceof EspalierError ? item.code : item))
          expect(many).toEqual(list.map(one))
        }),
        { seed, numRuns },
      )
    })

    it.each([
      ['NaN', { a: Number.NaN }],
      ['infinity', { a: { b: [Number.POSITIVE_INFINITY] } }],
      ['a function', { a: () => 1 }],
      ['undefined', { a: undefined }],
      ['a big integer', { a: 10n }],
      ['a date object', { a: new Date(0) }],
      ['NUL', { a: 'x\0' }],
      ['half a surrogate pair', { a: '\ud800' }],
      ['a list as the record', [] as unknown],
    ])('refuses to write %s', (_title, value) => {
      const bytes = codec.create({ a: 1 }, noOrder)
      const bad = value as RecordValue
      for (const act of [() => codec.create(bad, noOrder), () => codec.edit(bytes, bad)]) {
        expect(act).toThrow(expect.objectContaining({ code: 'record/bad-value' }))
      }
    })

    it('refuses values that hold themselves or are nested too deeply', () => {
      const cycle: { [name: string]: unknown } = {}
      cycle['self'] = cycle
      let nested: Json = 1
      for (let depth = 0; depth < 10_000; depth++) nested = [nested]
      const bytes = codec.create({ a: 1 }, noOrder)
      for (const bad of [cycle as RecordValue, { nested }]) {
        expect(() => codec.create(bad, noOrder)).toThrow(
          expect.objectContaining({ code: 'record/bad-value' }),
        )
        expect(() => codec.edit(bytes, bad)).toThrow(expect.objectContaining({ code: 'record/bad-value' }))
      }
    })

    it('answers deep nesting in a file with a typed error', () => {
      const text = `{"a": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`
      expect(() => codec.parse(new TextEncoder().encode(frame(text)))).toThrow(
        expect.objectContaining({ code: 'format/bad-record' }),
      )
    })

    it('says where a file is broken', () => {
      const bytes = new TextEncoder().encode(frame('{\n  "a": 1,\n  "b": "x\n'))
      expect(() => codec.parse(bytes)).toThrow(
        expect.objectContaining({
          code: 'format/bad-record',
          data: expect.objectContaining({ line: expect.any(Number) }),
        }),
      )
    })

    it('names merge conflict markers', () => {
      const bytes = new TextEncoder().encode('<<<<<<< ours\n{"a": 1}\n=======\n{"a": 2}\n>>>>>>> theirs\n')
      expect(() => codec.parse(bytes)).toThrow(/merge conflict markers.*line 1/)
    })

    it('keeps a __proto__ field as an ordinary field', () => {
      const value = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as RecordValue
      const parsed = codec.parse(codec.create(value, noOrder))
      expect(Object.keys(parsed)).toContain('__proto__')
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
      const edited = codec.parse(codec.edit(codec.create({ a: 1 }, noOrder), value))
      expect(equalValues(edited, value)).toBe(true)
    })
  })
}
