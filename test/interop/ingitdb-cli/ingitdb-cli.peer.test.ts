import { execFile } from 'node:child_process'
import { join, relative } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { runCli } from '../../../cli/run.testing.ts'
import { open } from '../../../src/node.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { useGitHost } from '../../support/git-host.ts'
import { git, makeBareRepository, writeFiles } from '../../support/git-repositories.ts'
import { parseFindings } from './findings.ts'
import { installIngitdbCli } from './install.ts'

const cli = await installIngitdbCli()
const path = 'path' in cli ? cli.path : ''
if ('missing' in cli) process.stderr.write(`inGitDB CLI not tested: ${cli.missing}\n`)
else process.stderr.write(`inGitDB CLI ${cli.version}\n`)

const single = 'map[string]any'
const list = '[]map[string]any'
const dictionary = 'map[$record_id]map[$field_name]any'

/** Every combination that both sides read and type alike (their CSV cells are always text). */
const combinations = [
  { id: 'yaml_single', name: '{key}.yaml', format: 'yaml', type: single },
  { id: 'yml_single', name: '{key}.yml', format: 'yml', type: single },
  { id: 'yaml_list', name: 'rows.yaml', format: 'yaml', type: list },
  { id: 'yaml_dictionary', name: 'rows.yaml', format: 'yaml', type: dictionary },
  { id: 'json_single', name: '{key}.json', format: 'json', type: single },
  { id: 'json_nested', name: '{key}/{key}.json', format: 'json', type: single },
  { id: 'json_list', name: 'rows.json', format: 'json', type: list },
  { id: 'json_dictionary', name: 'rows.json', format: 'json', type: dictionary },
  { id: 'jsonl_list', name: 'rows.jsonl', format: 'jsonl', type: list },
  { id: 'ingr_list', name: 'rows.ingr', format: 'ingr', type: list },
  { id: 'ingr_dictionary', name: 'rows.ingr', format: 'ingr', type: dictionary },
  { id: 'markdown_single', name: '{key}.md', format: 'markdown', type: single },
] as const

function definition(record: { name: string; format: string; type: string }): string {
  const content = record.format === 'markdown' ? '    content_field: note\n' : ''
  return (
    `record_file:\n    name: "${record.name}"\n    format: ${record.format}\n    type: "${record.type}"\n${content}` +
    'columns:\n    name:\n        type: string\n        required: true\n        max_length: 40\n' +
    '    count:\n        type: int\n        min_value: 0\n    price:\n        type: float\n    kind:\n        type: string\n        enum: [a, b]\n' +
    '    note:\n        type: string\n    parent:\n        type: string\n        foreign_key: yaml_single\n' +
    'columns_order: [name, count, price, kind, note, parent]\n'
  )
}

function emptyDatabase(): Record<string, string> {
  const registry = combinations.map(({ id }) => `${id}: data/${id}\n`).join('')
  return {
    '.ingitdb/root-collections.yaml': registry,
    ...Object.fromEntries(
      combinations.map((each) => [`data/${each.id}/.collection/definition.yaml`, definition(each)]),
    ),
  }
}

const rows: readonly { readonly $id: string; readonly [field: string]: string | number }[] = [
  { $id: 'one', name: 'Ünïcode: "quotes" # and more', count: 1, price: 1.5, kind: 'a', note: 'a\nb' },
  { $id: 'two', name: 'no', count: 0, kind: 'b', note: '2024-01-01', parent: 'one' },
  { $id: 'three', name: '007', count: 3, price: 2, note: '<b>&</b>' },
]

describe.runIf(path !== '')('the inGitDB CLI', () => {
  const host = useGitHost()

  it.each([undefined, 'go'] as const)('validates what we write (canonical: %s)', async (canonical) => {
    const name = `written-${canonical ?? 'own'}`
    const bare = makeBareRepository(host.path, name, emptyDatabase())
    const db = await open(`${host.server.url}/${name}.git`, {
      author: { name: 'Ada', email: 'ada@example.com' },
      ...(canonical === undefined ? {} : { canonical }),
    })
    for (const { id } of combinations) {
      const collection = db.collection(id)
      await collection.insertMany(rows as readonly (RecordValue & { $id: string })[])
      await collection.update('two', { count: 7 })
      await collection.delete('three')
    }
    await db.commit({ message: 'Write every format' })
    await expect(db.push()).resolves.toMatchObject({ status: 'pushed' })
    await db.close()
    const copy = join(host.path, `${name}-copy`)
    git(host.path, 'clone', '-q', bare, copy)
    expect((await runCli(copy, ['validate'])).code).toBe(0)
    expect(await validateWithPeer(copy)).toEqual({ code: 0, findings: [] })
  })

  it('finds the same violations as we do', async () => {
    const copy = join(host.path, 'planted')
    writeFiles(copy, { ...emptyDatabase(), ...plantedErrors })
    const theirs = await validateWithPeer(copy)
    const ours = await runCli(copy, ['validate', '--format', 'json'])
    const { issues } = JSON.parse(ours.out) as { issues: readonly Issue[] }
    expect({ code: theirs.code, oursCode: ours.code }).toEqual({ code: 1, oursCode: 1 })
    const errors = issues.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ file, key, path }) => `${file} ${key} ${path?.[0] ?? ''}`).sort()).toEqual(
      theirs.findings.map(({ file, key, field }) => `${relative(copy, file)} ${key} ${field}`).sort(),
    )
  })
})

/** One violation each, in files that both sides read. */
const plantedErrors: Readonly<Record<string, string>> = {
  'data/yaml_single/$records/good.yaml': 'name: Good\ncount: 1\n',
  'data/yaml_single/$records/missing.yaml': 'count: 1\n',
  'data/yaml_single/$records/type.yaml': 'name: Type\ncount: many\n',
  'data/yaml_single/$records/range.yaml': 'name: Range\ncount: -1\n',
  'data/yaml_single/$records/enum.yaml': 'name: Enum\nkind: c\n',
  'data/yaml_single/$records/length.yaml': `name: ${'x'.repeat(41)}\n`,
  'data/yaml_single/$records/undeclared.yaml': 'name: Undeclared\nother: 1\n',
  'data/yaml_single/$records/reference.yaml': 'name: Reference\nparent: nobody\n',
  'data/json_list/rows.json':
    '[\n  {"$ID": "ok", "name": "Ok"},\n  {"$ID": "bad", "name": 5},\n  {"$ID": "ref", "name": "Ref", "parent": "good"}\n]\n',
  'data/json_dictionary/rows.json': '{\n  "ok": {"name": "Ok"},\n  "bad": {"name": "Bad", "price": "x"}\n}\n',
  'data/yaml_dictionary/rows.yaml': 'ok:\n  name: Ok\nbad:\n  name: Bad\n  kind: z\n',
  'data/jsonl_list/rows.jsonl': '{"$ID":"ok","name":"Ok"}\n{"$ID":"bad","count":1}\n',
}

function validateWithPeer(
  database: string,
): Promise<{ readonly code: number; readonly findings: ReturnType<typeof parseFindings> }> {
  return new Promise((resolve) => {
    execFile(path, ['validate', `--path=${database}`], { cwd: database }, (error, _out, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, findings: parseFindings(stderr) })
    })
  })
}
