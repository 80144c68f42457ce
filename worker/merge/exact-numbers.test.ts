import { describe, expect, test } from 'vitest'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { extras } from '../extras.ts'
import { givenExtras } from '../format/extras.ts'
import { markNumbers, unmarkBytes } from './exact-numbers.ts'
import { asRead, asShown, holdsMarks, shownConflict } from './marked-numbers.ts'
import { mergeRecordFile } from './merge-record-file.ts'
import { recordFileOf, type RecordFile } from './record-file.ts'
import { structureDefinition } from './structure-definition.ts'

const utf8 = new TextEncoder()
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const big = '12345678901234567890'
const marked = `\uf8e9${big}\uf8e9`

describe('marks around numbers that JavaScript cannot hold', () => {
  test.each([
    ['json', `\ufeff{\r\n  "a": [1, ${big}, ${big}],\r\n  "b": "${big}" }`],
    ['jsonl', `{"a":1}\n{"a":${big}}\n`],
    ['yaml', `a: ${big} # ${big}\nb: 0x1FFFFFFFFFFFFFFF\n`],
    ['markdown', `---\na: ${big}\n---\n${big}\n`],
    ['ingr', `# INGR.io | a: $ID, n\n"x"\n${big}\n# 1 record\n`],
  ])('come into %s and go from it again', (format, text) => {
    const bytes = markNumbers(format, utf8.encode(text))
    expect(textOf(bytes)).toContain(`"${marked}"`)
    expect(textOf(bytes && unmarkBytes(bytes))).toBe(text)
  })

  test('are found wherever such a number stands, and only there', () => {
    for (const digits of [
      big,
      '0.12345678901234567',
      '-12345678901234567',
      '0x1FFFFFFFFFFFFFFF',
      '123456789',
    ]) {
      for (let before = 0; before < 30; before++) {
        const text = `a: ${'x'.repeat(before)}\nbeef: ${digits}\n`
        const bytes = utf8.encode(text)
        const found = markNumbers('yaml', bytes)
        expect(textOf(found)?.includes(`"\uf8e9${digits}\uf8e9"`)).toBe(digits.length > 9)
        if (digits.length <= 9) expect(found).toBe(bytes)
      }
    }
  })

  test('are in no file that has no such numbers, or that cannot be read', () => {
    for (const [format, text] of [
      ['json', '{"a": 1.50}'],
      ['csv', `a\n${big}\n`],
      ['ingr', `# not a header\n${big}\n`],
    ] as const) {
      const bytes = utf8.encode(text)
      expect(markNumbers(format, bytes)).toBe(bytes)
      expect(unmarkBytes(bytes)).toBe(bytes)
    }
  })

  test('are not put where a key is such a number, a line hashes the file, or the mark is in use', () => {
    const isKey = ([, name]: readonly (string | number)[]): boolean => name === 'id'
    expect(markNumbers('jsonl', utf8.encode(`{"id":${big}}\n`), isKey)).toBeUndefined()
    expect(markNumbers('jsonl', utf8.encode(`{"a":${big}}\n`), isKey)).toBeDefined()
    const ingr = `# INGR.io | a: $ID, n\n"x"\n${big}\n# 1 record\n# sha256:00\n`
    expect(markNumbers('ingr', utf8.encode(ingr))).toBeUndefined()
    expect(markNumbers('json', utf8.encode('{"a":"\uf8e9"}'))).toBeUndefined()
  })

  test('stand for a number where a value is read, and for its digits where it is shown', () => {
    const value = { a: [marked, 1, { b: marked }], c: 'x', d: null }
    expect(holdsMarks(value)).toBe(true)
    expect(asRead(value)).toEqual({ a: [Number(big), 1, { b: Number(big) }], c: 'x', d: null })
    expect(asShown(value)).toEqual({ a: [big, 1, { b: big }], c: 'x', d: null })
    const plain = { a: [1, 'x'], c: null }
    expect(asRead(plain)).toBe(plain)
    expect(asShown(undefined)).toBeUndefined()
  })

  test('are not in conflicts, and nothing is suggested that would be text', () => {
    const conflict = {
      path: ['a', marked],
      kind: 'edit/edit',
      base: marked,
      ours: [marked],
      theirs: undefined,
      blocking: true,
    } as const
    const shown = { ...conflict, path: ['a', big], base: big, ours: [big] }
    expect(shownConflict(conflict)).toEqual(shown)
    const suggestion = { value: marked, reason: 'superset' } as const
    expect(shownConflict({ ...conflict, suggestion })).toEqual(shown)
    const other = { value: 1, reason: 'superset' } as const
    expect(shownConflict({ ...conflict, suggestion: other })).toEqual({ ...shown, suggestion: other })
  })
})

describe('a merge of one file, as git asks for it', () => {
  const options = { plugins: { extras: givenExtras(extras) } }
  const rules = { mode: 'field', record: {} } as const
  const fileOf = (definition: CollectionDefinition | undefined): RecordFile => {
    const file = definition && recordFileOf(definition, options)
    if (!file) throw new Error('The format can be read.')
    return file
  }
  const single = structureDefinition('a.json')
  const list = single && {
    ...single,
    primaryKey: ['id'],
    recordFile: { ...single.recordFile, type: '[]map[string]any' },
  }
  const merge = (file: RecordFile, base: string, ours: string, theirs: string): unknown => {
    const merged = mergeRecordFile(
      file,
      {
        base: utf8.encode(base),
        ours: utf8.encode(ours),
        theirs: utf8.encode(theirs),
      },
      rules,
    )
    return merged && [textOf(merged.bytes), merged.conflicts.map(({ conflict }) => conflict)]
  }

  test('keeps the last digit that one side changed, and sees that both did', () => {
    const text = (name: string, n: string): string => `{"name": "${name}", "n": ${n}}\n`
    const file = fileOf(single)
    const [old, now] = ['9007199254740992', '9007199254740993']
    expect(merge(file, text('a', old), text('b', old), text('a', now))).toEqual([text('b', now), []])
    expect(merge(file, text('a', '1'), text('a', old), text('a', now))).toEqual([
      text('a', old),
      [{ path: ['n'], kind: 'edit/edit', base: 1, ours: old, theirs: now, blocking: true }],
    ])
  })

  test('leaves files alone whose records such a number names', () => {
    const row = (n: number): string => `[{"id": ${big}, "n": ${n}}]\n`
    expect(merge(fileOf(list), row(1), row(2), row(3))).toBeUndefined()
    const inside = `[{"id": 1, "n": {"id": ${big}}}]\n`
    expect(merge(fileOf(list), '[]\n', '[]\n', inside)).toEqual([
      expect.stringContaining(`{"id":${big}}`),
      [],
    ])
  })
})
