import { expect, test } from 'vitest'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { ValidateOptions, ValidationReport } from '../../../../src/protocol/validation.ts'
import type { FileTree } from '../../../format/file-tree.ts'
import { everyFormat } from '../../../format/format-extras.ts'
import { readDatabaseSchema } from '../../../format/schema/schema.ts'
import { createMemoryFileTree } from '../../../format/memory-file-tree.ts'
import { withStrategyIssues } from './strategy-issues.ts'

const database: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'units: units\nnotes: notes\n',
  'units/.collection/definition.yaml':
    'record_file: {name: "{key}.yaml", format: yaml, type: "map[string]any"}\ncolumns:\n  symbol: {type: string}\n  address: {type: any}\n',
  'notes/.collection/definition.yaml':
    'record_file: {name: "{key}.yaml", format: yaml, type: "map[string]any"}\n',
}

async function issuesOf(text: string | undefined, options: ValidateOptions = {}): Promise<ValidationReport> {
  const tree: FileTree = createMemoryFileTree({
    ...database,
    ...(text !== undefined && { '.ingitdb/espalier.yaml': text }),
  })
  const report = { valid: true, issues: [], checked: { collections: 2, records: 0 } }
  return withStrategyIssues(report, options, tree, await readDatabaseSchema(tree, { plugins: everyFormat }))
}

function told({ issues }: ValidationReport): readonly unknown[] {
  return issues.map(({ severity, file, line, column, code }: Issue) => [severity, code, file, line, column])
}

test('what is no strategy is an error where it stands', async () => {
  const file = '.ingitdb/espalier.yaml'
  for (const [text, line, column] of [
    ['merge:\n  strategies:\n    units:\n      symbol: sum\n', 4, 7],
    ['merge:\n  strategies:\n    units: set\n', 3, 5],
    ['merge:\n  strategies: [units]\n', 2, 3],
    ['merge: units\n', 1, 1],
    ['merge: {}\nmerge: {}\n', 2, 1],
    ['merge: [\n', 2, 1],
    ['- merge\n', 1, 1],
  ] as const) {
    const report = await issuesOf(text)
    expect(told(report), text).toEqual([['error', 'format/bad-definition', file, line, column]])
    expect(report.valid).toBe(false)
  }
})

test('what names nothing that is there is a warning where it stands', async () => {
  const report = await issuesOf(
    'merges: {}\nmerge:\n  strategy: {}\n  strategies:\n    nowhere: { a: set }\n    units:\n      symbl: set\n      address.city: text\n      $id: max\n      symbol: newest:at\n    notes: { anything: set }\n',
  )
  expect(report.valid).toBe(true)
  expect(report.issues.map(({ severity, code }) => [severity, code])).toEqual(
    Array.from({ length: 5 }, () => ['warning', 'format/unknown-key']),
  )
  expect(report.issues.map(({ line, column, collection }) => [line, column, collection])).toEqual([
    [1, 1, undefined],
    [3, 3, undefined],
    [5, 5, undefined],
    [7, 7, 'units'],
    [10, 7, 'units'],
  ])
  expect(report.issues.map(({ message }) => message)).toEqual([
    '"merges" is not known here: it is passed over.',
    '"merge.strategy" is not known here: it is passed over.',
    'There is no collection "nowhere": its merge strategies mean nothing.',
    'A merge strategy names "symbl", which is no field of units: symbol, address.',
    'A merge strategy names "at", which is no field of units: symbol, address.',
  ])
})

test('only what is asked for is told; a file that is fine, empty or not there says nothing', async () => {
  const slip = 'merge:\n  strategies:\n    units: { symbl: set }\n'
  expect((await issuesOf(slip, { only: 'records' })).issues).toEqual([])
  expect((await issuesOf(slip, { only: 'definitions' })).issues).toHaveLength(1)
  expect((await issuesOf(slip, { collections: ['notes'] })).issues).toEqual([])
  expect((await issuesOf(slip, { collections: ['units'] })).issues).toHaveLength(1)
  for (const text of [undefined, '', 'merge:\n', 'merge:\n  strategies:\n    units: { symbol: set }\n'])
    expect((await issuesOf(text)).issues, text).toEqual([])
})
