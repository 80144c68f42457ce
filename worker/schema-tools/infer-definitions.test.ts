import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileTree } from '../format/file-tree.ts'
import { createMemoryFileTree } from '../format/memory-file-tree.ts'
import { readDatabaseSchema } from '../format/schema/schema.ts'
import { createTreeValidationSource } from '../format/validation/tree-source.ts'
import { validateDatabase } from '../format/validation/validate-database.ts'
import { inferDefinitions } from './infer-definitions.ts'
import type { PlannedFiles } from './schema-tools.ts'
import { everyFormat as plugins } from '../format/format-extras.ts'

type Files = { readonly [path: string]: string }

interface Inferred extends PlannedFiles {
  readonly after: Files
  readonly tree: FileTree
  readonly schema: DatabaseSchema
}

/** The proposal, carried out; fails when what comes out is not valid in every respect. */
async function infer(files: Files): Promise<Inferred> {
  const planned = await inferDefinitions(createMemoryFileTree(files), { plugins })
  const after: { [path: string]: string } = { ...files }
  for (const edit of planned.edits) {
    if ('bytes' in edit) after[edit.path] = new TextDecoder().decode(edit.bytes)
    else if ('from' in edit) {
      after[edit.path] = files[edit.from] ?? ''
      delete after[edit.from]
    } else delete after[edit.path]
  }
  const tree = createMemoryFileTree(after)
  const schema = await readDatabaseSchema(tree, { strict: true, plugins })
  expect(schema.issues).toEqual([])
  const report = await validateDatabase(createTreeValidationSource(tree, schema, { plugins }))
  // A number beyond 2^53 is a warning, whatever describes it.
  expect(report.issues.filter(({ code }) => code !== 'validation/unsafe-number')).toEqual([])
  expect(report.valid).toBe(true)
  expect(planned.plan.issues.filter(({ severity }) => severity === 'error')).toEqual([])
  return { ...planned, after, tree, schema }
}

async function recordsOf({ tree, schema }: Inferred, id: string): Promise<ReadonlyMap<string, RecordValue>> {
  return new Map((await createTreeValidationSource(tree, schema, { plugins }).records(id)).records)
}

function columns(schema: DatabaseSchema, id: string): { readonly [name: string]: Omit<Column, 'name'> } {
  const found = schema.collections.get(id)
  if (found === undefined) throw new Error(`${id} is missing: ${[...schema.collections.keys()].join(' ')}`)
  return Object.fromEntries(found.columns.map(({ name, ...column }) => [name, column]))
}

describe('proposed definitions', () => {
  it('describe files of many records where they are, and move nothing', async () => {
    const files = {
      'data/cities.json':
        '[\n  {"id": "d", "name": "Dublin"},\n  {"id": "p", "name": "Paris", "size": 2.5}\n]',
      'data/statuses.yaml': '# two\nnew: { title: New }\ndone: { title: Done }\n',
      'data/tags.yml': '- id: a\n  label: A\n- id: b\n  label: B\n',
      'rates.csv': 'code,rate,since\nEUR,1.0,2024-01-01\nUSD,1.1,\n',
      'log/events.ndjson': '{"id":1,"at":"2024-01-01T10:00:00Z"}\n\n{"id":2,"at":"2024-01-02T10:00:00Z"}\n',
      'meta/project.ingr': '# INGR.io | project: $ID, value\n"a"\n1\n"b"\n2\n# 2 records\n',
    }
    const inferred = await infer(files)
    const { edits, plan, schema, after } = inferred
    expect(edits.every((edit) => 'bytes' in edit)).toBe(true)
    expect(plan).toMatchObject({ records: 0, issues: [], collections: [] })
    expect(after).toMatchObject(files)
    expect(after['.ingitdb/root-collections.yaml']).toBe(
      'data.cities: data/.collections/cities\ndata.statuses: data/.collections/statuses\ndata.tags: data/.collections/tags\nlog.events: log/.collections/events\nmeta.project: meta/.collections/project\nrates: .collections/rates\n',
    )
    const counts = [...schema.collections.keys()].map(async (id) => [
      id,
      (await recordsOf(inferred, id)).size,
    ])
    expect(Object.fromEntries(await Promise.all(counts))).toEqual({
      'data.cities': 2,
      'data.statuses': 2,
      'data.tags': 2,
      'log.events': 2,
      'meta.project': 2,
      rates: 2,
    })
    expect(columns(schema, 'rates')).toEqual({
      code: { type: 'string', required: true },
      rate: { type: 'float', required: true },
      since: { type: 'date', required: false },
    })
    expect(schema.collections.get('rates')).toMatchObject({ primaryKey: ['code'], titles: { en: 'Rates' } })
    expect(columns(schema, 'data.cities')['size']).toEqual({ type: 'float', required: false })
    expect((await recordsOf(inferred, 'rates')).get('EUR')).toEqual({
      code: 'EUR',
      rate: 1,
      since: '2024-01-01',
    })
  })

  it('move files of one record each into $records as they are, and say so', async () => {
    const files = {
      'countries/ie.json': '{"name":"Ireland"}',
      'countries/fr.json': '{ "name": "France" }\n',
      'countries/README.md': '# About',
      'posts/p1/index.md': '---\ntitle: One\n---\nBody\n',
      'posts/p2/index.md': '---\ntitle: Two\n---\n',
      'posts/p3/index.md': '---\ntitle: Three\n---\nMore\n',
      'posts/p3/image.svg': '<svg/>',
    }
    const inferred = await infer(files)
    const { after, plan, edits } = inferred
    expect(edits.filter((edit) => 'from' in edit)).toEqual([
      { path: 'countries/$records/fr.json', from: 'countries/fr.json' },
      { path: 'countries/$records/ie.json', from: 'countries/ie.json' },
      { path: 'posts/$records/p1/index.md', from: 'posts/p1/index.md' },
      { path: 'posts/$records/p2/index.md', from: 'posts/p2/index.md' },
      { path: 'posts/$records/p3/index.md', from: 'posts/p3/index.md' },
    ])
    expect(after['countries/$records/fr.json']).toBe(files['countries/fr.json'])
    expect(after['countries/README.md']).toBe('# About')
    expect(after['posts/p3/image.svg']).toBe('<svg/>')
    expect(plan.records).toBe(5)
    expect(plan.issues).toMatchObject([
      { severity: 'warning', collection: 'countries', message: expect.stringContaining('2 files') },
      { severity: 'warning', collection: 'posts', message: expect.stringContaining('3 files') },
    ])
    expect(plan.summary).toContain('"countries": 2 records, 1 columns.')
    expect([...(await recordsOf(inferred, 'posts')).keys()]).toEqual(['p1', 'p2', 'p3'])
    expect(Object.keys(after).filter((path) => path.endsWith('definition.yaml'))).toEqual([
      'countries/.collection/definition.yaml',
      'posts/.collection/definition.yaml',
    ])
  })

  it('keep a folder of several kinds of files apart', async () => {
    const inferred = await infer({
      'a.yaml': 'name: A\n',
      'b.yaml': 'name: B\n',
      'rows.yaml': '- id: 1\n',
      'x.json': '{"n":1}',
      'y.json': '{"n":2}',
      'package.json': '{"name":"tool"}',
      'c/definition.yaml': 'a: 1\nb: 2\n',
      'c/other.yaml': 'a: 2\nb: 3\n',
    })
    const sizes = [...inferred.schema.collections.keys()].map(
      async (id) => (await recordsOf(inferred, id)).size,
    )
    expect((await Promise.all(sizes)).reduce((a, b) => a + b)).toBe(7)
    expect(inferred.after).toHaveProperty('package.json')
  })

  it('have types, required columns, enums and titles from all records', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      id: i,
      orderStatus: ['open', 'paid', 'sent'][i % 3],
      note: `note ${i}`,
      ...(i % 2 === 0 ? { discount: null } : {}),
      price: i === 39 ? 1.5 : i,
      names: { en: 'x', 'pt-BR': 'y' },
      tags: i === 0 ? [] : ['a'],
      mixed: i === 39 ? 'text' : i,
      big: 2 ** 60,
    }))
    const { schema } = await infer({ 'orders.json': JSON.stringify(rows) })
    expect(columns(schema, 'orders')).toEqual({
      id: { type: 'int', required: true },
      orderStatus: { type: 'string', title: 'Order status', required: true, enum: ['open', 'paid', 'sent'] },
      note: { type: 'string', required: true },
      discount: { type: 'any', required: false },
      price: { type: 'float', required: true },
      names: { type: 'map[locale]string', required: true },
      tags: { type: '[]string', required: true },
      mixed: { type: 'any', required: true },
      big: { type: 'float', required: true },
    })
  })

  it('have foreign keys where all values are keys and the name tells, or many texts say it', async () => {
    const codes = ['ie', 'fr', 'de', 'es', 'it', 'pt']
    const { schema, plan } = await infer({
      'geo/countries.json': JSON.stringify(codes.map((id) => ({ id, name: id }))),
      'geo/cities.json': JSON.stringify([
        { id: 1, countryId: 'ie', twin_city_id: 2, size: 1 },
        { id: 2, countryId: 'fr', twin_city_id: 1, size: 2 },
      ]),
      'shop/customers.csv': `id,home_country,lives,near,parent_id\n${codes.map((code, i) => `${i + 1},${i === 0 ? 'ie' : ''},${code},nowhere,${i || ''}`).join('\n')}\n`,
    })
    const references = [...schema.collections.values()].flatMap(({ id, columns }) =>
      columns.flatMap(({ name, references: to }) => (to === undefined ? [] : [`${id}.${name} -> ${to}`])),
    )
    expect(references).toEqual([
      'geo.cities.countryId -> geo.countries',
      'shop.customers.home_country -> geo.countries',
      'shop.customers.lives -> geo.countries',
      'shop.customers.parent_id -> shop.customers',
    ])
    expect(columns(schema, 'geo.cities')['countryId']?.foreignKey).toBe('countries')
    expect(plan.summary).toContain('"geo.cities": "countryId" refers to "countries".')
  })

  it('leave out what cannot be described, as it is and by name', async () => {
    const files = {
      'c/a.json': '{"n":1}',
      'c/b.json': '{"n":',
      'c/c.json': '{"n":3}',
      'same.csv': 'x\n1\n1\n',
      'ragged.csv': 'id,a\n1,2\n3\n',
      'good.csv': 'id\n1\n',
      'twice.json': '{"a":{"x":1},"a":{"x":2},"b":{"x":3}}',
    }
    const { after, plan, schema } = await infer(files)
    expect(after).toMatchObject({ 'c/b.json': files['c/b.json'], 'same.csv': files['same.csv'] })
    expect([...schema.collections.keys()].toSorted()).toEqual(['c', 'good'])
    const named = plan.issues.filter(({ code }) => code === 'format/bad-record').map(({ file }) => file)
    expect(named.toSorted()).toEqual(['c/b.json', 'ragged.csv', 'same.csv', 'twice.json'])
  })

  it('take names as they are, however hostile', async () => {
    const { schema } = await infer({
      'd/__proto__.json': '{"__proto__":1,"constructor":"x","":true,"a: b":null,"# c":[1]}',
      'd/con structor.json': '{"__proto__":2,"constructor":"y","":false,"$private":3}',
      'we ird #1/-x-.csv': 'id,"a ""q"", b",null\n1,x,y\n',
    })
    expect([...schema.collections.keys()].toSorted()).toEqual(['d', 'we_ird_1.x'])
    expect(schema.collections.get('d')?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['__proto__', 'int'],
      ['constructor', 'string'],
      ['', 'bool'],
      ['a: b', 'any'],
      ['# c', '[]int'],
    ])
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('declare the key where records have no fields', async () => {
    const { schema } = await infer({ 'marks/a.json': '{}', 'marks/b.json': '{}' })
    expect(columns(schema, 'marks')).toEqual({ $ID: { type: 'string', required: false } })
  })

  it('are refused where there are collections, and made where there are none yet', async () => {
    const definition =
      'record_file: { name: "{key}.json", format: json, type: "map[string]any" }\ncolumns: { a: { type: int } }\n'
    await expect(
      infer({ '.ingitdb/root-collections.yaml': 'a: a\n', 'a/.collection/definition.yaml': definition }),
    ).rejects.toMatchObject({ code: 'schema/refused' })
    await expect(infer({ 'README.md': 'x' })).rejects.toMatchObject({ code: 'format/not-a-database' })
    const { schema } = await infer({
      '.ingitdb/settings.yaml': 'languages:\n  - required: en\n',
      'x.csv': 'id\n1\n',
    })
    expect([...schema.collections.keys()]).toEqual(['x'])
  })

  it('fit whatever records there are', async () => {
    const scalar = fc.oneof(
      fc.string({ maxLength: 12, unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('2024-01-01', '10:00', '2024-01-01T10:00:00Z', 'true', '01', ''),
    )
    const value = fc.oneof(
      { weight: 4, arbitrary: scalar },
      fc.array(scalar, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('en', 'ru', 'x y', '__proto__'), scalar, { maxKeys: 3 }),
    )
    const name = fc.constantFrom('a', 'b', 'some_id', 'parent_id', 'x: y', 'Ünï', 'status')
    const row = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true })
    const rows = fc.array(row, { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(rows, rows, async (list, singles) => {
        const files = Object.fromEntries(singles.map((record, i) => [`s/r${i}.json`, JSON.stringify(record)]))
        const numbered = list.map((record, id) => ({ id, ...record }))
        const inferred = await infer({ ...files, 'list.json': JSON.stringify(numbered) })
        expect((await recordsOf(inferred, 'list')).size).toBe(list.length)
        // The records stay what they were, wherever they lie.
        const texts = Object.entries(inferred.after).filter(
          ([path]) => path.startsWith('s/') && path.endsWith('.json'),
        )
        expect(texts.map(([, text]) => text).toSorted()).toEqual(Object.values(files).toSorted())
      }),
      { seed: 7, numRuns: 40 },
    )
  })
})
