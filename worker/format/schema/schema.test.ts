import { describe, expect, it } from 'vitest'
import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { everyFormat as plugins } from '../format-extras.ts'
import { createMemoryFileTree } from '../memory-file-tree.ts'
import { readDatabaseSchema } from './schema.ts'

const registry = '.ingitdb/root-collections.yaml'
const recordFile = 'record_file:\n  name: "{key}.yaml"\n  type: map[string]any\n  format: yaml\n'
const simple = `${recordFile}columns:\n  name: { type: string }\n`

function read(files: { readonly [path: string]: string }): Promise<DatabaseSchema> {
  return readDatabaseSchema(createMemoryFileTree(files), { plugins })
}

function one(definition: string, more: { readonly [path: string]: string } = {}): Promise<DatabaseSchema> {
  return read({ [registry]: 'c: data/c\n', 'data/c/.collection/definition.yaml': definition, ...more })
}

async function only(definition: string): Promise<CollectionDefinition | undefined> {
  return (await one(definition)).collections.get('c')
}

describe('a database schema', () => {
  it('has settings, collections of imported namespaces, and columns in display order', async () => {
    const schema = await read({
      '.ingitdb/settings.yaml': 'default_namespace: demo\nlanguages:\n  - required: en\n  - optional: ru\n',
      [registry]: 'local: local\ngeo.*: modules/geo\n',
      'modules/geo/.ingitdb/root-collections.yaml': 'countries: countries\ncities: cities\n',
      'local/.collection/definition.yaml': simple,
      'modules/geo/countries/.collection/definition.yaml': `titles: { en: Countries, ru: Страны }\n${recordFile}columns:\n  zeta: { type: int, min_value: 1 }\n  "$ID": { type: string, required: true, max_length: 3 }\n  alpha: { type: "map[locale]string", titles: { en: Alpha } }\ncolumns_order: [alpha]\nprimary_key: ["$ID"]\n`,
      'modules/geo/cities/.collection/definition.yaml': `${recordFile}columns:\n  country: { type: string, foreign_key: countries }\n  twin: { type: string, foreign_key: local }\n`,
    })
    expect(schema.issues).toEqual([])
    expect(schema.settings).toEqual({
      defaultNamespace: 'demo',
      languages: [
        { code: 'en', required: true },
        { code: 'ru', required: false },
      ],
    })
    expect([...schema.collections.keys()]).toEqual(['local', 'geo.countries', 'geo.cities'])
    expect(schema.collections.get('geo.countries')).toEqual({
      id: 'geo.countries',
      titles: { en: 'Countries', ru: 'Страны' },
      dataDir: 'modules/geo/countries',
      recordsDir: 'modules/geo/countries/$records',
      columns: [
        { name: 'alpha', type: 'map[locale]string', required: false, titles: { en: 'Alpha' } },
        { name: 'zeta', type: 'int', required: false, minValue: 1 },
        { name: '$ID', type: 'string', required: true, maxLength: 3 },
      ],
      columnsOrder: ['alpha'],
      primaryKey: ['$ID'],
      recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
      readable: { ok: true },
      definitionPath: 'modules/geo/countries/.collection/definition.yaml',
    })
    const references = schema.collections.get('geo.cities')?.columns.map((column) => column.references)
    expect(references).toEqual(['geo.countries', 'local'])
    expect(structuredClone(schema)).toEqual(schema)
  })

  it('reads the shared layout, with and without data_dir', async () => {
    const { collections, issues } = await read({
      [registry]: 'recipes: cooking/.collections/recipes\nherbs: cooking/.collections/herbs\nown: plain\n',
      'cooking/.collections/recipes/definition.yaml': `${simple}data_dir: recipes\n`,
      'cooking/.collections/recipes/steps/definition.yaml': simple,
      'cooking/.collections/recipes/$views/x.yaml': 'a: 1\n',
      'cooking/.collections/herbs/definition.yaml': simple,
      'plain/definition.yaml': `${simple}data_dir: deep/er\n`,
    })
    expect(issues).toEqual([])
    expect([...collections.values()].map(({ id, recordsDir }) => [id, recordsDir])).toEqual([
      ['recipes', 'cooking/recipes/$records'],
      ['recipes/steps', 'cooking/recipes/$records/{key}/steps/$records'],
      ['herbs', 'cooking/$records'],
      ['own', 'plain/deep/er/$records'],
    ])
    expect(collections.get('recipes/steps')).toMatchObject({
      parent: 'recipes',
      readable: { ok: true },
      otherRecordsDirs: ['cooking/recipes/{key}/steps/$records'],
    })
  })

  it('inherits columns and titles by name, and the rest when it is missing', async () => {
    const { collections, issues } = await one(
      'inherits: ../../base/b.yaml\ncolumns:\n  name: { type: int }\n',
      {
        'data/base/b.yaml': `inherits: c.yaml\n${simple}columns_order: [extra]\n`,
        'data/base/c.yaml': 'titles: { en: Base }\ncolumns:\n  extra: { type: bool }\n',
      },
    )
    expect(issues).toEqual([])
    expect(collections.get('c')).toMatchObject({
      titles: { en: 'Base' },
      columns: [
        { name: 'extra', type: 'bool' },
        { name: 'name', type: 'int' },
      ],
      readable: { ok: true },
    })
  })

  it('names definitions that inherit from themselves or leave the database', async () => {
    for (const base of ['definition.yaml', '../../../../x.yaml', '/etc/passwd', 'missing.yaml']) {
      const { collections, issues } = await one(`inherits: ${base}\n${simple}`)
      expect(issues).toMatchObject([{ code: 'format/bad-definition', collection: 'c', line: 1, column: 1 }])
      expect(collections.get('c')?.readable.ok).toBe(false)
    }
  })

  it.each([
    ['all.toml', 'toml', '[]map[string]any', 'A TOML file cannot be a list of records'],
    ['{key}.md', 'markdown', '[]map[string]any', 'Markdown files hold one record each'],
    ['{key}.ingr', 'ingr', 'map[string]any', 'An INGR file holds many records'],
    ['all.csv', 'csv', 'map[$record_id]map[$field_name]any', 'A csv file is a list of records'],
    ['all.jsonl', 'jsonl', 'map[string]any', 'A jsonl file is a list of records'],
    ['{key}.json', 'json', '[]map[string]any', 'A file of many records needs a name without "{key}"'],
    ['{key}.xml', 'xml', 'map[string]any', 'The format "xml" is not known'],
    ['{key}.json', 'json', 'map[id]any', 'The record type "map[id]any" is not known'],
    [
      '{key}/{name}.json',
      'json',
      'map[string]any',
      'the file name "{key}/{name}.json" is not a usable template',
    ],
    ['../{key}.json', 'json', 'map[string]any', 'the file name "../{key}.json" is not a usable template'],
  ])(
    'lists a collection of %s files (%s, %s) with the reason why it is not readable',
    async (name, format, type, reason) => {
      const definition = await only(
        `record_file: { name: "${name}", format: ${format}, type: "${type}" }\ncolumns:\n  a: { type: any }\n`,
      )
      expect(definition?.readable).toEqual({ ok: false, reason })
    },
  )

  it('lists a collection whose exclude_regex or newer keys could make it read the wrong files', async () => {
    for (const extra of [
      "exclude_regex: '(a)\\1'",
      'exclude_regex: "("',
      'records_dir: x',
      'body_files: []',
    ]) {
      const { collections, issues } = await one(
        simple.replace('  format: yaml\n', `  format: yaml\n  ${extra}\n`),
      )
      expect(collections.get('c')?.readable.ok).toBe(false)
      expect(issues.length).toBeGreaterThan(0)
    }
  })

  it('keeps the other collections when definitions are broken, and says where', async () => {
    const bomb = `a: &a [x, x]\n${'bcdefghi'
      .split('')
      .map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]\n`)
      .join('')}`
    const { collections, issues } = await read({
      [registry]:
        'good: good\nsyntax: syntax\nbomb: bomb\nlist: list\nmissing: missing\ndeep: deep\nboth: both\n',
      'good/.collection/definition.yaml': simple,
      'syntax/.collection/definition.yaml': 'columns:\n  a: [1\n',
      'bomb/.collection/definition.yaml': bomb,
      'list/.collection/definition.yaml': '- a\n',
      'deep/.collection/definition.yaml': '['.repeat(20_000),
      'both/.collection/definition.yaml': simple,
      'both/definition.yaml': simple,
    })
    expect([...collections.values()].filter(({ readable }) => readable.ok).map(({ id }) => id)).toEqual([
      'good',
      'both',
    ])
    expect(collections.size).toBe(7)
    const files = issues.map(({ file, collection, line }) => ({
      file,
      collection,
      hasLine: line !== undefined,
    }))
    expect(files).toContainEqual({
      file: 'syntax/.collection/definition.yaml',
      collection: 'syntax',
      hasLine: true,
    })
    expect(new Set(issues.map(({ collection }) => collection))).toEqual(
      new Set(['syntax', 'bomb', 'list', 'missing', 'deep', 'both']),
    )
  })

  it('warns about unknown keys with their position, and goes on', async () => {
    const { collections, issues } = await one(`${simple}  age: { type: int, regex: x }\nrecord_key: 1\n`)
    expect(issues).toEqual([
      expect.objectContaining({
        code: 'format/unknown-key',
        severity: 'warning',
        path: ['record_key'],
        line: 8,
        column: 1,
      }),
      expect.objectContaining({
        code: 'format/unknown-key',
        severity: 'warning',
        path: ['columns', 'age', 'regex'],
        line: 7,
      }),
    ])
    expect(collections.get('c')?.readable.ok).toBe(true)
  })

  it('refuses ids and paths that are unsafe or taken', async () => {
    const { collections, issues } = await read({
      [registry]:
        'up: ../x\nabs: /x\nhome: ~/x\n__proto__: x\n-a: x\nstar: a/*\ngit: .git/x\nback: a\\b\ngood: good\ntwin: good\nbad.*: nowhere\nnum: 1\n',
      'good/.collection/definition.yaml': simple,
    })
    expect([...collections.keys()]).toEqual(['good', 'twin'])
    expect(issues.map(({ path }) => path?.[0])).toEqual([
      'up',
      'abs',
      'home',
      '__proto__',
      '-a',
      'star',
      'git',
      'back',
      'twin',
      'bad.*',
      'num',
    ])
    expect(issues.every(({ line }) => line !== undefined)).toBe(true)
  })

  it('takes hostile column names as they are', async () => {
    const { collections } = await one(
      `${recordFile}columns:\n  __proto__: { type: string }\n  constructor: { type: int }\n  toString: 1\n`,
    )
    expect(collections.get('c')?.columns).toEqual([
      { name: '__proto__', type: 'string', required: false },
      { name: 'constructor', type: 'int', required: false },
      { name: 'toString', type: 'any', required: false },
    ])
    expect(({} as { type?: string }).type).toBeUndefined()
  })

  it('reports columns and foreign keys that do not fit', async () => {
    const { issues } = await one(
      `${recordFile}columns:\n  a: { type: strin }\n  b: { required: yes }\n  c: { type: string, foreign_key: nothing }\ncolumns_order: [a, x, a]\n`,
    )
    expect(issues.map(({ code }) => code)).toEqual([
      'format/bad-value',
      'format/bad-value',
      'format/bad-value',
      'format/bad-value',
      'format/bad-value',
      'format/unresolved-foreign-key',
    ])
  })

  it('is empty for an empty or missing registry', async () => {
    expect((await read({ [registry]: '# nothing yet\n' })).collections.size).toBe(0)
    expect((await read({ '.ingitdb/settings.yaml': '' })).collections.size).toBe(0)
  })

  it('is refused with its own error for older layouts and for other repositories', async () => {
    await expect(read({ 'README.md': 'hi' })).rejects.toMatchObject({ code: 'format/not-a-database' })
    await expect(read({})).rejects.toMatchObject({ code: 'format/not-a-database' })
    await expect(read({ '.ingitdb.yaml': 'rootCollections: {}' })).rejects.toMatchObject({
      code: 'format/legacy-layout',
    })
    await expect(read({ '.ingitdb/collections/a/definition.json': '{}' })).rejects.toMatchObject({
      code: 'format/legacy-layout',
    })
  })
})
