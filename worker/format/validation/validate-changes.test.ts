import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Issue } from '../../../src/protocol/issues.ts'
import { createMemoryFileTree } from '../memory-file-tree.ts'
import { readDatabaseSchema } from '../schema/schema.ts'
import { createTreeValidationSource } from './tree-source.ts'
import { validateChanges } from './validate-changes.ts'
import { validateDatabase } from './validate-database.ts'
import type { ValidationSource } from './validation-source.ts'
import { everyFormat as plugins } from '../format-extras.ts'

type Files = { readonly [path: string]: string }

async function open(files: Files): Promise<ValidationSource> {
  const tree = createMemoryFileTree(files)
  return createTreeValidationSource(tree, await readDatabaseSchema(tree, { strict: true, plugins }), {
    plugins,
  })
}

const definition = (name: string, columns: string, type = 'map[string]any', more = ''): string =>
  `record_file: {name: "${name}", format: json, type: "${type}"}\ncolumns:\n${columns}${more}`
const key = fc.constantFrom('a', 'b', 'c', '\u00e9', 'e\u0301')
const keyColumns = fc.constantFrom(
  '  ref: {type: string, foreign_key: two}\n',
  '  ref: {type: string}\n',
  '  ref: {type: int}\n',
  '  ref: {type: "[]string", foreign_key: two}\n',
)
const bounds = fc.constantFrom('', 'min_records_count: 2\n', 'max_records_count: 1\n')
const record = fc.constantFrom(
  '{}',
  '{"ref": "a"}',
  '{\n  "ref": "b"\n}',
  '{"ref": 3}',
  '{"ref": "", "more": 1}',
  '{"ref": ["a", "c"]}',
  '{"broken"',
)
const rows = fc
  .uniqueArray(key, { maxLength: 3 })
  .map((keys) => `[\n${keys.map((id) => `  {"id": "${id}"}`).join(',\n')}\n]\n`)

/** Two collections that refer to each other's keys, a list, and a subcollection; of each some files. */
const database: fc.Arbitrary<Files> = fc
  .record({
    registry: fc.constantFrom('one: one\ntwo: two\n', 'one: one\ntwo: two\n', 'one: one\n'),
    one: fc.tuple(keyColumns, bounds),
    two: fc.constantFrom('two.json', '{key}.json', '{key}.json'),
    sub: bounds,
    ones: fc.dictionary(key, record, { maxKeys: 3 }),
    twos: fc.dictionary(key, fc.constantFrom('{"id": "a"}', '{"id": 1}', '['), { maxKeys: 3 }),
    list: rows,
    subs: fc.dictionary(key, rows, { maxKeys: 2 }),
    schema: fc.constantFrom(undefined, undefined, '{}', '{"type"'),
  })
  .map(({ registry, one, two, sub, ones, twos, list, subs, schema }) => {
    const files = new Map([
      ['.ingitdb/root-collections.yaml', registry],
      [
        'one/.collection/definition.yaml',
        definition('{key}.json', ...([one[0]] as const), 'map[string]any', one[1]),
      ],
      [
        'two/.collection/definition.yaml',
        definition(two, '  id: {type: string}\n', two === 'two.json' ? '[]map[string]any' : 'map[string]any'),
      ],
      [
        'one/.collection/subcollections/sub/definition.yaml',
        definition('rows.json', '  id: {type: string, foreign_key: two}\n', '[]map[string]any', sub),
      ],
      ['two/two.json', list],
    ])
    if (schema !== undefined) files.set('one/.collection/record.schema.json', schema)
    for (const [id, text] of Object.entries(ones)) files.set(`one/$records/${id}.json`, text)
    for (const [id, text] of Object.entries(twos)) files.set(`two/$records/${id}.json`, text)
    for (const [id, text] of Object.entries(subs)) files.set(`one/$records/${id}/sub/rows.json`, text)
    return Object.fromEntries(files)
  })
/** A database, and the same with some files as another one has them. */
const versions = fc
  .tuple(database, database, fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }))
  .map(([a, other, take]) => {
    const paths = [...new Set([...Object.keys(a), ...Object.keys(other)])].sort()
    const b = paths.flatMap((path, index) => {
      const text = (take[index % take.length] ? other : a)[path]
      return text === undefined ? [] : [[path, text] as const]
    })
    return [a, Object.fromEntries(b)] as const
  })

const asText = (issues: readonly Issue[]): ReadonlySet<string> =>
  new Set(issues.map((issue) => JSON.stringify(issue)))

it('finds all that a change breaks, and nothing that a full validation would not find', async () => {
  let broken = 0
  let spared = 0
  await fc.assert(
    fc.asyncProperty(versions, async ([a, b]) => {
      const [before, after] = [await open(a), await open(b)]
      const changed = new Set([...Object.keys(a), ...Object.keys(b)].filter((path) => a[path] !== b[path]))
      const old = asText((await validateDatabase(before)).issues)
      const full = asText((await validateDatabase(after)).issues)
      const found = asText((await validateChanges(before, after, changed)).issues)
      const added = [...full].filter((issue) => !old.has(issue))
      broken += added.length
      spared += full.size - found.size
      expect({
        missed: added.filter((issue) => !found.has(issue)),
        invented: [...found].filter((issue) => !full.has(issue)),
      }).toEqual({ missed: [], invented: [] })
    }),
    { seed: 20261124, numRuns: 150 },
  )
  // It must have had something to find, and something to leave alone.
  expect(broken).toBeGreaterThan(100)
  expect(spared).toBeGreaterThan(20)
})

it('finds the records below one that went away', async () => {
  const files: Files = {
    '.ingitdb/root-collections.yaml': 'one: one\n',
    'one/.collection/definition.yaml': definition('{key}.json', '  n: {type: int}\n'),
    'one/.collection/subcollections/sub/definition.yaml': definition('{key}.json', '  n: {type: int}\n'),
    'one/$records/a.json': '{}',
    'one/$records/b.json': '{}',
    'one/$records/a/sub/$records/x.json': '{}',
  }
  const { ['one/$records/a.json']: _, ...left } = files
  const report = await validateChanges(await open(files), await open(left), new Set(['one/$records/a.json']))
  expect(report.issues).toMatchObject([{ code: 'validation/parent-missing', key: 'a/x' }])
})

it('reads only the files that changed where no reference can have broken', async () => {
  const files: Files = {
    '.ingitdb/root-collections.yaml': 'one: one\ntwo: two\n',
    'one/.collection/definition.yaml': definition('{key}.json', '  ref: {type: string, foreign_key: two}\n'),
    'two/.collection/definition.yaml': definition('{key}.json', '  id: {type: string}\n'),
    'one/$records/a.json': '{"ref": "a"}',
    'one/$records/b.json': '{"ref": 1}',
    'two/$records/a.json': '{"id": "a"}',
  }
  const report = async (changes: { readonly [path: string]: string | undefined }) => {
    const next = Object.fromEntries(
      Object.entries({ ...files, ...changes }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    )
    const { issues, checked } = await validateChanges(
      await open(files),
      await open(next),
      new Set(Object.keys(changes)),
    )
    return { codes: issues.map(({ key: id, code }) => `${id} ${code}`), records: checked.records }
  }
  expect(await report({})).toEqual({ codes: [], records: 0 })
  expect(await report({ 'one/$records/a.json': '{"ref": "x"}' })).toEqual({
    codes: ['a validation/foreign-key'],
    records: 1,
  })
  // b was wrong before, but its reference was never right either: all references into two are looked up.
  expect(await report({ 'two/$records/a.json': undefined })).toEqual({
    codes: ['a validation/foreign-key', 'b validation/foreign-key'],
    records: 0,
  })
})
