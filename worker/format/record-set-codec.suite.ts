import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { anyRecord } from './record-codec.suite.ts'
import type { RecordSetCodec } from './record-set-codec.ts'
import { maxEditableBytes, maxRecordSetBytes } from './record-text.ts'
import { equalValues } from './record-diff.ts'

type Records = ReadonlyMap<string, RecordValue>

/** What differs between the formats. */
export interface RecordSetSuiteOptions {
  /** Records that the format can hold; must be able to hold `plainField`. */
  readonly record?: fc.Arbitrary<RecordValue>
  /** Keys that the format can hold. */
  readonly key?: fc.Arbitrary<string>
  /** Puts the key into the ordinary fields that name it (`primary_key`, `id`), and takes it from elsewhere. */
  readonly withKey?: (key: string, value: RecordValue) => RecordValue
  /** A field that can hold any plain word; `name` unless given. */
  readonly plainField?: string
  /** Whether the file orders its records itself (INGR), so that the given order does not count. */
  readonly sorted?: boolean
  /** Whether a row that does not parse leaves the others usable. */
  readonly numRuns?: number
}

const hostileKeys = [
  '__proto__',
  'constructor',
  'toString',
  'a b',
  'no',
  'null',
  '1',
  '01',
  '1e3',
  '2024-01-01',
  'a: b',
  '#a',
  'a #b',
  '- a',
  "it's",
  '"q"',
  'a,b',
  '[a',
  'é',
  '東京',
  '🌍',
  '~',
  '$ID',
  '---',
  '<<',
]

/** Keys as records have them: NFC, not empty, without control characters. */
export const anyKey: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'd1', 'd10', 'd2', 'key-1', 'key_2') },
    { weight: 2, arbitrary: fc.constantFrom(...hostileKeys) },
    { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }) },
  )
  .map((key) => key.normalize('NFC'))
  .filter((key) => key !== '' && !/\p{Cc}|\p{Surrogate}/u.test(key))

/** Records without the library's own fields. */
export const anySetRecord: fc.Arbitrary<RecordValue> = anyRecord.map(
  (record) =>
    Object.fromEntries(
      Object.entries(record).filter(([name]) => !['$ID', '$id', 'id'].includes(name)),
    ) as RecordValue,
)

/** A codec's answer to changes, without a codec. */
function applyChanges(records: Records, changes: ReadonlyMap<string, RecordValue | null>): Records {
  const result = new Map(records)
  for (const [key, value] of changes) {
    if (value === null) result.delete(key)
    else result.set(key, value)
  }
  return result
}

/** Fails with both sides when maps differ. */
function expectRecords(actual: Records, expected: Records, ordered = true): void {
  const entries = (records: Records): readonly (readonly [string, RecordValue])[] =>
    ordered ? [...records] : [...records].sort(([a], [b]) => (a < b ? -1 : 1))
  const [left, right] = [entries(actual), entries(expected)]
  const same =
    left.length === right.length &&
    left.every(([key, value], i) => key === right[i]?.[0] && equalValues(value, right[i]?.[1]))
  if (!same) expect(left).toEqual(right)
  expect(same).toBe(true)
}

/** What every codec of files with many records promises. */
export function describeRecordSetCodec(
  title: string,
  codec: RecordSetCodec,
  options: RecordSetSuiteOptions = {},
): void {
  const { key = anyKey, withKey = (_key, value) => value, plainField = 'name' } = options
  const ordered = options.sorted !== true
  const check = { seed: 20261124, numRuns: options.numRuns ?? 60 }
  const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  const record = options.record ?? anySetRecord
  const entry = fc.tuple(key, record).map(([name, value]) => [name, withKey(name, value)] as const)
  const records: fc.Arbitrary<Records> = fc.array(entry, { maxLength: 6 }).map((entries) => new Map(entries))
  const changes: fc.Arbitrary<ReadonlyMap<string, RecordValue | null>> = fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: entry },
        { weight: 1, arbitrary: key.map((name) => [name, null] as const) },
      ),
      { maxLength: 4 },
    )
    .map((entries) => new Map(entries))
  const plain = (value: string): RecordValue => ({ [plainField]: value })
  const plainSet = (count: number): Map<string, RecordValue> =>
    new Map(Array.from({ length: count }, (_unused, n) => [`k${n}`, withKey(`k${n}`, plain(`word${n}`))]))
  const codeOf = (act: () => unknown): unknown => {
    try {
      act()
    } catch (error) {
      return (error as { code?: string }).code ?? String(error)
    }
    return undefined
  }

  describe(`${title}: every record set codec's promises`, () => {
    it('reads back what it creates, in the same order and without faults', () => {
      fc.assert(
        fc.property(records, (set) => {
          const parsed = codec.parse(codec.create(set))
          expect(parsed.faults).toEqual([])
          expectRecords(parsed.records, set, ordered)
        }),
        check,
      )
    })

    it('gives back the same bytes object when nothing changes', () => {
      fc.assert(
        fc.property(records, (set) => {
          const bytes = codec.create(set)
          expect(codec.edit(bytes, new Map())).toBe(bytes)
          expect(codec.edit(bytes, codec.parse(bytes).records)).toBe(bytes)
          expect(codec.edit(bytes, new Map([['not there', null]]))).toBe(bytes)
        }),
        check,
      )
    })

    it('reads the changed records from an edited file, new ones at the end', () => {
      fc.assert(
        fc.property(records, changes, (set, edits) => {
          const edited = codec.edit(codec.create(set), edits)
          const parsed = codec.parse(edited)
          expect(parsed.faults).toEqual([])
          expectRecords(parsed.records, applyChanges(set, edits), ordered)
        }),
        check,
      )
    })

    it('gives the same bytes for edits of different records in either order, or at once', () => {
      fc.assert(
        fc.property(records, changes, (set, wanted) => {
          // New records stand in the order in which they come: at most one is among them.
          const added = [...wanted.keys()].filter((name) => !set.has(name))
          const edits = [...wanted].filter(([name]) => !added.includes(name) || name === added[0])
          const bytes = codec.create(set)
          const oneByOne = (list: typeof edits): string =>
            decode(list.reduce((now, [name, value]) => codec.edit(now, new Map([[name, value]])), bytes))
          const forth = oneByOne(edits)
          expect(oneByOne(edits.toReversed())).toBe(forth)
          expect(decode(codec.edit(bytes, new Map(edits)))).toBe(forth)
        }),
        check,
      )
    })

    it('touches one line for one field of one record', () => {
      const set = plainSet(7)
      const before = decode(codec.create(set))
      const after = decode(codec.edit(encode(before), new Map([['k3', withKey('k3', plain('changed'))]])))
      const [old, now] = [before.split('\n'), after.split('\n')]
      expect(now.length).toBe(old.length)
      expect(now.filter((line, i) => line !== old[i])).toHaveLength(1)
      expect(after).toContain('changed')
      expect(decode(codec.edit(encode(after), set))).toBe(before)
    })

    it('keeps CRLF, a byte order mark and a missing final newline', () => {
      const text = `\ufeff${decode(codec.create(plainSet(3))).replaceAll('\n', '\r\n')}`
      for (const file of [text, text.replace(/\r\n$/, '')]) {
        const edited = decode(
          codec.edit(
            encode(file),
            new Map([
              ['k0', null],
              ['k1', withKey('k1', plain('x'))],
              ['k9', withKey('k9', plain('new'))],
            ]),
          ),
        )
        expect(edited.startsWith('\ufeff')).toBe(true)
        expect(edited.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
        expect(edited.endsWith('\n')).toBe(file.endsWith('\n'))
        expect([...codec.parse(encode(edited)).records.keys()]).toEqual(['k1', 'k2', 'k9'])
      }
    })

    it('keeps a file when its last record is deleted, and takes records again', () => {
      const bytes = codec.create(plainSet(2))
      const none = codec.edit(
        bytes,
        new Map([
          ['k0', null],
          ['k1', null],
        ]),
      )
      expect(codec.parse(none)).toEqual({ records: new Map(), faults: [] })
      const again = codec.edit(none, new Map([['k0', withKey('k0', plain('word0'))]]))
      expectRecords(codec.parse(again).records, plainSet(1))
      expectRecords(codec.parse(codec.create(new Map())).records, new Map())
    })

    it('finds the line of every record', () => {
      const set = plainSet(5)
      const bytes = codec.create(set)
      const lines = decode(bytes).split('\n')
      let last = 0
      for (const [name, value] of set) {
        const at = codec.locate(bytes, name, [plainField])
        expect(lines[(at?.line ?? 0) - 1]?.slice((at?.column ?? 0) - 1)).toContain(value[plainField])
        const start = codec.locate(bytes, name)?.line ?? 0
        expect(start).toBeGreaterThan(last)
        expect(start).toBeLessThanOrEqual(at?.line ?? 0)
        last = start
        expect(codec.locate(bytes, name, ['no such field', 3])?.line).toBe(start)
      }
      expect(codec.locate(bytes, 'not there')).toBeUndefined()
    })

    it.each([
      ['NaN', { name: Number.NaN }],
      ['undefined', { name: undefined }],
      ['a function', { name: () => 1 }],
      ['NUL', { name: 'x\0' }],
      ['half a surrogate pair', { name: '\ud800' }],
      ['a list as a record', [] as unknown],
    ])('refuses to write %s', (_title, bad) => {
      const value = Array.isArray(bad)
        ? (bad as unknown as RecordValue)
        : { ...withKey('k0', {}), [plainField]: (bad as { name: Json }).name }
      const bytes = codec.create(plainSet(1))
      expect(codeOf(() => codec.create(new Map([['k0', value]])))).toBe('record/bad-value')
      expect(codeOf(() => codec.edit(bytes, new Map([['k0', value]])))).toBe('record/bad-value')
    })

    it('answers broken files with a typed error or faults, never with a crash', () => {
      const marked = `<<<<<<< ours\n${decode(codec.create(plainSet(1)))}=======\n>>>>>>> theirs\n`
      expect(() => codec.parse(encode(marked))).toThrow(/merge conflict markers.*line 1/)
      for (const bytes of [new Uint8Array([0x5b, 0xff, 0xfe]), new Uint8Array(maxRecordSetBytes + 1)]) {
        expect(codeOf(() => codec.parse(bytes))).toBe('format/bad-record')
      }
      for (const open of ['[', '{"a":', '- ', '[{"a":']) {
        const deep = encode(open.repeat(10_000))
        const outcome = codeOf(() => {
          expect(codec.parse(deep).faults.length).toBeGreaterThan(0)
        })
        expect([undefined, 'format/bad-record']).toContain(outcome)
      }
    })

    it('only reads files that are too large to edit', () => {
      const bytes = new Uint8Array(maxEditableBytes + 1).fill(0x20)
      bytes.set(codec.create(plainSet(1)))
      expect(codeOf(() => codec.edit(bytes, new Map([['k0', null]])))).toBe('format/read-only')
    })
  })
}
