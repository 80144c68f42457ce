import { describe, expect, test } from 'vitest'
import type { FieldConflict } from '../../src/protocol/merge.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { mergeRecord, type MergedRecord } from './merge-record.ts'
import type { FieldRules, MergeRules } from './merge-rules.ts'

const rules: MergeRules = { mode: 'field', record: {} }
const absent = undefined

type Side = RecordValue | undefined

function merge(base: Side, ours: Side, theirs: Side, given = rules): MergedRecord {
  return mergeRecord({ base, ours, theirs }, given)
}

/** Merges one field `f`; a side without it has no such field. */
function mergeField(
  base: Json | undefined,
  ours: Json | undefined,
  theirs: Json | undefined,
  field: FieldRules = {},
): {
  readonly value: Json | undefined
  readonly conflicts: readonly FieldConflict[]
} {
  const side = (value: Json | undefined): RecordValue => (value === undefined ? {} : { f: value })
  const { value, conflicts } = mergeRecord(
    { base: side(base), ours: side(ours), theirs: side(theirs) },
    { mode: 'field', record: { fields: new Map([['f', field]]) } },
  )
  return { value: value?.['f'], conflicts }
}

const kinds = ({ conflicts }: { readonly conflicts: readonly FieldConflict[] }): readonly string[] =>
  conflicts.map(({ kind }) => kind)

describe('the mark of a soft delete', () => {
  const [one, two] = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z']
  const marked: MergeRules = {
    mode: 'field',
    record: { fields: new Map([['gone', { strategy: 'soft-delete' }]]) },
  }

  test.each<[string, Side, Side, Side, Side]>([
    ['alone', { a: 1 }, { a: 1, gone: one }, { a: 1 }, { a: 1, gone: one }],
    ['of both, the first', { a: 1 }, { a: 1, gone: two }, { a: 2, gone: one }, { a: 2, gone: one }],
    ['of a side that edited, too', { a: 1 }, { a: 2, gone: one }, { a: 1 }, { a: 2, gone: one }],
    [
      'taken off by one side while the other edits',
      { a: 1, gone: one },
      { a: 1 },
      { a: 2, gone: one },
      { a: 2 },
    ],
    [
      'that was there, while both edit',
      { a: 1, b: 1, gone: one },
      { a: 2, b: 1, gone: one },
      { a: 1, b: 2, gone: one },
      { a: 2, b: 2, gone: one },
    ],
    ['that nobody set', { a: 1, gone: null }, { a: 1 }, { a: 2, gone: null }, { a: 2 }],
  ])('%s merges', (_, base, ours, theirs, value) => {
    for (const merged of [merge(base, ours, theirs, marked), merge(base, theirs, ours, marked)])
      expect(merged).toEqual({ value, conflicts: [] })
  })

  test.each<[string, Side, Json | undefined, Side]>([
    ['an edit', { a: 1 }, absent, { a: 2 }],
    ['an edit beside null', { a: 1, gone: null }, null, { a: 2, gone: null }],
    ['a record that the other side added as well', absent, absent, { a: 1 }],
  ])('against %s is a conflict; the edit stays in sight', (_, base, before, edited) => {
    const hidden = { a: 1, gone: one }
    const conflict = { path: ['gone'], kind: 'delete/edit', base: before, blocking: true }
    const shown = edited && Object.hasOwn(edited, 'gone') ? null : absent
    expect(merge(base, hidden, edited, marked)).toEqual({
      value: edited,
      conflicts: [{ ...conflict, ours: one, theirs: shown }],
    })
    expect(merge(base, edited, hidden, marked)).toEqual({
      value: edited,
      conflicts: [{ ...conflict, ours: shown, theirs: one }],
    })
  })

  test('is that of an item where the strategy names a field inside', () => {
    const list = (...items: readonly Json[]): RecordValue => ({ list: items })
    const inside: MergeRules = {
      mode: 'field',
      record: { fields: new Map([['list', { fields: new Map([['gone', { strategy: 'soft-delete' }]]) }]]) },
    }
    const sides = [
      list({ id: 1, a: 1 }, { id: 2, a: 1 }),
      list({ id: 1, a: 1, gone: one }, { id: 2, a: 1, gone: one }),
      list({ id: 1, a: 1 }, { id: 2, a: 2 }),
    ] as const
    const { conflicts } = merge(...sides, inside)
    expect(conflicts.map(({ path, kind }) => [path, kind])).toEqual([[['list', 2, 'gone'], 'delete/edit']])
  })

  test('waits as a whole record where records merge whole', () => {
    const whole = merge({ a: 1 }, { a: 1, gone: one }, { a: 2 }, { ...marked, mode: 'record' })
    expect(whole.conflicts).toEqual([
      {
        path: [],
        kind: 'edit/edit',
        base: { a: 1 },
        ours: { a: 1, gone: one },
        theirs: { a: 2 },
        blocking: true,
      },
    ])
  })
})

describe('a record', () => {
  const [x, y] = [{ a: 1 }, { a: 1, b: 1 }]

  test.each<[string, Side, Side, Side, Side]>([
    ['added by us', absent, x, absent, x],
    ['added by them', absent, absent, x, x],
    ['added by both alike', absent, x, x, x],
    ['added by both with other fields', absent, { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    ['deleted by both', x, absent, absent, absent],
    ['deleted by us', x, absent, x, absent],
    ['deleted by them', x, x, absent, absent],
    ['changed by us', x, y, x, y],
    ['changed by them', x, x, y, y],
    ['changed by both alike', x, y, y, y],
    ['changed by both in other fields', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }],
  ])('%s merges', (_, base, ours, theirs, value) => {
    expect(merge(base, ours, theirs)).toEqual({ value, conflicts: [] })
  })

  test('that both added differently conflicts in the fields that differ', () => {
    expect(merge(absent, { a: 1, b: 1, c: 1 }, { a: 1, b: 2, d: 1 })).toEqual({
      value: { a: 1, b: 1, c: 1, d: 1 },
      conflicts: [{ path: ['b'], kind: 'add/add', base: absent, ours: 1, theirs: 2, blocking: true }],
    })
  })

  test('that one deleted and the other changed conflicts as a whole, and the changed one survives', () => {
    const conflict = { path: [], kind: 'delete/edit', base: x, blocking: true }
    expect(merge(x, absent, y)).toEqual({ value: y, conflicts: [{ ...conflict, ours: absent, theirs: y }] })
    expect(merge(x, y, absent)).toEqual({ value: y, conflicts: [{ ...conflict, ours: y, theirs: absent }] })
  })

  test('keeps the order of our fields, and new ones of theirs stand after what they follow there', () => {
    const { value } = merge(
      { a: 1, b: 1, c: 1 },
      { c: 1, our: 1, b: 1, a: 1 },
      { first: 1, a: 1, b: 1, new: 1, c: 1 },
    )
    expect(Object.keys(value ?? {})).toEqual(['first', 'c', 'our', 'b', 'new', 'a'])
  })

  test('may have fields with the names of an object prototype', () => {
    const side = (text: string): RecordValue => JSON.parse(text) as RecordValue
    const { value, conflicts } = merge(
      side('{"__proto__": {"a": 1, "b": 1}}'),
      side('{"__proto__": {"a": 2, "b": 1}, "constructor": 1}'),
      side('{"__proto__": {"a": 1, "b": 2}, "toString": 1}'),
    )
    expect(conflicts).toEqual([])
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":2,"b":2},"constructor":1,"toString":1}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('a record that is merged only whole', () => {
  const whole: MergeRules = { mode: 'record', record: {} }
  const [b, x, y] = [
    { a: 1, b: 1 },
    { a: 2, b: 1 },
    { a: 1, b: 2 },
  ]

  test('takes what one side changed', () => {
    expect(merge(b, b, y, whole)).toEqual({ value: y, conflicts: [] })
    expect(merge(b, x, b, whole)).toEqual({ value: x, conflicts: [] })
    expect(merge(b, x, x, whole)).toEqual({ value: x, conflicts: [] })
    expect(merge(b, absent, b, whole)).toEqual({ value: absent, conflicts: [] })
  })

  test('conflicts when both sides changed it, and suggests the merge of its fields if that is clean', () => {
    expect(merge(b, x, y, whole)).toEqual({
      value: x,
      conflicts: [
        {
          path: [],
          kind: 'edit/edit',
          base: b,
          ours: x,
          theirs: y,
          blocking: true,
          suggestion: { value: { a: 2, b: 2 }, reason: 'finer-merge' },
        },
      ],
    })
    const [conflict] = merge(absent, x, y, whole).conflicts
    expect(conflict?.kind).toBe('add/add')
    expect(conflict?.suggestion).toBe(undefined)
  })
})

describe('a field', () => {
  test('that is absent is not null', () => {
    expect(mergeField(null, absent, null)).toEqual({ value: absent, conflicts: [] })
    expect(mergeField(absent, null, absent)).toEqual({ value: null, conflicts: [] })
    expect(kinds(mergeField(1, absent, null))).toEqual(['delete/edit'])
  })

  test('keeps numbers and texts apart, and takes odd numbers as they are', () => {
    expect(kinds(mergeField(absent, 1, '1'))).toEqual(['add/add'])
    expect(mergeField(1, '1', 1)).toEqual({ value: '1', conflicts: [] })
    expect(mergeField(0, -0, 5)).toEqual({ value: 5, conflicts: [] })
    expect(mergeField(Number.NaN, Number.NaN, 5)).toEqual({ value: 5, conflicts: [] })
  })

  test('conflicts when its type changed and both sides have another value', () => {
    expect(kinds(mergeField('a', 1, 2))).toEqual(['type'])
    expect(kinds(mergeField(1, { a: 1 }, 2))).toEqual(['type'])
    expect(kinds(mergeField(1, [1], { a: 1 }))).toEqual(['type'])
    expect(kinds(mergeField(1, null, 2))).toEqual(['edit/edit'])
    expect(kinds(mergeField('a', [1], [2]))).toEqual(['type'])
  })

  test('that both sides made a map holds what both put in', () => {
    expect(mergeField('a', { x: 1 }, { y: 1 })).toEqual({ value: { x: 1, y: 1 }, conflicts: [] })
  })

  test('that one removed and the other changed conflicts, wherever it lies', () => {
    const { value, conflicts } = mergeField({ m: { a: 1 } }, {}, { m: { a: 2 } })
    expect(value).toEqual({ m: { a: 2 } })
    expect(conflicts).toMatchObject([
      { path: ['f', 'm'], kind: 'delete/edit', ours: absent, theirs: { a: 2 } },
    ])
  })

  test('that is atomic is never merged inside', () => {
    const atomic: FieldRules = { strategy: 'atomic' }
    expect(kinds(mergeField({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, atomic))).toEqual(['edit/edit'])
    expect(kinds(mergeField([1], [1, 2], [0, 1], atomic))).toEqual(['edit/edit'])
    expect(kinds(mergeField('a\nb\n', 'A\nb\n', 'a\nB\n', atomic))).toEqual(['edit/edit'])
  })

  test('with an update time suggests the later one', () => {
    const suggestion = (ours: Json, theirs: Json): unknown =>
      mergeField('2026-01-01', ours, theirs, { suggest: 'max' }).conflicts[0]?.suggestion
    expect(suggestion('2026-01-02', '2026-01-03')).toEqual({ value: '2026-01-03', reason: 'policy' })
    expect(suggestion('2026-01-04', '2026-01-03')).toEqual({ value: '2026-01-04', reason: 'policy' })
    expect(suggestion('2026-01-04', 5)).toBe(undefined)
  })
})

describe('a field with a declared strategy', () => {
  test('counter adds both changes up', () => {
    const counter: FieldRules = { strategy: 'counter' }
    expect(mergeField(10, 13, 8, counter)).toEqual({ value: 11, conflicts: [] })
    expect(mergeField(absent, 3, 4, counter)).toEqual({ value: 7, conflicts: [] })
    expect(kinds(mergeField(1, 'x', 2, counter))).toEqual(['type'])
    expect(kinds(mergeField(0, 1.7e308, 1.6e308, counter))).toEqual(['edit/edit'])
    expect(kinds(mergeField(1, absent, 2, counter))).toEqual(['delete/edit'])
  })

  test('max and min take a side, of numbers or of texts', () => {
    expect(mergeField(1, 3, 2, { strategy: 'max' })).toEqual({ value: 3, conflicts: [] })
    expect(mergeField('a', 'b', 'c', { strategy: 'max' })).toEqual({ value: 'c', conflicts: [] })
    expect(mergeField(1, 3, 2, { strategy: 'min' })).toEqual({ value: 2, conflicts: [] })
    expect(mergeField(5, 2, 3, { strategy: 'min' })).toEqual({ value: 2, conflicts: [] })
    expect(kinds(mergeField(1, 2, '2', { strategy: 'max' }))).toEqual(['type'])
    expect(kinds(mergeField(1, 2, '2', { strategy: 'min' }))).toEqual(['type'])
  })

  test('max and min compare times as instants, and leave what cannot be compared', () => {
    const old = '2000-01-01T00:00:00Z'
    const latest = (ours: Json, theirs: Json): unknown =>
      mergeField(old, ours, theirs, { strategy: 'max' }).value
    const kindsOf = (ours: Json, theirs: Json): unknown =>
      kinds(mergeField(old, ours, theirs, { strategy: 'max' }))
    expect(latest('2021-01-01T01:00:00+02:00', '2021-01-01T00:00:00Z')).toBe('2021-01-01T00:00:00Z')
    expect(latest('2021-01-01 10:00', '2021-01-01T09:59:59.9')).toBe('2021-01-01 10:00')
    expect(latest('2021-01-01t00:00:00.25z', '2021-01-01T00:00:00.3Z')).toBe('2021-01-01T00:00:00.3Z')
    // No day, and no time: texts.
    expect(latest('2021-13-01T10:00Z', '2021-01-01T10:00Z')).toBe('2021-13-01T10:00Z')
    expect(latest('2021-01-02', '2021-01-01T10:00Z')).toBe('2021-01-02')
    expect(kindsOf('2021-01-01T01:00:00+01:00', '2021-01-01T00:00:00Z')).toEqual(['edit/edit'])
    expect(kindsOf('2021-01-01T01:00:00', '2021-01-01T00:00:00Z')).toEqual(['edit/edit'])
    const [big, bigger] = ['\uf8e99007199254740993\uf8e9', '\uf8e919007199254740993\uf8e9']
    expect(kinds(mergeField(1, big, bigger, { strategy: 'max' }))).toEqual(['edit/edit'])
    expect(kindsOf('a', bigger)).toEqual(['type'])
  })

  test('newest takes the side whose record has the greater field', () => {
    const at = (f: string, t: Json): RecordValue => ({ f, t })
    const newest = {
      mode: 'field',
      record: {
        fields: new Map([
          ['f', { strategy: { newest: 't' } }],
          ['t', { strategy: 'max' as const }],
        ]),
      },
    } as const
    expect(merge(at('a', 1), at('b', 2), at('c', 3), newest)).toEqual({ value: at('c', 3), conflicts: [] })
    expect(merge(at('a', 1), at('b', 4), at('c', 3), newest)).toEqual({ value: at('b', 4), conflicts: [] })
    expect(kinds(merge(at('a', 1), at('b', 4), at('c', 4), newest))).toEqual(['edit/edit'])
    expect(kinds(merge({ f: 'a' }, { f: 'b' }, { f: 'c' }, newest))).toEqual(['edit/edit'])
  })

  test('conflicts where the strategy does not fit the values', () => {
    expect(kinds(mergeField({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { strategy: 'set' }))).toEqual([
      'edit/edit',
    ])
    expect(kinds(mergeField(1, 'a', 'b', { strategy: 'text' }))).toEqual(['type'])
    expect(kinds(mergeField('a', 'b', 'c', { strategy: { key: 'id' } }))).toEqual(['edit/edit'])
  })
})
