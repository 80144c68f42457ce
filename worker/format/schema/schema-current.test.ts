import { describe, expect, it } from 'vitest'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { createMemoryFileTree } from '../memory-file-tree.ts'
import { everyFormat as plugins } from '../format-extras.ts'
import { readDatabaseSchema } from './schema.ts'

const registry = '.ingitdb/root-collections.yaml'
const home = 'data/c/.collection'
const recordFile = 'record_file:\n  name: "{key}.yaml"\n  type: map[string]any\n  format: yaml\n'
const simple = `${recordFile}columns:\n  name: { type: string }\n`

type Files = { readonly [path: string]: string }

function read(files: Files, strict = false): Promise<DatabaseSchema> {
  return readDatabaseSchema(createMemoryFileTree(files), { strict, plugins })
}

function one(definition: string, more: Files = {}): Files {
  return { [registry]: 'c: data/c\n', [`${home}/definition.yaml`]: definition, ...more }
}

async function only(definition: string, more: Files = {}): Promise<CollectionDefinition> {
  const { collections, issues } = await read(one(definition, more), true)
  expect(issues).toEqual([])
  const found = collections.get('c')
  if (found === undefined) throw new Error('the collection is missing')
  return found
}

/** The issues of lenient and of strict reading: `severity code file:line:column path`. */
async function both(files: Files): Promise<{ lenient: readonly string[]; strict: readonly string[] }> {
  const lines = async (strict: boolean): Promise<readonly string[]> =>
    (await read(files, strict)).issues.map(brief)
  return { lenient: await lines(false), strict: await lines(true) }
}

function brief({ severity, code, file, line, column, path }: Issue): string {
  return `${severity} ${code} ${file}:${line}:${column} ${path?.join('.') ?? ''}`.trim()
}

describe('a definition', () => {
  it('says its bounds, merge rule, README settings, base, default view and attached JSON Schema', async () => {
    const definition = await only(
      `inherits: ../../base.yaml
${simple}min_records_count: 0
max_records_count: 3
conflict_resolution: { record_merge: { same_record: true } }
readme: { hide_columns: true, hide_views: false }
default_view: { format: ingr, top: 5, include_hash: true, records_delimiter: -1, columns: [name] }
`,
      { 'data/base.yaml': 'titles: { en: C }\n', [`${home}/record.schema.json`]: '{}' },
    )
    expect(definition).toMatchObject({
      inherits: '../../base.yaml',
      titles: { en: 'C' },
      minRecordsCount: 0,
      maxRecordsCount: 3,
      conflictResolution: { enabled: true, sameRecord: true },
      readme: { hideColumns: true, hideViews: false },
      defaultView: {
        id: '',
        titles: {},
        format: 'ingr',
        top: 5,
        includeHash: true,
        recordsDelimiter: -1,
        columns: ['name'],
      },
      jsonSchema: `${home}/record.schema.json`,
    })
    expect(structuredClone(definition)).toEqual(definition)
  })

  it('does not inherit record counts, and replaces a column of its base as a whole', async () => {
    const definition = await only(`inherits: b.yaml\ncolumns:\n  name: { type: int }\n`, {
      [`${home}/b.yaml`]: `${recordFile}min_records_count: 5\ncolumns:\n  name: { type: string, required: true, max_length: 3 }\n  other: { type: bool }\nconflict_resolution: { record_merge: { enabled: false } }\n`,
    })
    expect(definition.minRecordsCount).toBeUndefined()
    expect(definition.conflictResolution).toEqual({ enabled: false, sameRecord: false })
    expect(definition.columns).toEqual([
      { name: 'name', type: 'int', required: false },
      { name: 'other', type: 'bool', required: false },
    ])
  })

  it('blames a base for what stands in it', async () => {
    const files = one('inherits: b.yaml\ncolumns:\n  own: { type: int }\n', {
      [`${home}/b.yaml`]: `${recordFile}strange: 1\ncolumns:\n  own: { type: nonsense }\n  base: { type: strin }\n`,
    })
    expect((await both(files)).strict).toEqual([
      `error format/unknown-key ${home}/b.yaml:5:1 strange`,
      `error format/bad-value ${home}/b.yaml:8:11 columns.base.type`,
    ])
  })

  it('names chains that are broken far away, in the file that breaks them', async () => {
    const cycle = one('inherits: b.yaml\n', {
      [`${home}/b.yaml`]: 'inherits: ./c.yaml\n',
      [`${home}/c.yaml`]: 'titles: { en: C }\ninherits: b.yaml\n',
    })
    const missing = one('inherits: b.yaml\n', { [`${home}/b.yaml`]: '\ninherits: none.yaml\n' })
    for (const [files, place] of [
      [cycle, `${home}/c.yaml:2:1`],
      [missing, `${home}/b.yaml:2:1`],
    ] as const) {
      const { collections, issues } = await read(files)
      expect(issues.map(brief)).toEqual([`error format/bad-definition ${place} inherits`])
      expect(collections.get('c')?.readable).toEqual({
        ok: false,
        reason: 'what its definition inherits cannot be read',
      })
    }
    const long = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`${home}/b${i}.yaml`, `inherits: b${i + 1}.yaml\n`]),
    )
    expect((await read(one('inherits: b0.yaml\n', long))).issues[0]?.message).toContain('too long')
  })

  it.each([
    ['an unknown key', `${simple}record_labels: x\n`, 'unknown-key', '7:1 record_labels'],
    [
      'an unknown key of a column',
      `${recordFile}columns:\n  a: { type: int, min: 1 }\n`,
      'unknown-key',
      '6:19 columns.a.min',
    ],
    [
      'an unknown key of record_file',
      `${simple.replace('  format', '  size: 1\n  format')}`,
      'unknown-key',
      '4:3 record_file.size',
    ],
    [
      'an unknown key of default_view',
      `${simple}default_view: { file: x }\n`,
      'unknown-key',
      '7:17 default_view.file',
    ],
    [
      'an unknown key of readme',
      `${simple}readme: { hide_all: true }\n`,
      'unknown-key',
      '7:11 readme.hide_all',
    ],
    [
      'an unknown merge rule',
      `${simple}conflict_resolution: { record_merge: { both: true } }\n`,
      'unknown-key',
      '7:40 conflict_resolution.record_merge.both',
    ],
    ['a value of the wrong type', `${simple}titles: [a]\n`, 'bad-value', '7:1 titles'],
    ['a count that is none', `${simple}max_records_count: -1\n`, 'bad-value', '7:1 max_records_count'],
    [
      'counts that exclude each other',
      `${simple}min_records_count: 3\nmax_records_count: 2\n`,
      'bad-value',
      '7:1 min_records_count',
    ],
    ['an order of no column', `${simple}columns_order: [name, x]\n`, 'bad-value', '7:23 columns_order.1'],
    [
      'an order that names a column twice',
      `${simple}columns_order:\n  - name\n  - name\n`,
      'bad-value',
      '9:5 columns_order.1',
    ],
    ['a column without a type', `${recordFile}columns:\n  a: {}\n`, 'bad-value', '6:3 columns.a'],
    [
      'an unknown type',
      `${recordFile}columns:\n  a: { type: "[][]int" }\n`,
      'bad-value',
      '6:8 columns.a.type',
    ],
    [
      'required and required_when',
      `${recordFile}columns:\n  b: { type: int }\n  a: { type: int, required: true, required_when: "b == 1" }\n`,
      'bad-value',
      '7:35 columns.a.required_when',
    ],
    [
      'content_field outside Markdown',
      `${simple.replace('  format', '  content_field: x\n  format')}`,
      'bad-value',
      '4:3 record_file.content_field',
    ],
    [
      'the other spelling of a dictionary',
      simple.replace('{key}', 'all').replace('map[', 'map[string]map['),
      'bad-value',
      '3:3 record_file.type',
    ],
  ])('is read in spite of %s, which strict reading refuses', async (_, definition, code, place) => {
    const { lenient, strict } = await both(one(definition))
    const at = `format/${code} ${home}/definition.yaml:${place}`
    expect({ lenient, strict }).toEqual({ lenient: [`warning ${at}`], strict: [`error ${at}`] })
    expect((await read(one(definition))).collections.get('c')?.readable.ok).toBe(true)
  })

  it.each([
    ['enum: []', 'enum'],
    ['enum: [1, 2, 1]', 'enum.2'],
    ['enum: [1, two]', 'enum.1'],
    ['enum: [1.5]', 'enum.0'],
    ['max_length: 3', 'max_length'],
    ['min_value: 0.5', 'min_value'],
    ['min_value: 3, max_value: 2', 'min_value'],
  ])('is warned about for %s in an int column, also when strict: other tools load it', async (rule, path) => {
    const { strict } = await both(one(`${recordFile}columns:\n  a: { type: int, ${rule} }\n`))
    expect(strict.map((line) => line.replace(/:\d+ /, ' '))).toEqual([
      `warning format/bad-value ${home}/definition.yaml:6 columns.a.${path}`,
    ])
  })

  it('is warned about for rules that its other columns cannot have', async () => {
    const columns =
      '  a: { type: string, min_value: 1 }\n  b: { type: string, min_length: 2, max_length: 1 }\n  c: { type: date, enum: [2024] }\n'
    const { strict } = await both(one(`${recordFile}columns:\n${columns}primary_key: [a, x]\n`))
    expect(strict.map((line) => line.split(' ').at(-1))).toEqual([
      'columns.a.min_value',
      'columns.b.min_length',
      'columns.c.enum.0',
      'primary_key.1',
    ])
    expect(strict.every((line) => line.startsWith('warning'))).toBe(true)
  })

  it('keeps data_dir out of the dedicated layout, with a warning', async () => {
    const { lenient, strict } = await both(one(`${simple}data_dir: elsewhere\n`))
    expect(lenient).toEqual([`warning format/bad-value ${home}/definition.yaml:7:1 data_dir`])
    expect(strict).toEqual(lenient)
  })

  it('errs on a foreign key to nothing, where it stands', async () => {
    const files = one(`${recordFile}columns:\n  a:\n    type: string\n    foreign_key: nothing\n`)
    expect(await both(files)).toEqual({
      lenient: [`error format/unresolved-foreign-key ${home}/definition.yaml:8:5 columns.a.foreign_key`],
      strict: [`error format/unresolved-foreign-key ${home}/definition.yaml:8:5 columns.a.foreign_key`],
    })
  })

  it.each(['yaml', 'yml', 'json'])('is readable for every kind of %s file', async (format) => {
    for (const [name, type] of [
      ['{key}', 'map[string]any'],
      ['one', 'map[string]any'],
      ['all', '[]map[string]any'],
      ['all', 'map[$record_id]map[$field_name]any'],
    ]) {
      const record = `record_file: { name: "${name}.${format}", format: ${format}, type: "${type}" }\n`
      expect((await only(`${record}columns:\n  a: { type: any }\n`)).readable).toEqual({ ok: true })
    }
  })
})

describe('the views of a collection', () => {
  const view = 'order_by: name desc\ntop: 3\nformats: [md]\nwhatever: this is left alone\n'

  it('are read in the dedicated and in the shared layout, subcollections included', async () => {
    const { collections, issues } = await read(
      {
        [registry]: 'a: a\nb: shop/.collections/b\n',
        'a/.collection/definition.yaml': simple,
        'a/.collection/views/status_{status}.yaml': view,
        'a/.collection/views/README.md': 'text',
        'a/.collection/subcollections/s/definition.yaml': simple,
        'a/.collection/subcollections/s/views/v.yaml': 'titles: { en: V }\n',
        'shop/.collections/b/definition.yaml': simple,
        'shop/.collections/b/$views/w.yaml': 'where: name == x\nfile_name: out\nrecords_var_name: rows\n',
        'shop/.collections/b/views/not-a-view.yaml': 'a: [',
      },
      true,
    )
    expect(issues).toEqual([])
    expect([...collections].map(([id, { views }]) => [id, views])).toEqual([
      [
        'a',
        [
          {
            id: 'status_{status}',
            titles: {},
            orderBy: 'name desc',
            top: 3,
            formats: ['md'],
            definitionPath: 'a/.collection/views/status_{status}.yaml',
          },
        ],
      ],
      [
        'a/s',
        [{ id: 'v', titles: { en: 'V' }, definitionPath: 'a/.collection/subcollections/s/views/v.yaml' }],
      ],
      [
        'b',
        [
          {
            id: 'w',
            titles: {},
            where: 'name == x',
            fileName: 'out',
            recordsVarName: 'rows',
            definitionPath: 'shop/.collections/b/$views/w.yaml',
          },
        ],
      ],
    ])
  })

  it('do not keep the collection from being read when they are broken', async () => {
    const file = `${home}/views/v.yaml`
    const files = one(simple, { [file]: 'a: [1\n', [`${home}/views/w.yaml`]: 'top: many\n' })
    const { lenient, strict } = await both(files)
    expect(lenient).toEqual([
      `warning format/syntax ${file}:2:1`,
      `warning format/bad-value ${home}/views/w.yaml:1:1 top`,
    ])
    expect(strict.every((line) => line.startsWith('error'))).toBe(true)
    const definition = (await read(files)).collections.get('c')
    expect([definition?.readable.ok, definition?.views?.map(({ id }) => id)]).toEqual([true, ['w']])
  })
})

describe('subcollections', () => {
  const list =
    'record_file: { name: all.json, format: json, type: "[]map[string]any" }\ncolumns:\n  a: { type: any }\n'

  it('lie two deep under their parents, with and without $records', async () => {
    const { collections, issues } = await read(
      {
        [registry]: 'orders: shop/orders\nbooks: books\n',
        'shop/orders/.collection/definition.yaml': simple,
        'shop/orders/.collection/subcollections/lines/definition.yaml': simple,
        'shop/orders/.collection/subcollections/lines/subcollections/notes/definition.yaml': list,
        'shop/orders/.collection/subcollections/lines/subcollections/notes/record.schema.json': '{}',
        'books/.collection/definition.yaml': list,
        'books/.collection/subcollections/pages/definition.yaml': simple,
      },
      true,
    )
    expect(issues).toEqual([])
    expect([...collections.keys()]).toEqual([
      'orders',
      'orders/lines',
      'orders/lines/notes',
      'books',
      'books/pages',
    ])
    expect(collections.get('orders/lines')).toMatchObject({
      parent: 'orders',
      dataDir: 'shop/orders/$records/{key}/lines',
      recordsDir: 'shop/orders/$records/{key}/lines/$records',
      otherRecordsDirs: ['shop/orders/{key}/lines/$records'],
    })
    expect(collections.get('orders/lines/notes')).toMatchObject({
      parent: 'orders/lines',
      recordsDir: 'shop/orders/$records/{key}/lines/$records/{key}/notes',
      otherRecordsDirs: [
        'shop/orders/$records/{key}/lines/{key}/notes',
        'shop/orders/{key}/lines/$records/{key}/notes',
        'shop/orders/{key}/lines/{key}/notes',
      ],
      jsonSchema: 'shop/orders/.collection/subcollections/lines/subcollections/notes/record.schema.json',
    })
    // A parent that is one file has no `$records`, so both ways are one.
    expect(collections.get('books/pages')).toMatchObject({ recordsDir: 'books/{key}/pages/$records' })
    expect(collections.get('books/pages')).not.toHaveProperty('otherRecordsDirs')
  })

  it('are children of a shared definition too, two deep', async () => {
    const { collections, issues } = await read(
      {
        [registry]: 'r: kitchen/.collections/r\n',
        'kitchen/.collections/r/definition.yaml': `${simple}data_dir: recipes\n`,
        'kitchen/.collections/r/steps/definition.yaml': simple,
        'kitchen/.collections/r/steps/tools/definition.yaml': list,
        'kitchen/.collections/r/$assets/definition.yaml': simple,
        'kitchen/.collections/r/docs/readme.txt': 'no definition',
      },
      true,
    )
    expect(issues).toEqual([])
    expect([...collections.values()].map(({ id, recordsDir }) => [id, recordsDir])).toEqual([
      ['r', 'kitchen/recipes/$records'],
      ['r/steps', 'kitchen/recipes/$records/{key}/steps/$records'],
      ['r/steps/tools', 'kitchen/recipes/$records/{key}/steps/$records/{key}/tools'],
    ])
  })

  it('of the announced layout are named, not guessed', async () => {
    const subs = `${home}/subcollections`
    const { lenient, strict } = await both(
      one(simple, {
        [`${subs}/{c}/lines/definition.yaml`]: simple,
        [`${subs}/ord001/lines/definition.yaml`]: simple,
        [`${subs}/lines/definition.yaml`]: simple,
      }),
    )
    expect(lenient).toEqual([
      `warning format/other-generation ${subs}/ord001:1:1`,
      `warning format/other-generation ${subs}/{c}:1:1`,
    ])
    expect(strict).toEqual(lenient.map((line) => line.replace('warning', 'error')))
  })

  it('end at a depth that no database needs', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, depth) => [
        `${home}/${Array(depth).fill('subcollections/s/').join('')}definition.yaml`,
        list,
      ]),
    )
    expect((await read({ [registry]: 'c: data/c\n', ...files })).collections.size).toBe(9)
  })
})

describe('registry and settings', () => {
  it('import namespaces one level deep, and say what is not followed', async () => {
    const { lenient, strict } = await both({
      [registry]: 'geo.*: geo\n',
      'geo/.ingitdb/root-collections.yaml': 'a: a\ndeep.*: deep\n',
      'geo/.ingitdb/settings.yaml': 'default_namespace: geo\n',
      'geo/a/.collection/definition.yaml': simple,
    })
    expect(lenient).toEqual(['warning format/bad-id geo/.ingitdb/root-collections.yaml:2:1 deep.*'])
    expect(strict).toEqual([lenient[0]?.replace('warning', 'error')])
  })

  it('place what is wrong with a collection as a whole at its line of the registry', async () => {
    const { strict } = await both({
      [registry]: '# head\nnone: nowhere\none: x\nother: x\n',
      'x/.collection/definition.yaml': simple,
    })
    expect(strict).toEqual([
      `error format/bad-path ${registry}:4:1 other`,
      `error format/bad-definition ${registry}:2:1 none`,
    ])
  })

  it('accept ids and nothing else', async () => {
    const ids = ['a', 'A.b_c', 'a1', '_a', 'a.', 'a-b', 'ä', 'a b', '""']
    const { collections, issues } = await read({
      [registry]: ids.map((id, i) => `${id}: p${i}\n`).join(''),
    })
    expect([...collections.keys()]).toEqual(['a', 'A.b_c', 'a1'])
    expect(issues.filter(({ code }) => code === 'format/bad-id')).toHaveLength(6)
  })

  it('are empty when their files are', async () => {
    for (const text of ['', '# nothing yet\n', '---\n']) {
      const schema = await read({ [registry]: text, '.ingitdb/settings.yaml': text }, true)
      expect([schema.issues, schema.collections.size]).toEqual([[], 0])
    }
  })

  it('report settings that other tools refuse', async () => {
    const settings =
      'default_namespace: -x\ndefault_record_format: xml\nlanguages:\n  - optional: ru\n  - required: en\n  - required: e\n  - en\n  - { required: a1, optional: b1 }\nextra: 1\n'
    const { lenient, strict } = await both({ '.ingitdb/settings.yaml': settings, [registry]: '' })
    expect(strict).toEqual([
      'error format/unknown-key .ingitdb/settings.yaml:9:1 extra',
      'error format/bad-value .ingitdb/settings.yaml:1:1 default_namespace',
      'error format/bad-value .ingitdb/settings.yaml:2:1 default_record_format',
      'error format/bad-value .ingitdb/settings.yaml:5:5 languages.1',
      'error format/bad-value .ingitdb/settings.yaml:6:5 languages.2',
      'error format/bad-value .ingitdb/settings.yaml:7:5 languages.3',
      'error format/bad-value .ingitdb/settings.yaml:8:5 languages.4',
    ])
    expect(lenient).toEqual(strict.map((line) => line.replace('error', 'warning')))
  })

  it('parse subscribers without acting on them, and do not enforce access rules of a newer format', async () => {
    const fine = { [registry]: '', '.ingitdb/subscribers.yaml': 'subscribers: { a: { run: "rm -rf /" } }\n' }
    expect((await both(fine)).strict).toEqual([])
    const { lenient, strict } = await both({
      [registry]: '',
      '.ingitdb/access/manifest.yaml': 'x: 1\n',
      '.ingitdb/subscribers.yaml': 'a: [\n',
    })
    expect(lenient).toEqual([
      'warning format/other-generation .ingitdb/access:1:1',
      'warning format/syntax .ingitdb/subscribers.yaml:2:1',
    ])
    expect(strict[1]).toBe('error format/syntax .ingitdb/subscribers.yaml:2:1')
  })
})
