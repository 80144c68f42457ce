import { expect, test } from 'vitest'
import type { Column, CollectionDefinition } from '../../src/protocol/schema.ts'
import { mergeRecord } from './merge-record.ts'
import { mergeRules } from './merge-rules.ts'

function define(
  columns: readonly Partial<Column>[],
  rest: Partial<CollectionDefinition> = {},
): CollectionDefinition {
  return {
    id: 'things',
    titles: {},
    dataDir: 'things',
    recordsDir: 'things',
    columns: columns.map((column) => ({ name: 'a', type: 'string', required: false, ...column })),
    columnsOrder: [],
    primaryKey: [],
    recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
    readable: { ok: true },
    definitionPath: 'things/.collection/definition.yaml',
    ...rest,
  }
}

test('a definition that resolves no conflicts inside a record makes the mode stricter, never looser', () => {
  const mode = (enabled: boolean, sameRecord: boolean, asked: 'field' | 'record' | 'file'): string =>
    mergeRules(define([], { conflictResolution: { enabled, sameRecord } }), asked).mode
  expect(mergeRules(define([]), 'field').mode).toBe('field')
  expect(mode(true, true, 'field')).toBe('field')
  expect(mode(true, true, 'record')).toBe('record')
  expect(mode(true, false, 'field')).toBe('record')
  expect(mode(true, false, 'file')).toBe('file')
  expect(mode(false, true, 'field')).toBe('file')
})

test('columns say how they are merged', () => {
  const { record } = mergeRules(
    define(
      [
        { name: 'kind', enum: ['a', 'b'] },
        { name: 'tags', type: '[]string', enum: ['a', 'b'] },
        { name: 'secret', format: 'encrypted' },
        { name: 'updated_at', type: 'datetime' },
        { name: 'born', type: 'date' },
        { name: 'updated_by' },
      ],
      { recordFile: { name: '{key}.md', format: 'markdown', type: 'map[string]any', contentField: 'body' } },
    ),
    'field',
  )
  expect(record.fields).toEqual(
    new Map([
      ['kind', { strategy: 'atomic' }],
      ['secret', { strategy: 'atomic' }],
      ['updated_at', { suggest: 'max' }],
      ['body', { strategy: 'text' }],
    ]),
  )
})

test('what an app declares comes first, inside fields and lists too', () => {
  const rules = mergeRules(define([{ name: 'kind', enum: ['a'] }]), 'field', {
    kind: 'max',
    'address.tags': 'set',
    items: { key: 'no' },
    'items.count': 'counter',
  })
  const merged = mergeRecord(
    {
      base: { kind: 'a', address: {}, items: [{ no: 1, count: 5 }] },
      ours: { kind: 'b', address: { tags: ['x'] }, items: [{ no: 1, count: 6 }] },
      theirs: { kind: 'c', address: { tags: ['y'] }, items: [{ no: 1, count: 7 }] },
    },
    rules,
  )
  expect(merged).toEqual({
    value: { kind: 'c', address: { tags: ['x', 'y'] }, items: [{ no: 1, count: 8 }] },
    conflicts: [],
  })
})
