import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { createIngrCodec, findUnsafeIngrNumbers, type IngrDefinition } from './ingr-rows.ts'
import { anySetRecord, describeRecordSetCodec } from '../record-set-codec.suite.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

function definition(
  more: Partial<IngrDefinition> = {},
  type = 'map[$record_id]map[$field_name]any',
): IngrDefinition {
  return {
    id: 'people',
    columns: [],
    columnsOrder: ['name'],
    primaryKey: [],
    recordFile: { name: 'people.ingr', format: 'ingr', type },
    ...more,
  }
}

const record = anySetRecord.map((value) =>
  Object.fromEntries(
    Object.entries(value).filter(([name, item]) => item !== null && /^[^\s,:\p{Cc}]+$/u.test(name)),
  ),
)
describeRecordSetCodec('INGR dictionaries', createIngrCodec(definition()), {
  record,
  sorted: true,
  numRuns: 60,
})
describeRecordSetCodec(
  'INGR lists',
  createIngrCodec(definition({ primaryKey: ['code'], columnsOrder: ['code'] }, '[]map[string]any')),
  { record, sorted: true, numRuns: 60, withKey: (code, value) => ({ ...value, code }) },
)

const codec = createIngrCodec(definition({ columnsOrder: ['name', 'age', 'tags'] }))
const parse = (text: string): ReturnType<typeof codec.parse> => codec.parse(bytesOf(text))
const valuesOf = (text: string): { readonly [key: string]: RecordValue } =>
  Object.fromEntries(parse(text).records)
const edit = (text: string, changes: { readonly [key: string]: RecordValue | null }): string =>
  textOf(codec.edit(bytesOf(text), new Map(Object.entries(changes))))
const faultsOf = (text: string): readonly unknown[] =>
  parse(text).faults.map(({ code, line }) => [code, line])
const errorOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return error
  }
}

/** As the format's own tools write it: no line end at the end. */
const metadata = `# INGR.io | project_metadata: $ID, value
"indexed_with_extraction_version"
"14"
"indexed_with_version"
"0.1.0"
# 2 records`

/** An export: types in the header, delimiters, a counted and hashed end. */
const typed = `# INGR.io | people/list: $ID:string, name:string, age:float, tags:[]string
"a"
"Ann # not a comment" # a comment
1.50
["x","y"]
#-
"b"
"Bob"
null
{"n": 1.0,"m":2}
#-
# 2 records
`
const hashed = (text: string): string => `${text}# sha256:${createHash('sha256').update(text).digest('hex')}`

describe('INGR records', () => {
  it('are read line by line; null is no value', () => {
    expect(valuesOf(metadata)).toEqual({
      indexed_with_extraction_version: { value: '14' },
      indexed_with_version: { value: '0.1.0' },
    })
    expect(valuesOf(typed)).toEqual({
      a: { name: 'Ann # not a comment', age: 1.5, tags: ['x', 'y'] },
      b: { name: 'Bob', tags: { n: 1, m: 2 } },
    })
    expect(faultsOf(metadata)).toEqual([])
    expect(faultsOf(hashed(typed))).toEqual([])
  })

  it.each([
    ['no spaces in the header', '#INGR.io|x:$ID,v\n"a"\n1\n# 1 record'],
    ['no footer', '# INGR.io | x: $ID, v\n"a"\n1'],
    ['CRLF', '# INGR.io | x: $ID, v\r\n"a"\r\n1\r\n# 1 record\r\n'],
    ['a byte order mark', '\ufeff# INGR.io | x: $ID, v\n"a"\n1\n'],
    ['long delimiters and blank lines', '# INGR.io | x: $ID, v\n\n"a"\n1\n\n#-----\n# 1 record\n\n'],
    ['comments between records', '# INGR.io | x: $ID, v\n# first\n"a"\n1\n# last\n# 1 record\n# more'],
    ['$ID in another place', '# INGR.io | x: v, $ID\n1\n"a"\n# 1 record'],
    ['a commented-out record', '# INGR.io | x: $ID, v\n#"b"\n#-1\n"a"\n1\n# 1 record'],
    ['a commented-out record that counts', '# INGR.io | x: $ID, v\n#"b"\n#-1\n"a"\n1\n# 2 records'],
  ])('are read with %s, and keep it when they change', (_title, text) => {
    expect(parse(text).faults).toEqual([])
    expect(valuesOf(text)).toEqual({ a: { v: 1 } })
    expect(edit(text, { a: { v: 2 } })).toBe(text.replace(/^1/m, '2'))
    expect(edit(edit(text, { a: { v: 2 } }), { a: { v: 1 } })).toBe(text)
    const added = edit(text, { c: { v: 3 } })
    expect(valuesOf(added)).toEqual({ a: { v: 1 }, c: { v: 3 } })
    expect(faultsOf(added)).toEqual([])
    expect(edit(added, { c: null })).toBe(text)
  })

  it('change one line for one field, and keep comments, spelling and nested keys', () => {
    const [a, b] = [parse(typed).records.get('a'), parse(typed).records.get('b')]
    expect(edit(typed, { a: { ...a, name: 'Eve' } })).toBe(typed.replace('Ann # not a comment', 'Eve'))
    expect(edit(typed, { a: { ...a, age: 2 } })).toBe(typed.replace('1.50', '2.00'))
    expect(edit(typed, { b: { ...b, age: 3 } })).toBe(typed.replace('null', '3'))
    expect(edit(typed, { b: { ...b, tags: { n: 1, m: 3 } } })).toBe(typed.replace('"m":2', '"m":3'))
    expect(edit(typed, { a: { name: 'Ann # not a comment', tags: ['x', 'y'] } })).toBe(
      typed.replace('1.50', 'null'),
    )
  })

  it('keep the count and the hash true', () => {
    const text = hashed(typed)
    const one = edit(text, { b: null })
    expect(one).toBe(hashed(typed.replace(/"b"\n[^]*?#-\n/, '').replace('2 records', '1 record')))
    const same = edit(text, { b: { name: 'Bob', tags: { n: 1, m: 2 } } })
    expect(same).toBe(text)
    expect(edit(text, { b: { name: 'Rob', tags: { n: 1, m: 2 } } })).toBe(hashed(typed.replace('Bob', 'Rob')))
    expect(edit(`${text}\n`, { b: { name: 'Röb', tags: { n: 1, m: 2 } } })).toBe(
      `${hashed(typed.replace('Bob', 'Röb'))}\n`,
    )
    expect(edit(typed, { a: null, b: null })).toContain('\n# 0 records\n')
  })

  it('keep a sorted file sorted, and go to the end of another', () => {
    expect(edit(typed, { aa: { name: 'x' } })).toBe(
      typed.replace('"b"', '"aa"\n"x"\nnull\nnull\n#-\n"b"').replace('2 records', '3 records'),
    )
    const unsorted = '# INGR.io | x: $ID\n"b"\n"a"\n# 2 records'
    expect(edit(unsorted, { aa: {} })).toBe('# INGR.io | x: $ID\n"b"\n"a"\n"aa"\n# 3 records')
    // By code point, as Go sorts: the private use area comes before what is beyond the basic plane.
    const wide = edit('# INGR.io | x: $ID\n# 0 records', { '🌍': {}, '\ue000': {}, z: {} })
    expect(wide).toBe('# INGR.io | x: $ID\n"z"\n"\ue000"\n"🌍"\n# 3 records')
  })

  it('get a new column in the header and in every record, also those commented out', () => {
    const text = '# INGR.io | x: $ID:string, zoo\n"a"\n1 # c\n#-\n#"b"\n#2\n#-\n# 1 record'
    expect(edit(text, { a: { zoo: 1, name: 'n' }, c: { age: 5 } })).toBe(
      '# INGR.io | x: $ID:string, name, age, zoo\n"a"\n"n"\nnull\n1 # c\n#-\n#"b"\n#null\n#null\n#2\n#-\n"c"\nnull\n5\nnull\n#-\n# 2 records',
    )
    for (const name of ['a,b', 'a:b', ' a', '', 'a\nb']) {
      expect(errorOf(() => edit(text, { a: { [name]: 1 } }))).toMatchObject({ code: 'record/bad-value' })
      expect(errorOf(() => codec.create(new Map([['a', { [name]: 1 }]])))).toMatchObject({
        code: 'record/bad-value',
      })
    }
  })

  it('that are broken are faults with their line; the others stay', () => {
    const text =
      '# INGR.io | x: $ID, v\n"a"\n1\n"b"\nnope\n"c"\n3\n"c"\n4\nnull\n5\n#"d"\n6\n"e"\n# 7 records'
    expect(valuesOf(text)).toEqual({ a: { v: 1 }, c: { v: 3 } })
    expect(faultsOf(text)).toEqual([
      ['format/bad-record', 5],
      ['format/duplicate-key', 8],
      ['format/no-key', 10],
      ['format/bad-record', 12],
      ['format/bad-record', 14],
    ])
    expect(edit(text, { a: { v: 2 } })).toBe(text.replace('\n1\n', '\n2\n'))
    expect(errorOf(() => edit(text, { a: { v: 1, w: 2 } }))).toMatchObject({ code: 'format/edit-refused' })
  })

  it('that lack a line are told by the delimiter after them', () => {
    const text = '# INGR.io | x: $ID, v\n"a"\n#-\n"b"\n2\n#-\n# 2 records'
    expect(valuesOf(text)).toEqual({ b: { v: 2 } })
    expect(faultsOf(text)).toEqual([['format/bad-record', 2]])
  })

  it('are counted: a wrong count is a fault with its line', () => {
    expect(faultsOf('# INGR.io | x: $ID\n"a"\n# 3 records')).toEqual([['format/bad-record', 3]])
  })

  it('with lines that the Go tools cannot read are warned of, and read', () => {
    const text = `# INGR.io | x: $ID, v\n"a"\n"${'x'.repeat(70_000)}"\n# 1 record`
    expect(parse(text).records.size).toBe(1)
    expect(parse(text).faults).toMatchObject([{ severity: 'warning', line: 3 }])
  })

  it.each([
    ['no header', '"a"\n1\n', 1],
    ['a header without $ID', '# INGR.io | x: id, v\n', 1],
    ['a column twice', '# INGR.io | x: $ID, v, v\n', 1],
    ['too many columns', `# INGR.io | x: $ID${', c'.repeat(200_000)}\n`, 1],
    ['a column without a name', '# INGR.io | x: $ID, , v\n', 1],
    ['records after the count', '# INGR.io | x: $ID\n"a"\n# 1 record\n"b"\n', 4],
    ['merge markers', '# INGR.io | x: $ID\n<<<<<<< ours\n"a"\n=======\n"b"\n>>>>>>> theirs\n', 2],
    ['nothing', '', 1],
  ])('are none in a file with %s, and the line is told', (_title, text, line) => {
    expect(errorOf(() => parse(text))).toMatchObject({ code: 'format/bad-record', data: { line } })
  })

  it('hold no numbers that JavaScript cannot, and no deep nesting', () => {
    for (const bad of [
      '1e999',
      '[1e999]',
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      '01',
      "'x'",
      '1 2',
      '{"a":1',
    ]) {
      expect(faultsOf(`# INGR.io | x: $ID, v\n"a"\n${bad}\n"b"\n1\n# 2 records`)).toEqual([
        ['format/bad-record', 3],
      ])
    }
  })

  it('are created sorted, without columns that are computed, and without a line end at the end', () => {
    const made = createIngrCodec(
      definition({
        columnsOrder: ['name', 'sum'],
        columns: [{ name: 'sum', type: 'int', required: false, formula: '1' }],
      }),
    )
    const text = made.create(
      new Map<string, RecordValue>([
        ['b', { zoo: 1, name: '<b>' }],
        ['a', { age: { y: 1, x: [null] } }],
      ]),
    )
    expect(textOf(text)).toBe(
      '# INGR.io | people: $ID, name, age, zoo\n"a"\nnull\n{"x":[null],"y":1}\nnull\n"b"\n"<b>"\nnull\n1\n# 2 records',
    )
    expect(textOf(made.create(new Map()))).toBe('# INGR.io | people: $ID, name\n# 0 records')
  })

  it('of a list may have their key in other columns', () => {
    const list = createIngrCodec(
      definition({ primaryKey: ['a', 'b'], columnsOrder: ['a', 'b'] }, '[]map[string]any'),
    )
    const bytes = list.create(new Map([['x\u001f1', { a: 'x', b: 1 }]]))
    expect(textOf(bytes)).toBe('# INGR.io | people: $ID, a, b\n"x\\u001f1"\n"x"\n1\n# 1 record')
    expect([...list.parse(bytes).records]).toEqual([['x\u001f1', { a: 'x', b: 1 }]])
  })

  it('tell numbers that JavaScript cannot hold, with their place', () => {
    const text =
      '# INGR.io | x: $ID, v, w\n"a"\n1\nnull\n"b"\n9007199254740993 # big\n{"n":[12345678901234567]}\n# 2 records'
    expect(findUnsafeIngrNumbers(text)).toEqual([
      { path: [1, 'v'], text: '9007199254740993', line: 6, column: 1 },
      { path: [1, 'w', 'n', 0], text: '12345678901234567', line: 7, column: 7 },
    ])
    expect(findUnsafeIngrNumbers(typed)).toEqual([])
    expect(edit(text, { a: { v: 2 } })).toBe(text.replace('\n1\n', '\n2\n'))
    expect(errorOf(() => go.edit(bytesOf(text), new Map([['a', null]])))).toMatchObject({
      code: 'format/edit-refused',
    })
  })
})

const go = createIngrCodec(definition({ id: 'geo.people' }), { canonical: 'go' })

describe("INGR in Go's bytes", () => {
  it('is sorted, without types and delimiters, escapes what HTML would read, and has no line end at the end', () => {
    const golden = `# INGR.io | geo.people: $ID, name, z
"a"
null
{"A":2,"b":1}
"b"
"\\u003cb\\u003e \\u0026 \\u2028"
null
# 2 records`
    const set = new Map<string, RecordValue>([
      ['b', { name: '<b> & \u2028' }],
      ['a', { z: { b: 1, A: 2 } }],
    ])
    expect(textOf(go.create(set))).toBe(golden)
    expect(go.parse(bytesOf(golden)).records).toEqual(set)
    const written = go.edit(bytesOf(typed), new Map([['b', { name: 'Bob' }]]))
    expect(textOf(written)).toBe(
      '# INGR.io | geo.people: $ID, name, age, tags\n"a"\n"Ann # not a comment"\n1.5\n["x","y"]\n"b"\n"Bob"\nnull\nnull\n# 2 records',
    )
  })
})
