import { describe, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { createParts } from '../engine/platform/plugins.ts'
import { extras } from '../extras.ts'
import { givenExtras } from '../format/extras.ts'
import { mergeRecordFile } from './merge-record-file.ts'
import { recordFileOf } from './record-file.ts'
import { structureDefinition } from './structure-definition.ts'
import { writeMergedFile } from './write-merged-file.ts'

const options = { plugins: createParts(givenExtras(extras)) }
const utf8 = new TextEncoder()
const rules = { mode: 'field', record: {} } as const

function fileOf(
  format: string,
  more: Partial<CollectionDefinition> = {},
): NonNullable<ReturnType<typeof recordFileOf>> {
  const definition = { ...structureDefinition('all.yaml'), ...more } as CollectionDefinition // it is one
  const file = recordFileOf(
    { ...definition, recordFile: { ...definition.recordFile, ...more.recordFile, format } },
    options,
  )
  if (!file) throw new Error(`No file of ${format}.`)
  return file
}

interface Texts {
  readonly base?: string
  readonly ours?: string
  readonly theirs?: string
}

const bytesOf = ({
  base,
  ours,
  theirs,
}: Texts): Record<'base' | 'ours' | 'theirs', Uint8Array | undefined> => ({
  base: base === undefined ? undefined : utf8.encode(base),
  ours: ours === undefined ? undefined : utf8.encode(ours),
  theirs: theirs === undefined ? undefined : utf8.encode(theirs),
})

function merge(
  format: string,
  texts: Texts,
  more?: Partial<CollectionDefinition>,
): readonly [string | undefined, ...string[]] {
  const merged = mergeRecordFile(fileOf(format, more), bytesOf(texts), rules)
  return [
    merged?.bytes && new TextDecoder().decode(merged.bytes),
    ...(merged?.lostComments ?? []).map(({ text }) => text),
  ]
}

const list = { recordFile: { name: 'all', format: '', type: '[]map[string]any' } } as const
const columns = ['$ID', 'a', 'b', 'c'].map((name) => ({ name, type: 'any', required: false }))

describe('comments and blank lines of both sides', () => {
  test('come together where lines do', () => {
    expect(
      merge('yaml', {
        base: 'a: 1\nb: 2\nc: 3\n',
        ours: '# ours\na: 1\nb: 2\nc: 4\n',
        theirs: 'a: 5 # theirs\n\nb: 2\nc: 3\n',
      }),
    ).toEqual(['# ours\na: 5 # theirs\n\nb: 2\nc: 4\n'])
  })

  test('come in beside a line that both changed', () => {
    expect(
      merge('yaml', {
        base: 'a: 1\nb: 2\n',
        ours: 'a: 3\nb: 2\n',
        theirs: '# why\na: 4\n# and\nb: 2 # two\n',
      }),
    ).toEqual(['# why\na: 3\n# and\nb: 2 # two\n'])
    expect(merge('yaml', { base: 'a: 1 # one\n', ours: 'a: 2 # one\n', theirs: 'a: 3 # uno\n' })).toEqual([
      'a: 2 # uno\n',
    ])
    expect(merge('yaml', { ours: 'a: 1\n', theirs: '# new\nb: 2\n' })).toEqual(['a: 1\n# new\nb: 2\n'])
  })

  test('are told where they have no place', () => {
    expect(merge('yaml', { base: 'a: 1\n', ours: 'a: 2 # two\n', theirs: 'a: 1 # uno\n' })).toEqual([
      'a: 2 # two\n',
      'uno',
    ])
    const kept = 'a: "x # no comment"\r\n'
    expect(merge('yaml', { base: 'a: x\n', ours: 'a: y\n', theirs: kept })).toEqual(['a: y\n'])
    expect(merge('yaml', { base: 'a: x\n', ours: 'a: y\n', theirs: 'a: x # n\r\n' })).toEqual(['a: y\n', 'n'])
    expect(
      merge('markdown', {
        base: '---\na: 1\n---\n# A\n',
        ours: '---\na: 2 # o\n---\n# A\n',
        theirs: '---\na: 1 # t\n---\n# A\n',
      }),
    ).toEqual(['---\na: 2 # o\n---\n# A\n', 't'])
    expect(merge('markdown', { base: 'A\n', ours: 'A\nB\n', theirs: '# A\n' }, {}).length).toBe(1)
  })

  test('of ours are told too, when what they stand beside goes', () => {
    expect(merge('yaml', { base: 'a: 1\nb: 1\n', ours: 'a: 1 # why\nb: 1\n', theirs: 'b: 1\n' })).toEqual([
      'b: 1\n',
      'why',
    ])
  })

  test('never give a name twice, as lines would', () => {
    expect(
      merge('yaml', { base: 'a: 1\nc: 1\n', ours: 'b: 2\na: 1\nc: 1\n', theirs: 'a: 1\nc: 1\n# x\nb: 2\n' }),
    ).toEqual(['b: 2\na: 1\nc: 1\n# x\n'])
  })

  test('never cost a value: what does not read as the merged records is not taken', () => {
    // Theirs gave the key new text around an old value that ours moved.
    expect(
      merge('yaml', {
        base: 'm:\n  a: 1\n',
        ours: 'm:\n    a: 1\n    b: 2\n',
        theirs: 'm:\n  a: 1\n  # c\n  d: 3\n',
      })[0],
    ).toBe('m:\n    a: 1\n    b: 2\n    d: 3\n')
  })
})

describe('a file that is only read', () => {
  test('is merged by its lines, or taken from the side that says it all', () => {
    expect(
      merge('toml', {
        base: 'a = 1\nb = 1\nc = 1\n',
        ours: 'a = 2\nb = 1\nc = 1\n',
        theirs: 'a = 1\nb = 1\nc = 3\n',
      }),
    ).toEqual(['a = 2\nb = 1\nc = 3\n'])
    expect(merge('toml', { base: 'a = 1\n', ours: 'a = 2 # o\n', theirs: 'a = 1 # t\n' })).toEqual([
      'a = 2 # o\n',
      't',
    ])
    expect(merge('toml', { ours: 'a = 1\n', theirs: 'b = 1\na = 1\n' })).toEqual(['b = 1\na = 1\n'])
    expect(() =>
      merge('toml', { base: 'a = 1\n', ours: 'a = 1\nb = 2\n', theirs: 'a = 1\nc = 3\n' }),
    ).toThrow(/TOML/)
  })
})

describe('a CSV file', () => {
  const csv = (texts: Texts): unknown => merge('csv', texts, { ...list, columns, columnsOrder: [] })
  test('has the columns of both sides, in the order of the one that moved them', () => {
    expect(
      csv({
        base: '$ID,a,b\nk,1,2\nl,1,2\n',
        ours: '$ID,a,b\nk,3,2\nl,1,2\nm,5,6\n',
        theirs: '$ID,b,a,note\nk,2,1,x\nl,2,1,\n',
      }),
    ).toEqual(['$ID,b,a,note\nk,2,3,x\nl,2,1,\nm,6,5,\n'])
  })

  test('drops a column that one side removed, unless a record has something new in it', () => {
    const base = '$ID,a,b\nk,1,2\nl,1,2\n'
    const theirs = '$ID,a\nk,1\nl,1\n'
    expect(csv({ base, ours: '$ID,a,b\nk,3,2\nl,1,2\n', theirs })).toEqual(['$ID,a\nk,3\nl,1\n'])
    expect(csv({ base, ours: `${base}m,1,7\n`, theirs })).toEqual(['$ID,a,b\nk,1,\nl,1,\nm,1,7\n'])
  })

  test('keeps its lines where the columns are the same', () => {
    const base = '$ID,a\nk,"1"\n'
    expect(csv({ base, ours: `${base}l,2\n`, theirs: `${base}m,3\n` })).toEqual([`${base}l,2\nm,3\n`])
  })

  test('stays as it is written where its rows are no table', () => {
    expect(csv({ ours: '$ID,a\nk,1\n', theirs: '' })).toEqual(['$ID,a\nk,1\n'])
    expect(csv({ base: '$ID,a\nk\n', ours: '$ID,a\nk,1\n', theirs: 'a,$ID\n2,k\n' })).toEqual([undefined])
  })
})

describe('rows of a list', () => {
  type Row = readonly [key: string, value: number]
  const formats: Readonly<Record<string, (rows: readonly Row[]) => string>> = {
    json: (rows) => `[\n${rows.map(([key, a]) => `  { "$ID": "${key}", "a": ${a} }`).join(',\n')}\n]\n`,
    jsonl: (rows) => rows.map(([key, a]) => `{"$ID":"${key}","a":${a}}\n`).join(''),
    yaml: (rows) => rows.map(([key, a]) => `- $ID: ${key} # of ${key}\n  a: ${a}\n`).join(''),
    csv: (rows) => `$ID,a\n${rows.map(([key, a]) => `${key},${a}\n`).join('')}`,
    ingr: (rows) =>
      `# INGR.io | all: $ID, a\n${rows.map(([key, a]) => `"${key}"\n${a}\n`).join('')}# ${rows.length} records\n`,
  }
  const numbers = [{ name: 'a', type: 'int', required: false }] as const
  const typed = { ...list, columns: numbers, columnsOrder: [] }
  const base: readonly Row[] = [
    ['k', 1],
    ['l', 2],
    ['m', 3],
  ]

  test.each(Object.entries(formats))(
    'of %s are in the order of the side that moved them',
    (format, write) => {
      const merged = (ours: readonly Row[], theirs: readonly Row[]): unknown =>
        merge(format, { base: write(base), ours: write(ours), theirs: write(theirs) }, typed)
      const edited: readonly Row[] = [
        ['k', 7],
        ['l', 2],
        ['m', 3],
      ]
      const moved: readonly Row[] = [
        ['m', 3],
        ['k', 1],
        ['l', 2],
      ]
      const expected = [
        write([
          ['m', 3],
          ['k', 7],
          ['l', 2],
        ]),
      ]
      expect(merged(edited, moved)).toEqual(expected)
      expect(merged(moved, edited)).toEqual(expected)
      // Both moved them: ours.
      const others: readonly Row[] = [
        ['l', 2],
        ['m', 3],
        ['k', 1],
      ]
      expect(merged(others, moved)).toEqual([write(others)])
      // New ones of the other side stand at the end, and what it removed is gone.
      const more: readonly Row[] = [
        ['l', 2],
        ['m', 3],
        ['z', 9],
      ]
      expect(merged(more, moved)).toEqual([
        write([
          ['m', 3],
          ['l', 2],
          ['z', 9],
        ]),
      ])
    },
  )

  test('of tables keep the order of columns that the other side gave them', () => {
    const tables = { csv: formats['csv'], ingr: formats['ingr'] }
    const turned: typeof formats = {
      csv: (rows) => `a,$ID\n${rows.map(([key, a]) => `${a},${key}\n`).join('')}`,
      ingr: (rows) =>
        `# INGR.io | all: a, $ID\n${rows.map(([key, a]) => `${a}\n"${key}"\n`).join('')}# ${rows.length} records\n`,
    }
    const moved: readonly Row[] = [
      ['m', 3],
      ['k', 1],
      ['l', 2],
    ]
    for (const [format, write] of Object.entries(tables)) {
      const turn = turned[format]
      if (!write || !turn) throw new Error(format)
      const [plain, columnsMoved, rowsMoved] = [write(base), turn(base), write(moved)]
      const expected = [turn(moved)]
      const of = (ours: string, theirs: string): unknown =>
        merge(format, { base: plain, ours, theirs }, typed)
      expect(of(columnsMoved, rowsMoved)).toEqual(expected)
      expect(of(rowsMoved, columnsMoved)).toEqual(expected)
    }
  })

  test('of a dictionary stay where ours has them', () => {
    const text = (keys: string): string =>
      JSON.stringify(Object.fromEntries([...keys].map((key) => [key, { a: 1 }])))
    const dictionary = {
      recordFile: { name: 'all', format: '', type: 'map[$record_id]map[$field_name]any' },
    } as const
    expect(merge('json', { base: text('kl'), ours: text('klm'), theirs: text('lk') }, dictionary)).toEqual([
      text('klm'),
    ])
  })
})

test('values that a file cannot hold are refused, and one that nobody wrote yet is created', () => {
  const file = fileOf('csv', { ...list, columns, columnsOrder: [] })
  const bad = new Map<string, RecordValue>([['k', { a: { m: 1 } }]])
  const sides = bytesOf({ ours: '$ID,a\nk,1\n', theirs: '$ID,a\nk,2\n' })
  expect(() => writeMergedFile(file, sides, bad)).toThrow(/no list/)
  const { bytes } = writeMergedFile(file, bytesOf({}), new Map([['k', { a: '1' }]]))
  expect(new TextDecoder().decode(bytes)).toBe('$ID,a,b,c\nk,1,,\n')
})

describe('a comment that has no place', () => {
  const told = (texts: Texts): unknown =>
    mergeRecordFile(fileOf('yaml', { ...list, columns: [] }), bytesOf(texts), rules)?.lostComments
  const rows = (k: string, l: string): string => `- $ID: k\n  a: ${k}\n- $ID: l\n  a: ${l}\n`

  test('names the record that it stands with', () => {
    expect(
      told({ base: rows('1', '1'), ours: rows('2', '1 # ours'), theirs: rows('1', '1 # theirs') }),
    ).toEqual([{ text: 'theirs', key: 'l' }])
    expect(
      told({ base: rows('1', '1'), ours: rows('2 # ours', '1'), theirs: rows('1 # theirs', '3') }),
    ).toEqual([{ text: 'theirs', key: 'k' }])
    const one = { base: 'a: 1\n', ours: 'a: 2 # two\n', theirs: 'a: 1 # uno\n' }
    expect(mergeRecordFile(fileOf('yaml'), bytesOf(one), rules)?.lostComments).toEqual([
      { text: 'uno', key: '' },
    ])
  })

  test('names none where a record cannot go without another', () => {
    const linked = (text: string): string => `- $ID: k\n  a: &x 1${text}\n- $ID: l\n  a: *x\n`
    expect(told({ base: linked(''), ours: linked(' # ours'), theirs: linked(' # theirs') })).toEqual([
      { text: 'theirs', key: undefined },
    ])
  })
})

describe('a file of one record', () => {
  test('goes with its record, by choice too', () => {
    const file = fileOf('json')
    const sides = bytesOf({ base: '{"a":1}\n', ours: '{"a":2}\n', theirs: '{"a":3}\n' })
    const merged = mergeRecordFile(file, { ...sides, theirs: undefined }, rules, () => 'theirs')
    expect(merged).toMatchObject({
      bytes: undefined,
      conflicts: [{ key: '', conflict: { kind: 'delete/edit' } }],
    })
    const chosen = mergeRecordFile(file, sides, rules, () => 'theirs')
    expect(new TextDecoder().decode(chosen?.bytes)).toBe('{"a":3}\n')
  })
})

describe('a file with rows that are no records', () => {
  const yaml = fileOf('yaml', { ...list, columns: [] })
  const written = (texts: Texts, records: readonly string[]): unknown => {
    const { bytes, lostComments } = writeMergedFile(
      yaml,
      bytesOf(texts),
      new Map(records.map((key) => [key, {}])),
    )
    return [new TextDecoder().decode(bytes), ...lostComments.map(({ text }) => text)]
  }

  test('takes nothing from it', () => {
    expect(mergeRecordFile(yaml, bytesOf({ ours: '- a: 1\n', theirs: '- $ID: k\n' }), rules)).toBe(undefined)
    expect(
      written({ base: '- $ID: k\n', ours: '- $ID: k\n- $ID: l\n', theirs: '- a: 1 # x\n' }, ['k']),
    ).toEqual(['- $ID: k\n', 'x'])
    expect(written({ base: '[', ours: '- $ID: k\n', theirs: '- $ID: k # x\n' }, ['k'])).toEqual([
      '- $ID: k\n',
      'x',
    ])
  })

  test('of a table keeps its own columns', () => {
    const csv = fileOf('csv', { ...list, columns, columnsOrder: [] })
    const broken = bytesOf({ base: '$ID,a\nk,1\n', ours: '$ID,a\nk,1\nl\n', theirs: 'a,$ID\n2,k\n' })
    const kept = writeMergedFile(csv, broken, new Map([['k', { a: '2' }]]))
    expect(new TextDecoder().decode(kept.bytes)).toBe('$ID,a\nk,2\nl\n')
    const { bytes } = writeMergedFile(
      csv,
      bytesOf({ base: '"', ours: '$ID,a\nk,1\n', theirs: 'a,$ID\n2,k\n' }),
      new Map([['k', { a: '2' }]]),
    )
    expect(new TextDecoder().decode(bytes)).toBe('$ID,a\nk,2\n')
  })
})
