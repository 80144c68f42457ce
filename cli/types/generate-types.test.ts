import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CollectionDefinition, Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import { git, smallDatabase, temporaryFolder } from '../../test/support/git-repositories.ts'
import { tsc } from '../../test/support/tsc.ts'
import { createMemoryFileTree } from '../../worker/format/memory-file-tree.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { createFolderTree } from '../source/folder-tree.ts'
import { generateTypes } from './generate-types.ts'
import { nodePlugins as plugins } from '../source/node-plugins.ts'

const root = resolve(import.meta.dirname, '..', '..')
const bundle = join(process.env['ESPALIER_SHARED'] ?? join(root, '..', 'shared'), 'data/demo-ingitdb.bundle')

test('a small database gives its rows, its inserts and its keys', async () => {
  const text = generateTypes(await readDatabaseSchema(createMemoryFileTree(smallDatabase), { plugins }))
  expect(text).toContain(
    "readonly 'geo.countries': CollectionTypes<GeoCountries, GeoCountriesInsert, Ref<'geo.countries'>>",
  )
  expect(text).toContain('  readonly name: string\n')
  expect(text).toContain('  readonly population?: number | null\n')
  expect(text).toContain('  readonly names?: Localized | null\n')
  expect(text).toContain("import type { CollectionTypes, Ref } from 'espalier'\n")
})

test('the same definitions give the same text, and no definitions give an empty schema', async () => {
  const read = async (): Promise<string> =>
    generateTypes(await readDatabaseSchema(createMemoryFileTree(smallDatabase), { plugins }))
  expect(await read()).toBe(await read())
  const empty = { '.ingitdb/root-collections.yaml': '{}\n' }
  const text = generateTypes(await readDatabaseSchema(createMemoryFileTree(empty), { plugins }))
  expect(text).toContain('export interface Schema {\n}\n')
  expect(text).not.toContain('import')
})

test('columns become the narrowest types that their rules allow', () => {
  const text = generateTypes(
    schemaOf([
      collection('a', [
        column('kind', 'string', { required: true, enum: ['x', 'y', 'x'] }),
        column('level', 'int', { enum: [1, 2, 'three'] }),
        column('never', 'int', { enum: ['only', 'texts'] }),
        column('mixed', 'any', { enum: ['x', 1, true, null] }),
        column('nested', 'any', { enum: [{ a: 1 }] }),
        column('owner', 'string', { foreignKey: 'b', references: 'm.b', required: true }),
        column('lost', 'string', { foreignKey: 'nowhere' }),
        column('sizes', 'map[string]int'),
        column('odd', 'map[string]whatever'),
        column('days', '[]date'),
        column('sum', 'float', { formula: 'level * 2', required: true }),
        column('$ID', 'string', { required: true }),
      ]),
    ]),
  )
  for (const line of [
    "readonly kind: 'x' | 'y'",
    'readonly level?: 1 | 2 | null',
    'readonly never?: number | null',
    "readonly mixed?: 'x' | 1 | true | null",
    'readonly nested?: Json | null',
    "readonly owner: Ref<'m.b'>",
    'readonly lost?: string | null',
    'readonly sizes?: { readonly [key: string]: number } | null',
    'readonly odd?: { readonly [key: string]: Json } | null',
    'readonly days?: readonly string[] | null',
    'readonly sum: number',
  ])
    expect(text).toContain(`  ${line}\n`)
  expect(text).not.toContain('$ID')
  expect(text.split('readonly sum')).toHaveLength(2)
})

test('collections whose names fall together keep types of their own', () => {
  const ids = ['a.b', 'a_b', 'a/b', 'schema', 'ref', 'a.b.insert', '1st', '...', '文']
  const text = generateTypes(schemaOf(ids.map((id) => collection(id, [column('x', 'string')]))))
  const names = [...text.matchAll(/export (?:interface|type) (\S+)/g)].map(([, name]) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toHaveLength(1 + 2 * ids.length)
})

test.skipIf(!existsSync(bundle))(
  'the types of the demo database compile under strict options, and refuse what its definitions refuse',
  async () => {
    const { path, remove } = temporaryFolder()
    try {
      git(path, 'clone', '-q', '-b', 'main', bundle, 'demo')
      const schema = await readDatabaseSchema(await createFolderTree(join(path, 'demo')), { plugins })
      const errors = compile(path, generateTypes(schema), [
        "const orders = db.collection('commerce.orders')",
        "const order = await orders.get('ord001')",
        "if (order) await db.collection('commerce.customers').get(order.customer_id)",
        '// @ts-expect-error -- a customer is no currency',
        "if (order) await db.collection('commerce.currencies').get(order.customer_id)",
        "const details = await db.collection('commerce.orders/order_details').all()",
        'for (const detail of details) await orders.get(detail.$parent)',
        '// @ts-expect-error -- an amount is a number',
        "await db.collection('commerce.orders/order_details').update('ord001/od', { quantity: 'two' })",
        "await db.collection('todo.tasks').insert({ $id: 'a', title: 'Try', status: 'new' })",
        '// @ts-expect-error -- the title is required',
        "await db.collection('todo.tasks').insert({ $id: 'a', status: 'new' })",
      ])
      expect(errors).toBe('')
    } finally {
      remove()
    }
  },
)

test('the compiler of these tests sees mistakes', () => {
  const { path, remove } = temporaryFolder()
  try {
    const text = generateTypes(schemaOf([collection('a', [column('x', 'string')])]))
    const errors = compile(path, `${text}export const wrong: string = 3\n`, [
      "db.collection('b')",
      '// @ts-expect-error -- nothing is wrong here',
      "db.collection('a')",
    ])
    expect(errors).toMatch(/schema\.ts\(.*TS2322/)
    expect(errors).toMatch(/program\.ts\(.*TS2345/)
    expect(errors).toMatch(/program\.ts\(.*TS2578/)
  } finally {
    remove()
  }
})

test('hostile names, titles and values compile, and mean what they say', () => {
  const nasty = [
    '__proto__',
    'constructor',
    "it's",
    '"quoted"',
    '*/ export const broken = 1 /*',
    'line\nbreak',
    'back\\slash',
    '${template}',
    '`tick`',
    '\u2028separator',
    '\u202Eright to left',
    '\uD800half',
    '\0nul',
    'new',
    '0',
    '',
    ' ',
    '@deprecated',
    '😀',
  ]
  const seed = 20261124
  const random = fc.sample(fc.string({ unit: 'binary', maxLength: 12 }), { numRuns: 40, seed })
  const texts = [...new Set([...nasty, ...random])]
  const schema = schemaOf([
    collection(
      'all',
      texts.map((text) => column(text, 'string', { title: text, enum: [text, 'other'], valueTitle: text })),
    ),
    ...texts.map((text) =>
      collection(text, [column('x', 'string', { formula: text, requiredWhen: text })], text),
    ),
  ])
  const text = generateTypes(schema)
  // oxlint-disable-next-line no-control-regex -- the point of the test
  expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028-\u202E]/)
  expect(text).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/)
  const { path, remove } = temporaryFolder()
  try {
    // JSON's own escapes are the oracle of ours.
    const names = JSON.stringify(texts).replaceAll(/[\u007F-\uFFFF]/g, escaped)
    const errors = compile(path, text, [
      `type Names = typeof names[number]`,
      `const names = ${names} as const`,
      `type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false`,
      `export const ids: Same<keyof Schema, Names | 'all'> = true`,
      `export const fields: Same<keyof FieldsOf<Schema, 'all'>, Names> = true`,
      `declare const row: { readonly [Name in Names]?: Name | 'other' | null }`,
      `const same: FieldsOf<Schema, 'all'> = row`,
      `const again: { readonly [Name in Names]?: Name | 'other' | null } = same`,
      'void again',
    ])
    expect(errors).toBe('')
  } finally {
    remove()
  }
})

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Compiles the module and a program that uses it as an app with every strict option would; answers the errors. */
function compile(folder: string, types: string, program: readonly string[]): string {
  mkdirSync(join(folder, 'app'), { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(join(folder, 'app', name), text)
  write('schema.ts', types)
  write('schema-declared.d.ts', types)
  write(
    'program.ts',
    [
      "import type { Database, FieldsOf } from 'espalier'",
      "import type { Schema } from './schema.ts'",
      "import type { Schema as Declared } from './schema-declared.js'",
      'declare const db: Database<Schema>',
      "export type Used = [Declared, FieldsOf<Schema, 'x'>]",
      'void db',
      ...program,
    ].join('\n'),
  )
  write(
    'tsconfig.json',
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        skipLibCheck: false,
        isolatedDeclarations: false,
        noPropertyAccessFromIndexSignature: true,
        typeRoots: [join(root, 'node_modules/@types')],
        paths: {
          espalier: [join(root, 'src/index.ts')],
          '@standard-schema/spec': [join(root, 'node_modules/@standard-schema/spec')],
          comlink: [join(root, 'node_modules/comlink')],
        },
      },
      include: ['.'],
    }),
  )
  try {
    execFileSync(process.execPath, [tsc, '--noEmit', '--project', join(folder, 'app')], { encoding: 'utf8' })
    return ''
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string } // what execFileSync adds to its error
    // The project's own sources are built under its own options, not under these.
    const lines = stdout
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^(?:\.\.\/)*(?:\S*\/)?src\/\S+\(/.test(line))
    return lines.join('\n')
  }
}

function schemaOf(collections: readonly CollectionDefinition[]): DatabaseSchema {
  return {
    settings: { languages: [{ code: 'en', required: true }] },
    collections: new Map(collections.map((each) => [each.id, each])),
    issues: [],
  }
}

function collection(id: string, columns: readonly Column[], title?: string): CollectionDefinition {
  return {
    id,
    titles: title === undefined ? {} : { en: title },
    dataDir: id,
    recordsDir: id,
    columns,
    columnsOrder: [],
    primaryKey: [],
    recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
    readable: { ok: true },
    definitionPath: 'definition.yaml',
  }
}

function column(name: string, type: string, rules: Partial<Column> = {}): Column {
  return { name, type, required: false, ...rules }
}
