import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MergeConflict } from '../src/protocol/merge-calls.ts'
import { git, smallDatabase, temporaryFolder, writeFiles } from '../test/support/git-repositories.ts'
import { runCli } from './run.testing.ts'

const definition = (name: string, format: string, type: string): string =>
  `record_file:\n  name: "${name}"\n  format: ${format}\n  type: "${type}"\ncolumns:\n  id:\n    type: string\n  a:\n    type: int\n  b:\n    type: string\ncolumns_order: [id, a, b]\nprimary_key: [id]\n`
const keys = ['k1', 'k2', 'k3', 'k4', 'k5']
/** Files in which records stand on lines of their own, by format. */
const formats: Readonly<Record<string, (records: readonly (readonly [string, Cells])[]) => string>> = {
  'rows/rows.csv': (records) =>
    ['id,a,b', ...records.map(([key, { a, b }]) => `${key},${a},${b}`), ''].join('\n'),
  'lines/lines.jsonl': (records) =>
    records.map(([key, cells]) => `${JSON.stringify({ id: key, ...cells })}\n`).join(''),
  'list/list.json': (records) =>
    `${JSON.stringify(
      records.map(([key, cells]) => ({ id: key, ...cells })),
      null,
      2,
    )}\n`,
  'book/book.yaml': (records) =>
    records.map(([key, { a, b }]) => `${key}:\n  a: ${a}\n  b: ${b}\n`).join('') || '{}\n',
}
const database: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'rows: rows\nlines: lines\nlist: list\nbook: book\nunits: units\n',
  'rows/.collection/definition.yaml': definition('rows.csv', 'csv', '[]map[string]any'),
  'lines/.collection/definition.yaml': definition('lines.jsonl', 'jsonl', '[]map[string]any'),
  'list/.collection/definition.yaml': definition('list.json', 'json', '[]map[string]any'),
  'book/.collection/definition.yaml': definition('book.yaml', 'yaml', 'map[string]map[string]any'),
  'units/.collection/definition.yaml': smallDatabase['units/.collection/definition.yaml'] ?? '',
}

interface Cells {
  readonly a: number
  readonly b: string
}
/** The records of one side: null for one that is not there. */
type Side = Readonly<Record<string, Cells | null>>

const cells = fc.record({ a: fc.integer({ min: 0, max: 2 }), b: fc.constantFrom('x', 'y', 'z') })
const side = fc.record(
  Object.fromEntries(keys.map((key) => [key, fc.option(cells, { nil: null, freq: 6 })])),
) as fc.Arbitrary<Side>

function write(path: string, records: Side): void {
  const present = Object.entries(records).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  for (const [file, format] of Object.entries(formats)) writeFiles(path, { [file]: format(present) })
  for (const [key, value] of Object.entries(records)) {
    const file = `units/$records/${key}.yaml`
    if (value) writeFiles(path, { [file]: `symbol: ${value.b}\nfactor: ${value.a}.5\n` })
    else rmSync(join(path, file), { force: true })
  }
}

const cases = process.env['ESPALIER_LONG'] ? 300 : 2

test('what is decided at conflicts is what would have been chosen before the merge', async () => {
  const folder = temporaryFolder()
  let count = 0
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      side,
      fc.constantFrom('ours', 'theirs'),
      async (base, ours, theirs, take) => {
        const path = join(folder.path, `case-${++count}`)
        mkdirSync(path)
        git(path, 'init', '-q', '-b', 'main')
        writeFileSync(join(path, '.git/config'), '[user]\n\tname = Ada\n\temail = ada@example.com\n', {
          flag: 'a',
        })
        writeFiles(path, database)
        const commit = (records: Side): void => {
          write(path, records)
          git(path, 'add', '-A')
          git(path, 'commit', '-q', '--allow-empty', '-m', 'Edit')
        }
        commit(base)
        git(path, 'switch', '-q', '-c', 'draft')
        commit(theirs)
        git(path, 'switch', '-q', 'main')
        commit(ours)
        git(path, 'commit', '-q', '--allow-empty', '-m', 'No fast-forward')
        const start = git(path, 'rev-parse', 'HEAD').trim()

        const chosen = await runCli(path, ['merge', 'draft', '--take', take])
        expect(chosen).toMatchObject({ code: 0, err: '' })
        const wanted = git(path, 'rev-parse', 'HEAD').trim()
        git(path, 'reset', '-q', '--hard', start)

        const merged = JSON.parse((await runCli(path, ['merge', 'draft', '--json'])).out) as Conflicts
        if (merged.conflicts.length > 0) {
          const listed = JSON.parse((await runCli(path, ['conflicts', '--json'])).out) as Conflicts
          expect(listed.conflicts.map(comparable).sort()).toEqual(
            merged.conflicts
              .filter(({ blocking }) => blocking)
              .map(comparable)
              .sort(),
          )
          // Some one by one, as people do it, and the others at once.
          for (const { collection, key, path: field } of listed.conflicts.slice(0, 3)) {
            const argv = [
              'conflicts',
              'resolve',
              `${collection}/${key}`,
              ...(field.length > 0 ? [field.join('.')] : []),
            ]
            expect(await runCli(path, [...argv, '--take', take])).toMatchObject({ code: 0, err: '' })
          }
          expect(await runCli(path, ['conflicts', 'resolve', '--take', take])).toMatchObject({
            code: 0,
            err: '',
          })
          git(path, 'commit', '-q', '--no-edit')
        }
        expect(git(path, 'status', '--porcelain')).toBe('')
        // Rows may stand in another order.
        const { out } = await runCli(path, ['diff', wanted, 'HEAD'])
        expect(out).toBe('0 added, 0 removed, 0 modified\n')
        rmSync(path, { recursive: true })
      },
    ),
    { numRuns: cases },
  )
  expect(existsSync(join(folder.path, `case-${count}`))).toBe(false)
  folder.remove()
}, 600_000)

interface Conflicts {
  readonly conflicts: readonly MergeConflict[]
}

function comparable({ collection, key, path, kind, base, ours, theirs, file }: MergeConflict): string {
  return JSON.stringify([collection, key, path, kind, base, ours, theirs, file])
}
