import { describe, expect, it } from 'vitest'
import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import type { FileTree } from '../file-tree.ts'
import { createMemoryFileTree } from '../memory-file-tree.ts'
import { readDatabaseSchema } from '../schema/schema.ts'
import { everyFormat as plugins } from '../format-extras.ts'

type Files = { readonly [path: string]: string | Uint8Array }

function read(files: Files): Promise<DatabaseSchema> {
  return readDatabaseSchema(createMemoryFileTree(files), { plugins })
}

/** `id: folder / file name (type)` of each collection. */
async function layout(files: Files): Promise<readonly string[]> {
  return [...(await read(files)).collections.values()].map(
    ({ id, recordsDir, recordFile: { name, format, type } }) =>
      `${id}: ${recordsDir}/${name} ${format} ${kinds[type]}`,
  )
}

const kinds: { readonly [type: string]: string } = {
  'map[string]any': 'single',
  '[]map[string]any': 'list',
  'map[$record_id]map[$field_name]any': 'dictionary',
}

async function only(files: Files): Promise<CollectionDefinition> {
  const [first, ...rest] = (await read(files)).collections.values()
  if (first === undefined || rest.length > 0) throw new Error('not one collection')
  return first
}

function types({ columns }: CollectionDefinition): { readonly [name: string]: string } {
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]))
}

describe('a repository without definitions', () => {
  it('opens as collections of each kind of file', async () => {
    const files = {
      'README.md': '# Hello',
      'package.json': '{"name":"x"}',
      'data/countries/ie.json': '{"name":"Ireland","population":5}',
      'data/countries/fr.json': '{"name":"France"}',
      'data/countries/README.md': 'about',
      'data/cities.json': '[{"id":"d","name":"Dublin"},{"id":"p","name":"Paris"}]',
      'data/statuses.yaml': 'new: { title: New }\ndone: { title: Done }\n',
      'data/tags.yml': '- id: a\n  label: A\n- id: b\n  label: B\n',
      'rates.csv': 'code,rate\nEUR,1.0\nUSD,1.1\n',
      'log/events.jsonl': '{"id":1,"at":"2024-01-01"}\n\n{"id":2,"at":"2024-01-02"}\n',
      'posts/a.md': '---\ntitle: A\n---\nText\n',
      'posts/b.md': '---\ntitle: B\n---\nText\n',
      'docs/guide.md': '# No front matter',
      'meta/project.ingr': '# INGR.io | project: $ID, value:int\n"a"\n1\n"b"\n2\n# 2 records',
      'one/settings.json': '{"theme":"dark"}',
    }
    const schema = await read(files)
    expect(schema).toMatchObject({ inferred: true, issues: [], settings: { languages: [] } })
    expect((await layout(files)).toSorted()).toEqual([
      'data.cities: data/cities.json json list',
      'data.countries: data/countries/{key}.json json single',
      'data.statuses: data/statuses.yaml yaml dictionary',
      'data.tags: data/tags.yml yml list',
      'log.events: log/events.jsonl jsonl list',
      'meta.project: meta/project.ingr ingr list',
      'one: one/{key}.json json single',
      'posts: posts/{key}.md markdown single',
      'rates: /rates.csv csv list',
    ])
    expect([...schema.collections.values()].every(({ readable }) => readable.ok)).toBe(true)
    expect(structuredClone(schema)).toEqual(schema)
  })

  it('has columns with types from samples, and none of them required', async () => {
    const definition = await only({
      'r/a.json':
        '{"s":"x","i":1,"f":1,"b":true,"d":"2024-01-01","t":"2024-01-01T10:00:00Z","mixed":1,"n":null}',
      'r/b.json':
        '{"s":"y","i":2,"f":1.5,"b":false,"d":"2024-02-01","t":"2024-01-01 10:00","mixed":"x","l":["a"],"e":[],"m":{"en":"A","ru":"Б"},"o":{"deep":{}}}',
    })
    expect(types(definition)).toEqual({
      s: 'string',
      i: 'int',
      f: 'float',
      b: 'bool',
      d: 'date',
      t: 'datetime',
      mixed: 'any',
      n: 'any',
      l: '[]string',
      e: '[]any',
      m: 'map[locale]string',
      o: 'map[string]any',
    })
    expect(definition.columns.some(({ required }) => required)).toBe(false)
  })

  it('types the cells of a CSV file, and keeps its header as the order of columns', async () => {
    const definition = await only({
      'x.csv': 'zip,name,"a ""b""",n\r\n01234,A,,1\r\n98765,"B, C\nD",true,2.5\r\n',
    })
    expect(types(definition)).toEqual({ zip: 'string', name: 'string', 'a "b"': 'bool', n: 'float' })
    expect(definition.columnsOrder).toEqual(['zip', 'name', 'a "b"', 'n'])
    expect(definition.primaryKey).toEqual(['zip']) // a name with a line end is no key
  })

  it.each([
    ['id', 'id,code\n1,a\n2,b\n', []],
    ['$ID', '$ID,code\n1,a\n2,b\n', []],
    ['a code rather than the first column', 'x,code\n1,a\n2,b\n', ['code']],
    ['the first column that is unique', 'x,y,z\n1,1,1\n1,2,2\n', ['y']],
    ['two columns together', 'from,to,n\na,b,1\na,c,1\nb,c,1\n', ['from', 'to']],
    ['everything where nothing is unique', 'x,y\n1,1\n1,1\n', ['x', 'y']],
  ])('names rows by %s', async (_, text, primaryKey) => {
    expect((await only({ 'x.csv': text })).primaryKey).toEqual(primaryKey)
  })

  it('tells files of records from files of many records in one folder, and excludes them by name', async () => {
    const files = {
      'd/a.json': '{"name":"A"}',
      'd/list.json': '[{"id":1}]',
      'd/z.json': '{"name":"Z"}',
      'd/numbers.json': '[1,2]',
      'd/package.json': '{}',
    }
    expect(await layout(files)).toEqual(['d.list: d/list.json json list', 'd: d/{key}.json json single'])
    const pattern = (await read(files)).collections.get('d')?.recordFile.excludeRegex ?? ''
    const names = Object.keys(files).map((path) => path.slice(2))
    expect(names.filter((name) => !new RegExp(pattern).test(name))).toEqual(['a.json', 'z.json'])
  })

  it('takes alike files of alike maps for records, and one such file for a dictionary', async () => {
    const names = '{"names":{"en":"A"},"capital":{"en":"B"}}'
    expect(await layout({ 'c/a.json': names, 'c/b.json': names })).toEqual(['c: c/{key}.json json single'])
    expect(await layout({ 'c/a.json': names })).toEqual(['c.a: c/a.json json dictionary'])
  })

  it('takes a folder per record for one collection', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`posts/p${i}/index.md`, `---\ntitle: T${i}\n---\nBody`]),
    )
    expect(await layout(files)).toEqual(['posts: posts/{key}/index.md markdown single'])
  })

  it('gives ids that are valid and unique, whatever the names are', async () => {
    const files = {
      'my data/é t-é/x.json': '[{"id":1}]',
      'my_data/e_t_e/x.json': '[{"id":1}]',
      'страны/a.json': '{"a":1}',
      'страны/b.json': '{"a":1}',
      '名/c.csv': 'id\n1\n',
      '.hidden/d.json': '[{"id":1}]',
      'node_modules/x/e.json': '[{"id":1}]',
      '$ingitdb/f.json': '[{"id":1}]',
      'b/{key}.json': '[{"id":1}]',
      'b/a\u0001.json': '[{"id":1}]',
      '__proto__/g.json': '{"__proto__":{"x":1},"constructor":2}',
    }
    const { collections } = await read(files)
    const ids = [...collections.keys()]
    expect(ids.toSorted()).toEqual(['c', 'my_data.e_t_e.x', 'my_data.e_t_e.x_json', 'proto', 'records'])
    expect(ids.every((id) => /^[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?$/.test(id))).toBe(true)
    expect(collections.get('proto')?.columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor'])
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it('opens beside broken files, which are named', async () => {
    const { collections, issues } = await read({
      'good.json': '[{"id":1}]',
      'syntax.json': '{"a": ',
      'bytes.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]),
      'nul.json': '{"a":"\0"}',
      'deep.json': '['.repeat(50_000) + ']'.repeat(50_000),
      'dashes.yaml': `${'- '.repeat(50_000)}\n`,
      'bomb.yaml': `a: &a [x, x]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(', ')}]\n`).join('')}`,
      'twice.csv': 'a,a\n1,2\n',
      'empty.json': '',
      'empty.csv': '',
      'scalar.json': '42',
      'rows.jsonl': 'not json\n{"id":\n',
    })
    expect([...collections.keys()]).toEqual(['good'])
    expect(issues.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['syntax.json', 'bytes.yaml', 'nul.json', 'bomb.yaml', 'rows.jsonl']),
    )
    expect(
      issues.every(({ severity, line, column }) => severity === 'warning' && line === 1 && column === 1),
    ).toBe(true)
  })

  it('keeps a collection whose records are partly broken', async () => {
    const files = { 'c/a.json': '{"n":1}', 'c/b.json': '{"n":', 'c/c.json': '{"n":3}' }
    expect(await layout(files)).toEqual(['c: c/{key}.json json single'])
  })

  it('looks at the beginning of large files only', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ id: i, name: `name, "${i}"`, tags: ['a', 'b'] }))
    const files = {
      'l.json': JSON.stringify(rows),
      'd.json': JSON.stringify(Object.fromEntries(rows.map((row) => [`k${row.id}`, row]))),
      'y.yaml': rows.map(({ id }) => `- id: ${id}\n  name: n\n`).join(''),
      'm.yaml': rows.map(({ id }) => `k${id}:\n  name: n\n`).join(''),
      'j.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
      'c.csv': `id,name\n${rows.map(({ id }) => `${id},"a${'\n'.repeat(9)}b"\n`).join('')}`,
    }
    expect((await layout(files)).toSorted()).toEqual([
      'c: /c.csv csv list',
      'd: /d.json json dictionary',
      'j: /j.jsonl jsonl list',
      'l: /l.json json list',
      'm: /m.yaml yaml dictionary',
      'y: /y.yaml yaml list',
    ])
  })

  it('costs a bounded number of reads in a huge repository, and says so', async () => {
    const many = createMemoryFileTree({
      ...Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`big/r${i}.json`, `{"n":${i}}`])),
      ...Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`lists/l${i}.csv`, 'id\n1\n'])),
      ...Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`x/f${i}/a${i}.csv`, 'id\n1\n'])),
    })
    let reads = 0
    let lists = 0
    const counted: FileTree = {
      readFile: (path) => {
        reads++
        return many.readFile(path)
      },
      list: (dir) => {
        lists++
        return many.list(dir)
      },
    }
    const { collections, issues } = await readDatabaseSchema(counted, { plugins })
    expect(reads).toBeLessThanOrEqual(300)
    expect(lists).toBeLessThanOrEqual(1100)
    expect(collections.size).toBe(200)
    expect(issues.map(({ message }) => message)).toEqual([
      'The repository has more files than are looked at without definitions; some are not listed.',
    ])
  })

  it('is no database when it has no data', async () => {
    for (const files of [
      {},
      { 'README.md': 'hi' },
      { 'package.json': '{}', 'src/a.ts': 'x' },
      { 'docs/a.md': 'text', 'docs/b.md': 'text' },
    ] as readonly Files[]) {
      await expect(read(files)).rejects.toMatchObject({ code: 'format/not-a-database' })
    }
    await expect(read({ '.ingitdb.yaml': '', 'a.json': '[{"id":1}]' })).rejects.toMatchObject({
      code: 'format/legacy-layout',
    })
  })
})
