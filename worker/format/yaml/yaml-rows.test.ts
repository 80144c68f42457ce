import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMap, parseDocument } from 'yaml'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { RecordSetCodec } from '../record-set-codec.ts'
import { createListKeys } from '../list-keys.ts'
import { describeRecordSetCodec } from '../record-set-codec.suite.ts'
import { createRowsCodec } from '../rows-codec.ts'
import { createYamlRows } from './yaml-rows.ts'

const order = ['id', 'name']
const list = createRowsCodec(createYamlRows(false, order), { keys: createListKeys({ primaryKey: [] }) })
const dictionary = createRowsCodec(createYamlRows(true, order), {})

describeRecordSetCodec('YAML list', list)
describeRecordSetCodec('YAML dictionary', dictionary)

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
type Changes = readonly (readonly [string, RecordValue | null])[]
const editing =
  (codec: RecordSetCodec) =>
  (text: string, ...changes: Changes): string =>
    decode(codec.edit(encode(text), new Map(changes)))
const linesThatDiffer = (a: string, b: string): number => {
  const [left, right] = [a.split('\n'), b.split('\n')]
  expect(left.length).toBe(right.length)
  return left.filter((line, i) => line !== right[i]).length
}

describe('YAML lists', () => {
  const edit = editing(list)
  const text = [
    '# Cities',
    '',
    '# the first',
    '- $ID: a   # key',
    "  name: 'Aix'",
    '  size: 130.0',
    '  since: 2024-01-01',
    '',
    '# the second',
    '# (of three)',
    '- $ID: b',
    '  big: 12345678901234567890',
    '  tags:',
    '    - x # tag',
    '',
    '- $ID: c',
    '  note: |',
    '    # no comment',
    '',
    '    text',
    '# end',
    '',
  ].join('\n')
  const records = list.parse(encode(text)).records

  it('change one line for one field, and keep everything else', () => {
    for (const [key, change, line] of [
      ['a', { name: "It's" }, "  name: 'It''s'"],
      ['a', { size: 131 }, '  size: 131.0'],
      ['a', { since: '2025-02-03' }, '  since: 2025-02-03'],
      ['b', { tags: ['z'] }, '    - z # tag'],
    ] as const) {
      const edited = edit(text, [key, { ...records.get(key), ...change }])
      expect(linesThatDiffer(text, edited)).toBe(1)
      expect(edited).toContain(`\n${line}\n`)
      expect(edit(edited, [key, records.get(key) ?? null])).toBe(text)
    }
  })

  it('delete a row with the comment above it, and keep the other comments', () => {
    expect(edit(text, ['b', null])).toBe(text.replace(/\n# the second[^]*# tag\n/, ''))
    expect(edit(text, ['a', null])).toBe(text.replace(/\n# the first[^]*2024-01-01\n/, ''))
    expect(edit(text, ['c', null])).toBe(text.replace(/\n- \$ID: c[^]*text\n/, ''))
    expect(edit(text, ['a', null], ['b', null], ['c', null])).toBe('# Cities\n[]\n# end\n')
  })

  it('add rows at the end, like the ones above', () => {
    expect(edit(text, ['d', { l: ['no'] }])).toBe(
      text.replace('    text\n', '    text\n\n- $ID: d\n  l:\n    - "no"\n'),
    )
    expect(edit('- {id: a, n: 1}', ['b', { id: 'b', m: 'x, y' }])).toBe(
      "- {id: a, n: 1}\n- { id: b, m: 'x, y' }",
    )
    for (const empty of ['', '[]\n', '# none yet\n', '---\n', '---\n[]\n', '# x\n[] # none\n']) {
      const grown = edit(empty, ['b', { n: 1 }])
      expect([...list.parse(encode(grown)).records]).toEqual([['b', { n: 1 }]])
      for (const kept of empty.match(/#[^\n]*|---/g) ?? []) expect(grown).toContain(kept)
    }
  })

  it('that are built otherwise are edited as a whole', () => {
    const flow = '[{id: a, n: 1}, {id: b, n: 2}] # c\n'
    expect(edit(flow, ['a', { id: 'a', n: 3 }])).toBe(flow.replace('n: 1', 'n: 3'))
    const shared = '- &x\n  id: a\n  n: 1\n- id: b\n  m: *x\n- id: c\n'
    expect(edit(shared, ['c', { id: 'c', m: 1 }])).toBe(`${shared}  m: 1\n`)
    expect(() => edit(shared, ['a', { id: 'a', n: 2 }])).toThrow(
      expect.objectContaining({ code: 'format/edit-refused' }),
    )
    expect(() => edit(shared, ['b', { id: 'b', m: 1 }])).toThrow(
      expect.objectContaining({ code: 'format/edit-refused' }),
    )
    const indented = '  - id: a\n    n: 1\n  - id: b\n'
    expect(edit(indented, ['a', { id: 'a', n: 2 }], ['b', null])).toBe('  - id: a\n    n: 2\n')
  })

  it('report rows that cannot be taken, and take the others', () => {
    const { records: taken, faults } = list.parse(
      encode('- id: a\n- x\n- n: 1\n- id: a\n- id: d\n  e: 1\n  e: 2\n- id: f\n'),
    )
    expect([...taken.keys()]).toEqual(['a', 'f'])
    expect(faults.map(({ code, line }) => [code, line])).toEqual([
      ['format/bad-record', 2],
      ['format/no-key', 3],
      ['format/duplicate-key', 4],
      ['format/bad-record', 7],
    ])
  })

  it('that are broken say where', () => {
    for (const [bad, line] of [
      ['- id: a\n- id: b\n  c: d: e\n', 3],
      ['- id: a\n  x: "open\n- id: b\n', 4],
      ['- id: a\n\tx: 1\n', 2],
      ['a: 1\n', 1],
      ['text', 1],
      ['- id: a\n---\n- id: b\n', 2],
    ] as const) {
      let data: { line?: number } = {}
      try {
        list.parse(encode(bad))
      } catch (error) {
        expect(error).toMatchObject({ code: 'format/bad-record' })
        data = (error as { data: { line?: number } }).data
      }
      expect([bad, data.line]).toEqual([bad, line])
    }
  })

  it('bound alias bombs and very many aliases', () => {
    const level = (n: number): string =>
      `  - &l${n} [${Array(9)
        .fill(`*l${n - 1}`)
        .join(', ')}]\n`
    const bomb = `- id: a\n  x:\n  - &l0 [x, x]\n${Array.from({ length: 9 }, (_unused, n) => level(n + 1)).join('')}- id: b\n`
    const { records: taken, faults } = list.parse(encode(bomb))
    expect([...taken.keys(), faults[0]?.code]).toEqual(['b', 'format/bad-record'])
    expect(() => list.parse(encode(`- &a {id: 1}\n${'- *a\n'.repeat(5000)}`))).toThrow(
      expect.objectContaining({ code: 'format/bad-record' }),
    )
  })
})

describe('YAML dictionaries', () => {
  const edit = editing(dictionary)

  it('are edited in place: fields, entries, comments', () => {
    const text =
      '# all\n\nnew:\n  titles:\n    en: "New"\n# old ones\n"it\'s": {a: 1}\n2024-01-01:\n  x: 1 # c\n'
    const { records } = dictionary.parse(encode(text))
    expect([...records.keys()]).toEqual(['new', "it's", '2024-01-01'])
    expect(edit(text, ['new', { titles: { en: 'Neu' } }])).toBe(text.replace('"New"', '"Neu"'))
    expect(edit(text, ["it's", { a: 2 }])).toBe(text.replace('a: 1', 'a: 2'))
    expect(edit(text, ["it's", null])).toBe(text.replace(/# old ones\n.*\n/, ''))
    expect(edit(text, ['new', { titles: { en: 'New', ru: 'Новый' } }])).toBe(
      text.replace('"New"\n', '"New"\n    ru: Новый\n'),
    )
    expect(edit(text, ['n: x', { b: 'no', id: 1 }])).toBe(`${text}'n: x':\n  id: 1\n  b: "no"\n`)
  })

  it('report names that stand twice, also spelled differently', () => {
    const { records, faults } = dictionary.parse(encode('a: {n: 1}\n"a": {n: 2}\n1: {n: 3}\nb: 5\nc:\n'))
    expect([...records]).toEqual([
      ['a', { n: 1 }],
      ['1', { n: 3 }],
    ])
    expect(faults.map(({ code, line }) => [code, line])).toEqual([
      ['format/duplicate-key', 2],
      ['format/bad-record', 4],
      ['format/bad-record', 5],
    ])
  })

  it('give places of values', () => {
    const text = '\ufeff# c\r\nk:\r\n    a: 1\r\n    b:\r\n        - x\r\n        - y: 2\r\nl: {a: 1}\r\n'
    const at = (key: string, ...path: (string | number)[]): unknown => {
      const found = dictionary.locate(encode(text), key, path)
      return found && [found.line, found.column]
    }
    expect(at('k')).toEqual([2, 1])
    expect(at('k', 'a')).toEqual([3, 8])
    expect(at('k', 'b')).toEqual([4, 5])
    expect(at('k', 'b', 1, 'y')).toEqual([6, 14])
    expect(at('k', 'b', 1, 'z')).toEqual([6, 11])
    expect(at('k', 'none')).toEqual([2, 1])
    expect(at('l', 'a')).toEqual([7, 8])
  })
})

describe('YAML files taken apart', () => {
  const part = fc.constantFrom(
    '- id: a\n',
    '- id: b\n  n: 1\n',
    '-\n  id: c\n',
    '-   id: d\n    x: "y"\n',
    '- {id: e, f: [1, 2]}\n',
    '- id: f\n  t: |\n    x\n\n',
    '- id: g\n  t: |+\n    x\n\n',
    '- id: h # c\n  t: "a\n    b"\n',
    '- id: i\n  t: a\n    b\n',
    '- id: j\n  a: &x 1\n  b: *x\n',
    '- id: k\n  b: *x\n',
    '- id: l\n  l: [1,\n2]\n',
    "- id: m\n  t: 'a\n",
    '- id: o\r\n  n: 1\r\n',
    '-\tid: p\n',
    '- - x\n',
    '- x\n',
    '-x\n',
    'k: 1\n',
    'k:\n  a: 1\n',
    '"k 2":\n  a: "x"\n  b: []\n',
    '? k3\n: {a: 1}\n',
    '1:\n  a: 1\n',
    '0x10: {a: 1}\n',
    'null:\n  a: 1\n',
    'k4: # c\n  # d\n  a: 1\n# e\n',
    'k5: {a: 1,\nb: 2}\n',
    'k6: "a\nb: c"\n',
    'k7: !!map {a: 1}\n',
    'k8:\n- a\n',
    '# comment\n',
    '  # indented\n',
    '\n',
    '  \n',
    '---\n',
    '...\n',
    '%TAG ! x\n',
    ' odd: 1\n',
  )

  it('read as the full parser reads the whole text', () => {
    let read = 0
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const text = parts.join('')
        for (const codec of [list, dictionary]) {
          let actual: unknown
          try {
            const { records, faults } = codec.parse(encode(text))
            if (faults.length > 0) continue
            actual = [...records.values()]
            read++
          } catch {
            actual = undefined
          }
          const document = parseDocument(text, {
            version: '1.2',
            schema: 'core',
            merge: false,
            logLevel: 'error',
          })
          let whole: unknown
          try {
            whole = document.errors.length > 0 ? undefined : (document.toJS() as unknown)
          } catch {
            whole = undefined
          }
          const rows = whole === null ? [] : Array.isArray(whole) === (codec === list) ? whole : undefined
          const expected = typeof rows === 'object' && rows !== null ? Object.values(rows) : undefined
          if (actual === undefined)
            expect([text, expected === undefined || !isRows(expected)]).toEqual([text, true])
          else
            expect([text, actual]).toEqual([
              text,
              inOrder(expected ?? [], codec === list ? undefined : document),
            ])
        }
      }),
      { seed: 20261124, numRuns: 1500 },
    )
    expect(read).toBeGreaterThan(200)
  })

  /** Objects list their integer keys first; documents do not. */
  function inOrder(
    values: readonly unknown[],
    document: ReturnType<typeof parseDocument> | undefined,
  ): unknown {
    if (document === undefined || !isMap(document.contents)) return values
    return document.contents.items.map((pair) =>
      (pair.value as { toJS(of: unknown): unknown }).toJS(document),
    )
  }

  function isRows(values: readonly unknown[]): boolean {
    return values.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  }
})
