import { describe, expect, test } from 'vitest'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { conflictPathId } from './conflict-path.ts'
import { schemaFileRules } from './merge-definition.ts'
import { type MergedRecord, mergeRecord } from './merge-record.ts'
import { resolveRecord } from './resolve-record.ts'

const rules = schemaFileRules('countries/.collection/definition.yaml')

type Side = RecordValue | undefined

function merge(base: Side, ours: Side, theirs: Side): MergedRecord {
  return mergeRecord({ base, ours, theirs }, rules)
}

const withColumns = (columns: { readonly [name: string]: Json }, rest: RecordValue = {}): RecordValue => ({
  ...rest,
  columns: { id: { type: 'string' }, ...columns },
})

/** The paths of conflicts that all are of the kind `schema`. */
function schemaConflicts({ conflicts }: MergedRecord): readonly string[] {
  expect(conflicts.every(({ kind, blocking }) => kind === 'schema' && blocking)).toBe(true)
  return conflicts.map(({ path }) => path.join('.'))
}

describe('a definition', () => {
  const plain = withColumns({})
  const more = withColumns({ a: { type: 'int' } })
  const other = withColumns({ a: { type: 'string' } })

  test('that both added alike or deleted is fine', () => {
    expect(merge(undefined, more, more)).toEqual({ value: more, conflicts: [] })
    expect(merge(plain, undefined, undefined)).toEqual({ value: undefined, conflicts: [] })
  })

  test('that both added with different columns conflicts', () => {
    expect(schemaConflicts(merge(undefined, more, other))).toEqual(['columns.a'])
  })

  test('that one deleted and the other changed conflicts', () => {
    expect(schemaConflicts(merge(plain, undefined, more))).toEqual([''])
    expect(schemaConflicts(merge(plain, more, undefined))).toEqual([''])
  })

  test('keeps keys that nobody knows, and what both sides added', () => {
    const { value, conflicts } = merge(
      { columns: {}, 'x-tool': { a: 1 } },
      { columns: {}, 'x-tool': { a: 1, b: 2 }, titles: { en: 'Countries' } },
      { columns: {}, 'x-tool': { a: 1, c: [3] }, titles: { fr: 'Pays' } },
    )
    expect(conflicts).toEqual([])
    expect(value).toEqual({
      columns: {},
      'x-tool': { a: 1, b: 2, c: [3] },
      titles: { en: 'Countries', fr: 'Pays' },
    })
  })

  test('has one record file: two changes of it do not go together', () => {
    const file = (name: string, format: string): RecordValue => ({ record_file: { name, format } })
    expect(
      schemaConflicts(
        merge(file('{key}.yaml', 'yaml'), file('{key}.json', 'json'), file('$records/{key}.yaml', 'yaml')),
      ),
    ).toEqual(['record_file'])
  })

  test('has a primary key whose parts are not merged', () => {
    const key = (...names: string[]): RecordValue => ({ primary_key: names })
    expect(schemaConflicts(merge(key('a'), key('a', 'b'), key('a', 'c')))).toEqual(['primary_key'])
  })
})

describe('a column', () => {
  const a = (column: { readonly [name: string]: Json }): RecordValue => withColumns({ a: column })
  const int = { type: 'int' }

  test.each<[string, RecordValue, RecordValue, RecordValue, RecordValue]>([
    ['deleted by both', a(int), withColumns({}), withColumns({}), withColumns({})],
    ['added by both alike', withColumns({}), a(int), a(int), a(int)],
    [
      'added by each another',
      withColumns({}),
      a(int),
      withColumns({ b: int }),
      withColumns({ a: int, b: int }),
    ],
    ['changed by both alike', a(int), a({ type: 'float' }), a({ type: 'float' }), a({ type: 'float' })],
    [
      'changed in other constraints',
      a(int),
      a({ ...int, min_value: 1 }),
      a({ ...int, max_value: 9 }),
      a({ ...int, min_value: 1, max_value: 9 }),
    ],
    [
      'changed in type and title',
      a(int),
      a({ type: 'float' }),
      a({ ...int, title: 'A' }),
      a({ type: 'float', title: 'A' }),
    ],
    [
      'given more values by both',
      a({ ...int, enum: [1, 2] }),
      a({ ...int, enum: [1, 2, 3] }),
      a({ ...int, enum: [1, 2, 4] }),
      a({ ...int, enum: [1, 2, 3, 4] }),
    ],
  ])('%s merges', (_, base, ours, theirs, value) => {
    expect(merge(base, ours, theirs)).toEqual({ value, conflicts: [] })
  })

  test.each<[string, RecordValue, RecordValue, RecordValue, string]>([
    ['changed by one and deleted by the other', a(int), a({ type: 'float' }), withColumns({}), 'columns.a'],
    ['added with different types', withColumns({}), a(int), a({ type: 'float' }), 'columns.a'],
    [
      'added with different constraints',
      withColumns({}),
      a({ ...int, min_value: 1 }),
      a({ ...int, max_value: 1 }),
      'columns.a',
    ],
    ['changed to different types', a(int), a({ type: 'float' }), a({ type: 'string' }), 'columns.a.type'],
    [
      'given a type and a constraint',
      a(int),
      a({ type: 'string' }),
      a({ ...int, max_value: 1 }),
      'columns.a',
    ],
    [
      'given two bounds',
      a(int),
      a({ ...int, max_value: 2 }),
      a({ ...int, max_value: 1 }),
      'columns.a.max_value',
    ],
  ])('%s conflicts', (_, base, ours, theirs, path) => {
    expect(schemaConflicts(merge(base, ours, theirs))).toEqual([path])
  })
})

describe('the order of columns', () => {
  const ordered = (columns: readonly string[], order: readonly string[]): RecordValue => ({
    columns: Object.fromEntries(columns.map((name) => [name, { type: 'string' }])),
    columns_order: order,
  })

  test('holds what both sides added, and says so when both moved columns', () => {
    expect(
      merge(
        ordered(['a', 'b'], ['a', 'b']),
        ordered(['a', 'b', 'x'], ['a', 'b', 'x']),
        ordered(['a', 'b', 'y'], ['y', 'a', 'b']),
      ).value?.['columns_order'],
    ).toEqual(['y', 'a', 'b', 'x'])
    const { conflicts } = merge(
      ordered(['a', 'b', 'c'], ['a', 'b', 'c']),
      ordered(['a', 'b', 'c'], ['b', 'a', 'c']),
      ordered(['a', 'b', 'c'], ['c', 'a', 'b']),
    )
    expect(conflicts).toMatchObject([{ path: ['columns_order'], kind: 'order', blocking: false }])
  })

  test('does not name a column that the other side removed', () => {
    const { value, conflicts } = merge(
      ordered(['a', 'b'], []),
      ordered(['a', 'b'], ['b', 'a']),
      ordered(['a'], []),
    )
    expect(conflicts).toEqual([])
    expect(value).toEqual(ordered(['a'], ['a']))
  })

  test('is left as chosen where it names only columns that are there', () => {
    const sides = {
      base: ordered(['a', 'b', 'c'], ['a', 'b', 'c']),
      ours: ordered(['a', 'b', 'c'], ['b', 'a', 'c']),
      theirs: ordered(['a', 'b', 'c'], ['c', 'a', 'b']),
    }
    const choices = new Map([[conflictPathId(['columns_order']), 'theirs' as const]])
    expect(resolveRecord(sides, mergeRecord(sides, rules), choices, rules)).toEqual(sides.theirs)
  })
})

test('settings keep the languages that both sides added', () => {
  const languages = (...codes: string[]): RecordValue => ({
    languages: codes.map((optional) => ({ optional })),
  })
  const settings = schemaFileRules('.ingitdb/settings.yaml')
  expect(
    mergeRecord(
      { base: languages('en'), ours: languages('en', 'fr'), theirs: languages('en', 'de') },
      settings,
    ),
  ).toEqual({
    value: languages('en', 'fr', 'de'),
    conflicts: [],
  })
})

test('collections that both registered under one name in two places conflict', () => {
  const registry = schemaFileRules('.ingitdb/root-collections.yaml')
  const merged = mergeRecord({ base: {}, ours: { a: 'x', b: 'y' }, theirs: { a: 'z', c: 'w' } }, registry)
  expect(merged.value).toEqual({ a: 'x', b: 'y', c: 'w' })
  expect(schemaConflicts(merged)).toEqual(['a'])
})

test('a definition that is broken is merged as it stands', () => {
  expect(merge({ columns: [1] }, { columns: [1], a: 1 }, { columns: 5 })).toEqual({
    value: { columns: 5, a: 1 },
    conflicts: [],
  })
  expect(
    schemaConflicts(merge({ columns: { a: 1 } }, { columns: { a: 2 } }, { columns: { a: { type: 'int' } } })),
  ).toEqual(['columns.a'])
})
