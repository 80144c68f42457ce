import * as fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { Column } from '../../../src/protocol/schema.ts'
import { createCsvCodec } from './csv-rows.ts'
import { maxRecordSetBytes } from '../record-text.ts'
import { describeRecordSetCodec } from '../record-set-codec.suite.ts'

const seed = 20261124
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

function column(name: string, type = 'string', more: Partial<Column> = {}): Column {
  return { name, type, required: false, ...more }
}

const hostile = [
  ['', ' ', '=1+1', 'a,b', '"q"', '"', 'a\nb', 'a\r\nb', '\r', "it's", '\\.', ' lead', '0123', 'no', '1e3'],
  ['\ufeffx', '\u0085', '🌍', '#a', 'a\tb', '<<<<<<<', 'a""b', '\u2028', '\u00a0x', 'NULL', ';'],
].flat()
const hostileText = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ maxLength: 12, unit: 'binary' }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
)
const record: fc.Arbitrary<RecordValue> = fc.record(
  {
    name: hostileText,
    ['__proto__']: hostileText,
    count: fc.maxSafeInteger(),
    price: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    live: fc.boolean(),
    day: fc.constantFrom('2024-01-01', '2024-01-01T10:00:00Z', 'soon'),
  },
  { requiredKeys: [] },
)
const columns = [
  column('$ID'),
  column('name'),
  column('count', 'int'),
  column('price', 'float'),
  column('live', 'bool'),
  column('day', 'date'),
  column('__proto__'),
]

describeRecordSetCodec(
  'CSV with $ID',
  createCsvCodec({ columns, columnsOrder: ['$ID', 'name', 'count'], primaryKey: [] }),
  { record },
)
describeRecordSetCodec(
  'CSV with a primary key',
  createCsvCodec({ columns: [...columns.slice(1), column('code')], columnsOrder: [], primaryKey: ['code'] }),
  { record, withKey: (code, value) => ({ ...value, code }), numRuns: 60 },
)
const codec = createCsvCodec({
  columns: [
    column('id', 'string', { required: true }),
    column('name', 'string', { required: true }),
    column('note'),
    column('count', 'int'),
    column('price', 'float'),
    column('live', 'bool'),
    column('day', 'date'),
    column('extra', 'any'),
    column('tags', '[]string'),
  ],
  columnsOrder: ['id', 'name', 'note', 'count', 'price', 'live', 'day'],
  primaryKey: [],
})
const parse = (text: string): ReturnType<typeof codec.parse> => codec.parse(bytesOf(text))
const rows = (text: string): readonly RecordValue[] => [...parse(text).records.values()]
const edit = (text: string, key: string, change: RecordValue | null): string => {
  const old = parse(text).records.get(key)
  const changed = codec.edit(bytesOf(text), new Map([[key, change === null ? null : { ...old, ...change }]]))
  return textOf(changed)
}
const errorOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return error
  }
}

describe('CSV cells', () => {
  const first = (header: string, cells: string): RecordValue | undefined =>
    rows(`id,${header}\na,${cells}\n`)[0]

  it.each([
    ['count', '5', 5],
    ['count', '007', 7],
    ['count', '-3', -3],
    ['count', '5.0', 5],
    ['count', '5.5', '5.5'],
    ['count', '12345678901234567890', '12345678901234567890'],
    ['count', 'many', 'many'],
    ['count', '0x10', '0x10'],
    ['count', ' 5', ' 5'],
    ['price', '130.0', 130],
    ['price', '1e3', 1000],
    ['price', '.5', 0.5],
    ['price', '1e999', '1e999'],
    ['price', 'NaN', 'NaN'],
    ['live', 'true', true],
    ['live', 'FALSE', false],
    ['live', 'yes', 'yes'],
    ['live', '1', '1'],
    ['day', '2024-01-01', '2024-01-01'],
    ['note', '0123', '0123'],
    ['extra', '5', '5'],
    ['tags', '[1]', '[1]'],
    ['unknown', '5', '5'],
  ])('of column %s that say %s are read as %j', (name, cell, value) => {
    expect(first(name, cell)).toEqual({ id: 'a', [name]: value })
  })

  it('that are empty are no value, but empty text where text is required; quoted they are empty text', () => {
    expect(first('name,note,count,live', ',,,')).toEqual({ id: 'a', name: '' })
    expect(first('name,note,count,live', '"","","",""')).toEqual({ id: 'a', name: '', note: '' })
  })

  it('keep their spelling until their own value changes', () => {
    const text = 'id,name,count,price,live\na,"Ann",007,130.0,TRUE\nb,Bob,1,2,false\n'
    expect(edit(text, 'a', { name: 'Eve' })).toBe(text.replace('Ann', 'Eve'))
    expect(edit(text, 'a', { price: 131 })).toBe(text.replace('130.0', '131.0'))
    expect(edit(text, 'a', { live: false })).toBe(text.replace('TRUE', 'FALSE'))
    expect(edit(text, 'b', { count: 2 })).toBe(text.replace('Bob,1', 'Bob,2'))
  })

  it('are quoted where they need it, and as their file quotes', () => {
    const plain = 'id,note\na,x\n'
    expect(edit(plain, 'a', { note: 'y, "z"' })).toBe('id,note\na,"y, ""z"""\n')
    expect(edit(edit(plain, 'a', { note: 'y,z' }), 'a', { note: 'x' })).toBe(plain)
    const quoted = '"id","note"\n"a","x"\n'
    expect(edit(quoted, 'a', { note: 'y,z' })).toBe('"id","note"\n"a","y,z"\n')
    expect(edit(edit(quoted, 'a', { note: 'y,z' }), 'a', { note: 'x' })).toBe(quoted)
    expect(edit(plain, 'a', { note: '' })).toBe('id,note\na,""\n')
    expect(edit(plain, 'a', { note: null })).toBe('id,note\na,\n')
  })

  it('are refused when they would not be read back', () => {
    const text = 'id,name,note,count,extra,tags\na,n,x,1,y,z\n'
    const bad: readonly RecordValue[] = [
      { note: 5 },
      { note: ['x'] },
      { note: { a: 1 } },
      { count: '5' },
      { count: 1.5e300 },
      { extra: 5 },
      { tags: ['a'] },
    ]
    for (const change of bad) {
      expect(errorOf(() => edit(text, 'a', change))).toMatchObject({
        code: 'record/bad-value',
        data: { path: Object.keys(change) },
      })
    }
    // What validation reports can be written: it is read back.
    expect(edit(text, 'a', { count: 'many' })).toBe(text.replace('x,1', 'x,many'))
  })
})

describe('CSV rows', () => {
  it.each([
    ['CRLF, and a cell of several lines', 'id,note\r\na,"1\r\n2"\r\n', [{ id: 'a', note: '1\r\n2' }]],
    [
      'blank lines',
      'id,note\n\na,b\n\r\nc,d',
      [
        { id: 'a', note: 'b' },
        { id: 'c', note: 'd' },
      ],
    ],
    ['a byte order mark', '\ufeffid,note\na,b\n', [{ id: 'a', note: 'b' }]],
    ['a lone CR in a cell', 'id,note\na,x\ry\n', [{ id: 'a', note: 'x\ry' }]],
    ['a CR at the end', 'id,note\na,b\r', [{ id: 'a', note: 'b' }]],
    ['no rows', 'id,note\n', []],
    ['nothing', '', []],
    ['formulas, which are data', 'id,note\na,=1+1\n', [{ id: 'a', note: '=1+1' }]],
    ['columns that no definition has', 'zzz,id\n1,a\n', [{ zzz: '1', id: 'a' }]],
  ])('are read with %s', (_title, text, expected) => {
    expect(parse(text).faults).toEqual([])
    expect(rows(text)).toEqual(expected)
  })

  it('that are ragged or badly quoted are faults with their line; the others stay', () => {
    const text = 'id,note\na,1\nb\nc,1,2\nd,x"y\ne,"x"y\nf, "q"\n"g\n",2\na,3\n,4\nh,5\n'
    const { records, faults } = parse(text)
    expect([...records.keys()]).toEqual(['a', 'g\n', 'h'])
    expect(faults.map(({ code, line, key }) => [code, line, key])).toEqual([
      ['format/bad-record', 3, undefined],
      ['format/bad-record', 4, undefined],
      ['format/bad-record', 5, undefined],
      ['format/bad-record', 6, undefined],
      ['format/bad-record', 7, undefined],
      ['format/duplicate-key', 10, 'a'],
      ['format/no-key', 11, undefined],
    ])
    expect(edit(text, 'h', { note: '6' })).toBe(text.replace('h,5', 'h,6'))
    expect(errorOf(() => edit(text, 'a', null))).toMatchObject({ code: 'format/edit-refused' })
    expect(errorOf(() => edit(text, 'h', { count: 1 }))).toMatchObject({ code: 'format/edit-refused' })
  })

  it.each([
    ['a quoted cell that does not end', 'id,note\na,1\nb,"x\nc,3\n', 3, 3],
    ['a column without a name', 'id,,note\n', 1, 4],
    ['a column twice', 'id,note,id\n', 1, 9],
    ['semicolons', 'id;note\na;1\n', 1, 1],
    ['too many columns', `id${',c'.repeat(200_000)}\n`, 1, 1],
    ['CR alone as line end', 'id,note\ra,1\r', 1, 1],
    ['a first row that is no header', '1,2\n3,4\n', 1, 1],
    ['merge markers', 'id,note\n<<<<<<< ours\na,1\n=======\na,2\n>>>>>>> theirs\n', 2, 1],
  ])('with %s are no file of records, and the place is told', (_title, text, line, place) => {
    expect(errorOf(() => parse(text))).toMatchObject({
      code: 'format/bad-record',
      data: { line, column: place },
    })
  })

  it('that are not UTF-8 or too many bytes are no file of records', () => {
    expect(errorOf(() => codec.parse(new Uint8Array([...bytesOf('id,note\na,'), 0xff, 0x0a])))).toMatchObject(
      {
        code: 'format/bad-record',
        data: { line: 2, column: 3 },
      },
    )
    expect(errorOf(() => codec.parse(new Uint8Array(maxRecordSetBytes + 1)))).toMatchObject({
      code: 'format/bad-record',
    })
  })

  it('are added at the end with the line end of the file, and deleted with theirs', () => {
    const text = '\ufeffid,note\r\na,1\r\n\r\nb,2'
    expect(edit(text, 'c', { id: 'c', note: 'x,y' })).toBe(`${text}\r\nc,"x,y"`)
    expect(edit(text, 'a', null)).toBe('\ufeffid,note\r\n\r\nb,2')
    expect(edit(text, 'b', null)).toBe('\ufeffid,note\r\na,1\r\n')
  })

  it('get a new column in the place of columns_order, empty in the other rows', () => {
    expect(edit('id,price\na,1\nb,2\n', 'b', { note: 'x', count: 5 })).toBe(
      'id,note,count,price\na,,,1\nb,x,5,2\n',
    )
    expect(edit('price,zzz\n', 'b', { id: 'b', price: 1 })).toBe('id,price,zzz\nb,1,\n')
    expect(edit('id,note\na,\n', 'a', { note: 'x', day: '2024-01-01' })).toBe('id,note,day\na,x,2024-01-01\n')
    expect(errorOf(() => edit('id\na\n', 'a', { other: 1 }))).toMatchObject({
      code: 'record/bad-value',
      data: { path: ['other'] },
    })
  })

  it('keep their key', () => {
    expect(errorOf(() => edit('id,note\na,1\n', 'a', { id: 'b' }))).toMatchObject({
      code: 'record/bad-value',
    })
    expect(errorOf(() => edit('id,note\na,1\n', 'b', { id: 'c' }))).toMatchObject({
      code: 'record/bad-value',
    })
  })

  it('are read as another reader of CSV reads them', () => {
    const cell = fc.oneof(hostileText, fc.constantFrom('x', 'y'))
    const written = fc
      .tuple(cell, fc.boolean())
      .map(([text, quotes]) =>
        quotes || /[",\r\n]|^\s/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
      )
    const table = fc.array(fc.tuple(written, written), { maxLength: 6 })
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), (body, eol, final) => {
        const lines = ['id,note,day', ...body.map((cells, i) => [`k${i}`, ...cells].join(','))]
        const text = lines.join(eol) + (final ? eol : '')
        const oracle = Papa.parse<string[]>(text, { delimiter: ',', newline: eol, skipEmptyLines: true })
        const read = rows(text).map(({ id = '', note = '', day = '' }) => [id, note, day])
        expect(read).toEqual(oracle.data.slice(1))
      }),
      { seed, numRuns: 300 },
    )
  })
})

describe("CSV in Go's bytes", () => {
  // Written by encoding/csv of Go 1.26.
  const golden = [
    'id,note',
    'a,',
    'b," lead"',
    'c,"\\."',
    'd,"x,y"',
    'e,"q""q"',
    'f,"l1\nl2"',
    'g,"r\rr"',
    'h,"\u0085x"',
    'i,"\u00a0x"',
    'j,tab\t',
    'k,#c',
    'l,=1+1',
    'm,trail ',
    'n,\ufeffx',
    'o,"\u2003em"',
    'p,"crlf\r\nx"',
    'q,"\tx"',
    'r,"\u2028"',
    's,"\u000bv"',
    't,"\u3000x"',
    '',
  ].join('\n')
  const definition = { columns: [column('id'), column('note')], columnsOrder: ['id', 'note'], primaryKey: [] }

  it('is what new files have', () => {
    const { records, faults } = createCsvCodec(definition).parse(bytesOf(golden))
    expect(faults).toEqual([])
    expect(records.size).toBe(20)
    expect(textOf(createCsvCodec(definition).create(records))).toBe(golden)
  })

  it('holds any text', () => {
    const go = createCsvCodec(definition, { canonical: 'go' })
    fc.assert(
      fc.property(hostileText, hostileText, (before, after) => {
        const set = (note: string): Map<string, RecordValue> => new Map([['a', { id: 'a', note }]])
        const bytes = go.create(set(before))
        expect(go.parse(bytes).records).toEqual(set(before))
        expect(textOf(go.edit(bytes, set(after)))).toBe(textOf(go.create(set(after))))
      }),
      { seed, numRuns: 200 },
    )
  })

  it('is what every edit writes in the whole file', () => {
    const go = createCsvCodec(definition, { canonical: 'go' })
    const text = '\ufeffid,note\r\n"a","1"\r\n\r\n"b",2'
    expect(textOf(go.edit(bytesOf(text), new Map([['b', { id: 'b', note: '3' }]])))).toBe(
      'id,note\na,1\nb,3\n',
    )
    const typed = createCsvCodec(
      { ...definition, columns: [column('id'), column('note', 'int')] },
      { canonical: 'go' },
    )
    const spelled = bytesOf('id,note\n"a",007\nb,2\n')
    expect(textOf(typed.edit(spelled, new Map([['b', null]])))).toBe('id,note\na,007\n')
    const bytes = bytesOf(text)
    expect(go.edit(bytes, new Map([['b', { id: 'b', note: '2' }]]))).toBe(bytes)
    const ragged = bytesOf('id,note\na\nb,2\n')
    expect(errorOf(() => go.edit(ragged, new Map([['b', null]])))).toMatchObject({
      code: 'format/edit-refused',
    })
  })
})
