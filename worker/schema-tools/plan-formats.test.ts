import { describe, expect, it } from 'vitest'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import { planOn, readAll, type Files } from './plan.suite.ts'

const list = '[]map[string]any'
const dictionary = 'map[$record_id]map[$field_name]any'
const single = 'map[string]any'

/** The same three records in every kind of file, with what an edit must keep. */
const formats: readonly (readonly [
  title: string,
  format: string,
  type: string,
  name: string,
  files: Files,
  keeps: readonly string[],
])[] = [
  [
    'YAML files',
    'yaml',
    single,
    '{key}.yaml',
    {
      '$records/a.yaml': '# first\nname: "Ann"\ncount: 1\nprice: 130.0 # exactly\n',
      '$records/b.yaml': "count: 2\nname: 'Bob'\n",
      '$records/c.yaml': 'price: 1e3\nname: Cy\nother:\n    name: x\n',
    },
    ['# first', '130.0 # exactly', 'price: 1e3\n', '    name: x'],
  ],
  [
    'JSON files',
    'json',
    single,
    '{key}.json',
    {
      '$records/a.json': '{\n\t"name": "Ann",\n\t"count": 1,\n\t"price": 130.0\n}',
      '$records/b.json': '{"count": 2, "name": "Bob"}\n',
      '$records/c.json': '{ "price": 1e3, "name": "Cy", "other": {"name": "x"} }\n',
    },
    ['\n\t"price": 130.0\n}', '1e3', '{"name": "x"}'],
  ],
  [
    'Markdown files',
    'markdown',
    single,
    '{key}.md',
    {
      '$records/a.md': '---\nname: "Ann"\ncount: 1\nprice: 130.0 # exactly\n---\nname: in the text\n',
      '$records/b.md': "---\ncount: 2\nname: 'Bob'\n---\n",
      '$records/c.md': '---\nprice: 1e3\nname: Cy\nother:\n    name: x\n---\n# Cy\n',
    },
    ['130.0 # exactly', 'name: in the text', '# Cy', '    name: x'],
  ],
  [
    'a YAML list',
    'yaml',
    list,
    'all.yaml',
    {
      'all.yaml':
        '# all\n- $ID: a\n  name: "Ann"\n  count: 1\n  price: 130.0 # exactly\n- $ID: b # second\n  count: 2\n  name: Bob\n- $ID: c\n  price: 1e3\n  name: Cy\n  other: {name: x}\n',
    },
    ['# all', '130.0 # exactly', '# second', '1e3', '{name: x}'],
  ],
  [
    'a YAML dictionary',
    'yaml',
    dictionary,
    'all.yaml',
    {
      'all.yaml':
        '# all\na:\n    name: "Ann"\n    count: 1\n    price: 130.0 # exactly\nb: # second\n    count: 2\n    name: Bob\nc:\n    price: 1e3\n    name: Cy\n    other: {name: x}\n',
    },
    ['# all', '130.0 # exactly', '# second', '1e3', '{name: x}'],
  ],
  [
    'a JSON list',
    'json',
    list,
    'all.json',
    {
      'all.json':
        '[\n  {"$ID": "a", "name": "Ann", "count": 1, "price": 130.0},\n  {"$ID": "b", "count": 2, "name": "Bob"},\n  {"$ID": "c", "price": 1e3, "name": "Cy", "other": {"name": "x"}}\n]\n',
    },
    ['130.0', '1e3', '{"name": "x"}'],
  ],
  [
    'a JSON dictionary',
    'json',
    dictionary,
    'all.json',
    {
      'all.json':
        '{\n  "a": {"name": "Ann", "count": 1, "price": 130.0},\n  "b": {"count": 2, "name": "Bob"},\n  "c": {"price": 1e3, "name": "Cy", "other": {"name": "x"}}\n}\n',
    },
    ['130.0', '1e3', '{"name": "x"}'],
  ],
  [
    'JSON lines',
    'jsonl',
    list,
    'all.jsonl',
    {
      'all.jsonl':
        '{"$ID":"a","name":"Ann","count":1,"price":130.0}\n{"$ID":"b","count":2,"name":"Bob"}\n{"$ID":"c","price":1e3,"name":"Cy","other":{"name":"x"}}\n',
    },
    ['130.0', '1e3', '{"name":"x"}'],
  ],
  [
    'CSV',
    'csv',
    list,
    'all.csv',
    { 'all.csv': '$ID,name,count,price\na,"Ann",1,130.0\nb,Bob,2,\nc,Cy,,1e3\n' },
    [],
  ],
  [
    'INGR',
    'ingr',
    list,
    'all.ingr',
    {
      'all.ingr':
        '# INGR.io | all: $ID, name, count, price\n"a"\n"Ann"\n1\n130.0\n"b"\n"Bob"\n2\nnull\n"c"\n"Cy"\nnull\n1e3\n# 3 records',
    },
    [],
  ],
]

const collection = 'things'

function database([, format, type, name, files]: (typeof formats)[number]): Files {
  const rows = format === 'csv' || format === 'ingr'
  const definition = `record_file:
    name: "${name}" # where
    format: ${format}
    type: "${type}"
columns:
    # a comment
    $ID: {type: string}
    name:
        type: string
        required: true
    count:
        type: int # how many
    price:
        type: float
${rows ? '' : '    other:\n        type: any\n'}columns_order: ["$ID", name, count, price]
`
  return {
    '.ingitdb/root-collections.yaml': '# registry\nrefs: refs\nthings: things\n',
    'things/.collection/definition.yaml': definition,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`things/${path}`, text])),
    'refs/.collection/definition.yaml':
      'record_file: {name: "{key}.yaml", format: yaml, type: "map[string]any"}\ncolumns: {thing: {type: string, foreign_key: things}}\n',
    'refs/$records/r1.yaml': 'thing: a # the first\n',
    'refs/$records/r2.yaml': 'thing: b\n',
  }
}

type Rows = { readonly [key: string]: { readonly [field: string]: unknown } }

/** The rows without empty cells, which formats with fixed columns keep as null. */
function present(rows: unknown): unknown {
  return Object.fromEntries(
    Object.entries(rows as Rows).map(([key, row]) => [
      key,
      Object.fromEntries(
        Object.entries(row).filter(([name, value]) => value !== null && !name.startsWith('$')),
      ),
    ]),
  )
}

async function change(files: Files, ...changes: readonly SchemaChange[]) {
  const { plan, files: after } = await planOn(files, ...changes)
  expect(plan.issues).toEqual([])
  const read = await readAll(after)
  expect(read.issues).toEqual([])
  return {
    plan,
    files: after,
    text: Object.values(after).join('\n'),
    rows: present(read.records[collection]),
  }
}

const ann = { name: 'Ann', count: 1, price: 130 }
const bob = { name: 'Bob', count: 2 }

describe.each(formats.map((format) => ({ title: format[0], format })))('in $title', ({ format }) => {
  const files = database(format)
  const [, , type, , , keeps] = format
  const fixed = format[1] === 'csv' || format[1] === 'ingr'
  const cy = { name: 'Cy', price: 1000, ...(fixed ? {} : { other: { name: 'x' } }) }

  it('reads without issues before', async () => {
    const { issues, records } = await readAll(files)
    expect(issues).toEqual([])
    expect(present(records[collection])).toMatchObject({ a: ann, b: bob, c: cy })
  })

  it('adds a column with a value for every record', async () => {
    const { rows, text } = await change(files, {
      kind: 'add-column',
      collection,
      name: 'unit',
      column: { type: 'string', required: true },
      fill: 'kg',
      after: 'count',
    })
    expect(rows).toMatchObject({
      a: { ...ann, unit: 'kg' },
      b: { ...bob, unit: 'kg' },
      c: { ...cy, unit: 'kg' },
    })
    for (const kept of [...keeps, '# a comment', '# how many', '# where', '# registry'])
      expect(text).toContain(kept)
  })

  it('adds a column without values', async () => {
    const { rows } = await change(files, {
      kind: 'add-column',
      collection,
      name: 'unit',
      column: { type: 'string' },
    })
    expect(rows).toMatchObject({ a: ann, b: bob, c: cy })
  })

  it('drops a column with its values', async () => {
    const { rows, text } = await change(files, { kind: 'drop-column', collection, name: 'count' })
    expect(rows).toMatchObject({ a: { name: 'Ann', price: 130 }, b: { name: 'Bob' }, c: cy })
    expect(JSON.stringify(rows)).not.toContain('count')
    for (const kept of [...keeps, '# a comment']) expect(text).toContain(kept)
  })

  it('renames a column and changes nothing else in the records', async () => {
    const { rows, files: after } = await change(files, {
      kind: 'rename-column',
      collection,
      name: 'name',
      to: 'title',
    })
    const { name: _, ...annRest } = ann
    expect(rows).toMatchObject({
      a: { ...annRest, title: 'Ann' },
      b: { title: 'Bob', count: 2 },
      c: { title: 'Cy' },
    })
    // Renamed back, every file is as it was.
    const back = await change(after, { kind: 'rename-column', collection, name: 'title', to: 'name' })
    expect(back.files).toEqual(files)
  })

  it('changes a type with the values', async () => {
    const {
      rows,
      files: after,
      text,
    } = await change(files, {
      kind: 'alter-column',
      collection,
      name: 'count',
      set: { type: 'string' },
    })
    expect(rows).toMatchObject({ a: { ...ann, count: '1' }, b: { ...bob, count: '2' }, c: cy })
    for (const kept of [...keeps, '# how many']) expect(text).toContain(kept)
    const back = await change(after, {
      kind: 'alter-column',
      collection,
      name: 'count',
      set: { type: 'int' },
    })
    expect(back.rows).toMatchObject({ a: ann, b: bob, c: cy })
    if (fixed) return // no lists in cells
    const wrapped = await change(files, {
      kind: 'alter-column',
      collection,
      name: 'name',
      set: { type: '[]string' },
    })
    expect(wrapped.rows).toMatchObject({ a: { name: ['Ann'] }, b: { name: ['Bob'] } })
  })

  it('names every value that does not convert with its place', async () => {
    const { plan, files: after } = await planOn(files, {
      kind: 'alter-column',
      collection,
      name: 'name',
      set: { type: 'int' },
    })
    expect(plan.issues.map(({ key, code, path }) => [key, code, path])).toEqual(
      ['a', 'b', 'c'].map((key) => [key, 'validation/type', ['name']]),
    )
    for (const { file, line, actual } of plan.issues) {
      const text = String(files[file]).split('\n')[(line ?? 0) - 1]
      expect(text).toContain(actual)
    }
    expect(after).toEqual(files)
  })

  it('renames a record in its place, with the references to it', async () => {
    const {
      rows,
      files: after,
      text,
    } = await change(files, {
      kind: 'rename-record',
      collection,
      key: 'a',
      to: 'anna',
      references: 'update',
    })
    expect(rows).toMatchObject({ anna: ann, b: bob, c: cy })
    expect(rows).not.toHaveProperty('a')
    expect(after['refs/$records/r1.yaml']).toBe('thing: anna # the first\n')
    expect(after['refs/$records/r2.yaml']).toBe(files['refs/$records/r2.yaml'])
    for (const kept of keeps) expect(text).toContain(kept)
    const back = await change(after, {
      kind: 'rename-record',
      collection,
      key: 'anna',
      to: 'a',
      references: 'update',
    })
    expect(back.files).toEqual(files)
  })

  it('copies, moves and drops a collection', async () => {
    const copied = await change(files, { kind: 'copy-collection', collection, to: 'more.things' })
    expect(copied.plan.records).toBe(3)
    const { records } = await readAll(copied.files)
    expect(records['more.things']).toEqual(records[collection])
    const moved = await change(
      copied.files,
      { kind: 'rename-collection', collection: 'more.things', to: 'z', path: 'z', references: 'restrict' },
      { kind: 'drop-collection', collection: 'z' },
    )
    expect(moved.files).toEqual(files)
  })

  if (type !== single) {
    it('splits into one file per record with equal values', async () => {
      const own = format[1]
      const change = {
        kind: 'split-collection',
        collection,
        ...(own === 'yaml' || own === 'json' ? {} : ({ format: 'json' } as const)),
      } as const
      const { plan, files: after } = await planOn(files, change)
      expect(plan.issues).toEqual([])
      const [before, read] = [await readAll(files), await readAll(after)]
      expect(read.issues).toEqual([])
      expect(present(read.records[collection])).toEqual(present(before.records[collection]))
      expect(plan.files.filter(({ kind }) => kind === 'create')).toHaveLength(3)
      if (own === 'csv') {
        const kept = await planOn(files, { kind: 'split-collection', collection })
        expect(kept.plan.issues).toMatchObject([{ severity: 'error' }])
      }
    })
  }
})
