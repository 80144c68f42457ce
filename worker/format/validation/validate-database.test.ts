import { describe, expect, it } from 'vitest'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { ValidateOptions, ValidationReport } from '../../../src/protocol/validation.ts'
import type { Json } from '../../../src/protocol/records.ts'
import { everyFormat } from '../format-extras.ts'
import { createMemoryFileTree } from '../memory-file-tree.ts'
import type { FormatPlugins } from '../plugins.ts'
import { readDatabaseSchema } from '../schema/schema.ts'
import { createTreeValidationSource } from './tree-source.ts'
import { validateDatabase } from './validate-database.ts'

type Files = { readonly [path: string]: string }

const currencies: Files = {
  'currencies/.collection/definition.yaml': `record_file:
  name: currencies.json
  format: json
  type: map[$record_id]map[$field_name]any
columns:
  name: {type: string, required: true}
min_records_count: 2
`,
  'currencies/currencies.json': '{\n  "eur": {"name": "Euro"},\n  "usd": {"name": "Dollar"}\n}\n',
}
const countries: Files = {
  'countries/.collection/definition.yaml': `record_file:
  name: "{key}.yaml"
  format: yaml
  type: map[string]any
columns:
  name: {type: string, required: true}
  currency: {type: string, foreign_key: currencies}
  neighbours: {type: "[]string", foreign_key: countries}
  population: {type: int, min_value: 1}
columns_order: [name]
`,
  'countries/$records/ie.yaml': 'name: Ireland\ncurrency: eur\nneighbours: [gb]\npopulation: 5300000\n',
  'countries/$records/gb.yaml': 'name: Britain\ncurrency: ""\nneighbours:\n  - ie\n',
}
const cities: Files = {
  'countries/.collection/subcollections/cities/definition.yaml': `record_file:
  name: cities.csv
  format: csv
  type: "[]map[string]any"
columns:
  id: {type: string}
  people: {type: int, max_value: 100}
  twin: {type: string, foreign_key: countries}
columns_order: [id, people, twin]
min_records_count: 1
max_records_count: 2
`,
  'countries/$records/ie/cities/cities.csv': 'id,people,twin\ndub,99,gb\n',
  'countries/$records/gb/cities/cities.csv': 'id,people,twin\nlon,9,\n',
}
const root = (...ids: readonly string[]): Files => ({
  '.ingitdb/root-collections.yaml': ids.map((id) => `${id}: ${id}\n`).join(''),
})
const good: Files = { ...root('currencies', 'countries'), ...currencies, ...countries }

async function validate(
  files: Files,
  options: ValidateOptions & { readonly plugins?: FormatPlugins } = {},
): Promise<ValidationReport> {
  const tree = createMemoryFileTree(files)
  const { plugins: more, ...wanted } = options
  const plugins = { ...everyFormat, ...more }
  const schema = await readDatabaseSchema(tree, { strict: true, plugins })
  return validateDatabase(createTreeValidationSource(tree, schema, { plugins }), wanted)
}
/** Issues without their messages. */
const brief = ({ issues }: ValidationReport): readonly object[] =>
  issues.map((issue) => {
    const { message, severity, ...rest } = issue
    expect([message.length > 10, severity]).toEqual([true, expect.stringMatching(/error|warning/)])
    return rest
  })
const places = ({ issues }: ValidationReport): readonly string[] =>
  issues.map(({ code, file, line, column }: Issue) => `${code} ${file}:${line}:${column}`)

describe('the validation of a database', () => {
  it('finds nothing wrong with a database that keeps its rules', async () => {
    expect(await validate(good)).toEqual({ valid: true, issues: [], checked: { collections: 2, records: 4 } })
  })

  it('names each planted fault with record, path, file, line and column', async () => {
    const report = await validate({
      ...good,
      'countries/$records/ie.yaml':
        '# Ireland\nname: Ireland\ncurrency: irp\nneighbours:\n  - gb\n  - xx\npopulation: 0\ncapital: Dublin\n',
      'countries/$records/fr.yaml': 'currency: 7\n',
      'currencies/currencies.json': '{\n  "eur": {"name": 1},\n  "usd": {\n    "name": null\n  }\n}\n',
    })
    expect(report.valid).toBe(false)
    expect(brief(report)).toEqual([
      {
        code: 'validation/type',
        file: 'currencies/currencies.json',
        line: 2,
        column: expect.any(Number) as number,
        collection: 'currencies',
        key: 'eur',
        path: ['name'],
        expected: 'string',
        actual: 1,
      },
      {
        code: 'validation/required',
        file: 'currencies/currencies.json',
        line: 4,
        column: expect.any(Number) as number,
        collection: 'currencies',
        key: 'usd',
        path: ['name'],
      },
      {
        code: 'validation/required',
        file: 'countries/$records/fr.yaml',
        line: 1,
        column: 1,
        collection: 'countries',
        key: 'fr',
        path: ['name'],
      },
      {
        code: 'validation/type',
        file: 'countries/$records/fr.yaml',
        line: 1,
        column: 11,
        collection: 'countries',
        key: 'fr',
        path: ['currency'],
        expected: 'string',
        actual: 7,
      },
      {
        code: 'validation/foreign-key',
        file: 'countries/$records/fr.yaml',
        line: 1,
        column: 11,
        collection: 'countries',
        key: 'fr',
        path: ['currency'],
        expected: 'currencies',
        actual: 7,
      },
      {
        code: 'validation/undeclared-field',
        file: 'countries/$records/ie.yaml',
        line: 8,
        column: 10,
        collection: 'countries',
        key: 'ie',
        path: ['capital'],
      },
      {
        code: 'validation/min-value',
        file: 'countries/$records/ie.yaml',
        line: 7,
        column: 13,
        collection: 'countries',
        key: 'ie',
        path: ['population'],
        expected: 1,
        actual: 0,
      },
      {
        code: 'validation/foreign-key',
        file: 'countries/$records/ie.yaml',
        line: 3,
        column: 11,
        collection: 'countries',
        key: 'ie',
        path: ['currency'],
        expected: 'currencies',
        actual: 'irp',
      },
      {
        code: 'validation/foreign-key',
        file: 'countries/$records/ie.yaml',
        line: 6,
        column: expect.any(Number) as number,
        collection: 'countries',
        key: 'ie',
        path: ['neighbours', 1],
        expected: 'countries',
        actual: 'xx',
      },
    ])
  })

  it('counts the records of a collection, and those of each parent, one without any too', async () => {
    const report = await validate({
      ...good,
      ...cities,
      'currencies/currencies.json': '{"eur": {"name": "Euro"}}',
      'countries/$records/fr.yaml': 'name: France\n',
      'countries/$records/gb/cities/cities.csv': 'id,people,twin\nlon,9,\nman,1,xx\nliv,101,ie\n',
    })
    expect(report.issues.map(({ message }) => message)).toEqual([
      'Collection "currencies" holds 1 record, fewer than the declared min_records_count of 2.',
      'Collection "countries/cities" of "fr" holds 0 records, fewer than the declared min_records_count of 1.',
      'Collection "countries/cities" of "gb" holds 3 records, more than the declared max_records_count of 2.',
      'Value 101 of "people" is above max_value 100.',
      'Foreign key "twin" = "xx" has no matching record in collection "countries".',
    ])
    expect(report.issues.slice(3)).toMatchObject([
      { key: 'gb/liv', collection: 'countries/cities', line: 4 },
      { key: 'gb/man', line: 3 },
    ])
    expect(report.checked).toEqual({ collections: 3, records: 8 })
  })

  it('finds records below a parent that is not there, but not below one whose file cannot be read', async () => {
    const below = 'id,people,twin\nlon,9,\n'
    const report = await validate({
      ...good,
      ...cities,
      'countries/$records/xx/cities/cities.csv': below,
      'countries/$records/de.yaml': 'name: "Germany\n',
      'countries/$records/de/cities/cities.csv': below,
    })
    expect(report.issues.filter(({ code }) => code === 'validation/parent-missing')).toMatchObject([
      {
        severity: 'error',
        collection: 'countries/cities',
        key: 'xx/lon',
        file: 'countries/$records/xx/cities/cities.csv',
        expected: 'countries',
        actual: 'xx',
      },
    ])
  })

  it('goes on past files and rows that cannot be read, and says where they break', async () => {
    const report = await validate({
      ...good,
      'countries/$records/fr.yaml': 'name: "France\n',
      'countries/$records/de.yaml': 'name: 5\n',
      'currencies/currencies.json':
        '{\n  "eur": {"name": "Euro"},\n  "usd": {"name": "Dollar"},\n  "eur": {"name": "again"}\n}\n',
    })
    expect(places(report)).toEqual([
      'format/duplicate-key currencies/currencies.json:4:3',
      'validation/type countries/$records/de.yaml:1:7',
      expect.stringMatching(/^format\/bad-record countries\/\$records\/fr.yaml:[12]:\d+$/) as string,
    ])
    expect(report.issues.at(-1)).toMatchObject({ collection: 'countries', key: 'fr' })
  })

  it('lets references name records whose file cannot be read', async () => {
    const report = await validate({ ...good, 'countries/$records/gb.yaml': ': [' })
    expect(report.issues.map(({ code }) => code)).toEqual(['format/bad-record'])
  })

  it('counts the first of two files with one key', async () => {
    const [composed, taken] = ['countries/$records/\u00e9.yaml', 'countries/$records/e\u0301.yaml']
    const report = await validate({ ...good, [composed]: 'name: a\n', [taken]: 'name: 1\n' })
    expect(brief(report)).toMatchObject([
      { code: 'format/duplicate-key', file: composed, key: '\u00e9' },
      { code: 'validation/type', file: taken, key: '\u00e9' },
    ])
  })

  it('warns of numbers that JavaScript cannot hold', async () => {
    const report = await validate({
      ...good,
      'countries/$records/ie.yaml': 'name: Ireland\npopulation: 9007199254740993\n',
    })
    expect(report.valid).toBe(true)
    expect(brief(report)).toMatchObject([
      {
        code: 'validation/unsafe-number',
        file: 'countries/$records/ie.yaml',
        line: 2,
        collection: 'countries',
        key: 'ie',
        path: ['population'],
      },
    ])
  })

  it('looks only at what is asked for, and still looks up references elsewhere', async () => {
    const files = {
      ...good,
      'currencies/currencies.json': '{"eur": {}}',
      'countries/$records/gb.yaml': 'currency: usd\n',
    }
    const codes = async (options: ValidateOptions): Promise<readonly string[]> =>
      (await validate(files, options)).issues.map(({ code }) => code)
    expect(await codes({ collections: ['countries'] })).toEqual([
      'validation/required',
      'validation/foreign-key',
    ])
    expect(await codes({ only: 'definitions' })).toEqual([])
    const broken = { ...files, 'countries/.collection/definition.yaml': 'columns: {}\n' }
    const report = await validate(broken, { only: 'definitions' })
    expect(new Set(report.issues.map(({ file }) => file))).toEqual(
      new Set(['countries/.collection/definition.yaml']),
    )
    await expect(validate(files, { collections: ['nowhere'] })).rejects.toMatchObject({
      code: 'record/collection-missing',
    })
  })

  it('reports what is wrong with definitions as errors, unknown keys too', async () => {
    const report = await validate({ ...good, '.ingitdb/settings.yaml': 'color: blue\n' })
    expect(report.issues).toMatchObject([
      { code: 'format/unknown-key', severity: 'error', file: '.ingitdb/settings.yaml', line: 1 },
    ])
    expect(report.valid).toBe(false)
  })

  it('says which collections it could not look at', async () => {
    const definition = 'countries/.collection/definition.yaml'
    const tree = createMemoryFileTree({
      ...good,
      [definition]: countries[definition]!.replace('record_file:', 'record_file:\n  records_dir: other'),
    })
    const plugins = everyFormat
    // Read leniently: strict reading has an error for it already.
    const schema = await readDatabaseSchema(tree, { plugins })
    const report = await validateDatabase(createTreeValidationSource(tree, schema, { plugins }))
    expect(report.issues).toMatchObject([
      { code: 'format/other-generation', severity: 'warning', collection: 'countries' },
      {
        code: 'format/bad-definition',
        severity: 'warning',
        collection: 'countries',
        message: expect.stringContaining('"records_dir" belongs to a newer format') as string,
      },
    ])
    expect(report.valid).toBe(true)
  })
})

describe('a JSON Schema that is attached to a collection', () => {
  const attached: Files = { ...good, 'countries/.collection/record.schema.json': '{"maxProperties": 3}' }
  const jsonSchema = {
    compile: (schema: Json) => {
      if (JSON.stringify(schema) !== '{"maxProperties":3}') throw new Error('not this one')
      return (value: Json) =>
        Object.keys(value as object).length > 3
          ? [{ path: ['population'], message: 'Too much.', keyword: 'maxProperties', expected: 3 }]
          : []
    },
  }

  it('is run by the plug-in', async () => {
    const report = await validate(attached, { plugins: { jsonSchema } })
    expect(report.issues).toEqual([
      {
        code: 'validation/schema',
        severity: 'error',
        message: 'Too much.',
        file: 'countries/$records/ie.yaml',
        line: 4,
        column: 13,
        collection: 'countries',
        key: 'ie',
        path: ['population'],
        expected: 3,
      },
    ])
  })

  it('is a warning where the plug-in is missing', async () => {
    const report = await validate(attached)
    expect(report.issues).toMatchObject([
      {
        code: 'validation/schema',
        severity: 'warning',
        file: 'countries/.collection/record.schema.json',
        message: expect.stringContaining('espalier/ajv') as string,
      },
    ])
  })

  it('is an issue of its own file when it is wrong', async () => {
    const report = await validate(
      { ...attached, 'countries/.collection/record.schema.json': '{}' },
      { plugins: { jsonSchema } },
    )
    expect(report.issues).toMatchObject([
      {
        code: 'validation/schema',
        severity: 'error',
        message: expect.stringContaining('not this one') as string,
      },
    ])
    const syntax = await validate(
      { ...attached, 'countries/.collection/record.schema.json': '{\n' },
      { plugins: { jsonSchema } },
    )
    expect(syntax.issues).toMatchObject([{ code: 'validation/schema', severity: 'error', line: 2 }])
  })
})
