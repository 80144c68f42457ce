import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Choice, FieldConflict } from '../../src/protocol/merge.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import { canonicalText } from '../records/compare-values.ts'
import { conflictPathId } from './conflict-path.ts'
import { type MergedRecord, mergeRecord, type RecordSides } from './merge-record.ts'
import type { FieldRules, MergeRules } from './merge-rules.ts'
import { resolveRecord } from './resolve-record.ts'

type Side = RecordValue | undefined
type Maybe = Json | undefined

/** What any merge of records must hold to, on `runs` random triples of records for each law. */
export function describeMergeLaws(runs: number): void {
  const options = { numRuns: runs, seed: 501 }

  describe('records of scalars, maps, sets and keyed lists', () => {
    test('what only one side changed is taken, and what both changed alike', () => {
      fc.assert(
        fc.property(record, record, (b, x) => {
          for (const sides of [[b, b, x] as const, [b, x, b] as const, [b, x, x] as const]) {
            expect(merge(...sides)).toEqual({ value: x, conflicts: [] })
          }
        }),
        options,
      )
    })

    test('a clean merge is the same when the sides are swapped', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const one = merge(b, x, y)
          if (one.conflicts.length === 0) expect(plain(merge(b, y, x).value)).toBe(plain(one.value))
        }),
        options,
      )
    })

    test('the sides conflict at the same places when they are swapped, with their values swapped', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const swapped = merge(b, y, x).conflicts.map((found) => ({
            ...found,
            ours: found.theirs,
            theirs: found.ours,
          }))
          expect(byPath(swapped)).toEqual(byPath(merge(b, x, y).conflicts))
        }),
        options,
      )
    })

    test('no change of one side is lost, at any depth', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => void expectOneSided(b, x, y, merge(b, x, y).value)),
        options,
      )
    })

    test('no value appears that nobody wrote there', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const known = new Set([...leaves(x), ...leaves(y)])
          expect(leaves(merge(b, x, y).value).filter((leaf) => !known.has(leaf))).toEqual([])
        }),
        options,
      )
    })

    test('merging the same side again changes nothing', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const once = merge(b, x, y)
          if (once.conflicts.length > 0) return
          const again = merge(b, once.value, y)
          expect(again.conflicts).toEqual([])
          expect(canonicalText(again.value)).toBe(canonicalText(once.value))
        }),
        options,
      )
    })

    test('three replicas that merge in any order agree', () => {
      fc.assert(
        fc.property(record, record, record, record, (b, x, y, z) => {
          const ends = [
            [x, y, z],
            [y, z, x],
            [z, x, y],
            [y, x, z],
          ].map(([first, second, third]) => {
            const two = merge(b, first, second)
            const all = merge(b, two.value, third)
            return two.conflicts.length + all.conflicts.length === 0 ? [plain(all.value)] : []
          })
          if (ends.every((end) => end.length === 1)) expect(new Set(ends.flat()).size).toBe(1)
        }),
        options,
      )
    })

    test('choices give the chosen side at their places and the clean merge elsewhere', () => {
      const choices = fc.array(fc.constantFrom('ours', 'theirs', 'base', 'delete'), {
        minLength: 8,
        maxLength: 8,
      })
      fc.assert(
        fc.property(record, record, record, choices, (b, x, y, picks) => {
          const sides = { base: b, ours: x, theirs: y }
          const merged = merge(b, x, y)
          const conflicts = merged.conflicts.filter(({ kind }) => kind !== 'order')
          const resolutions = new Map(
            conflicts.map(({ path }, i) => [conflictPathId(path), picks[i % 8] as Choice] as const),
          )
          const resolved = resolveRecord(sides, merged, resolutions, rules)
          conflicts.forEach((conflict, i) => {
            const pick = picks[i % 8] as 'ours' | 'theirs' | 'base' | 'delete'
            const expected = pick === 'delete' ? undefined : conflict[pick]
            expect(at(resolved, conflict.path)).toEqual(expected)
          })
          expect(plain(without(resolved, conflicts))).toBe(plain(without(merged.value, conflicts)))
        }),
        options,
      )
    })

    test('merging whole records finds a conflict wherever merging fields does', () => {
      const whole: MergeRules = { ...rules, mode: 'record' }
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const byField = merge(b, x, y)
          const byRecord = mergeRecord({ base: b, ours: x, theirs: y }, whole)
          if (byRecord.conflicts.length === 0) expect(byField).toEqual(byRecord)
          else expect(byRecord.conflicts.map(({ path }) => path)).toEqual([[]])
        }),
        options,
      )
    })

    test('the order of fields decides nothing, and what goes in stays as it is', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const before = JSON.stringify([b, x, y])
          const one = merge(b, x, y)
          expect(JSON.stringify([b, x, y])).toBe(before)
          const other = merge(backwards(b), backwards(x), backwards(y))
          expect(canonicalText(other.value)).toBe(canonicalText(one.value))
          expect(byPath(other.conflicts)).toEqual(byPath(one.conflicts))
        }),
        options,
      )
    })

    test('keys of a list stay unique', () => {
      fc.assert(
        fc.property(record, record, record, (b, x, y) => {
          const items = merge(b, x, y).value?.['items']
          const ids = Array.isArray(items) ? items.map((item) => (isJsonMap(item) ? item['id'] : item)) : []
          expect(new Set(ids).size).toBe(ids.length)
        }),
        options,
      )
    })
  })

  describe('lists in which order means everything', () => {
    const list = fc.array(fc.constantFrom<Json>(1, 2, 3, 'a', { x: 1 }), { maxLength: 6 })
    const mergeList = (b: Json, x: Json, y: Json): MergedRecord =>
      mergeRecord(
        { base: { l: b }, ours: { l: x }, theirs: { l: y } },
        withRules({ l: { strategy: 'list' } }),
      )

    test('identities, and the same conflicts and clean results when the sides are swapped', () => {
      fc.assert(
        fc.property(list, list, list, (b, x, y) => {
          expect(mergeList(b, b, x)).toEqual({ value: { l: x }, conflicts: [] })
          expect(mergeList(b, x, b)).toEqual({ value: { l: x }, conflicts: [] })
          expect(mergeList(b, x, x)).toEqual({ value: { l: x }, conflicts: [] })
          const one = mergeList(b, x, y)
          const other = mergeList(b, y, x)
          expect(other.conflicts.length).toBe(one.conflicts.length)
          if (one.conflicts.length === 0) expect(other).toEqual(one)
        }),
        options,
      )
    })

    test('a clean merge holds each item as often as the sides say', () => {
      fc.assert(
        fc.property(list, list, list, (b, x, y) => {
          const merged = mergeList(b, x, y)
          if (merged.conflicts.length > 0) return
          const result = merged.value?.['l'] as readonly Json[]
          for (const item of [...b, ...x, ...y]) {
            const [inB, inX, inY, inResult] = [b, x, y, result].map((each) => count(each, item)) as [
              number,
              number,
              number,
              number,
            ]
            if (inB === inX) expect(inResult).toBe(inY)
            else if (inB === inY) expect(inResult).toBe(inX)
            else {
              expect(inResult).toBeGreaterThanOrEqual(Math.min(inX, inY))
              expect(inResult).toBeLessThanOrEqual(Math.max(inX, inY))
            }
          }
          expect(result.every((item) => count(x, item) + count(y, item) > 0)).toBe(true)
        }),
        options,
      )
    })
  })

  describeScalars(options)

  test('a soft delete conflicts at its mark wherever a delete would, and gives the sides whole', () => {
    const mark = fc.constantFrom('2026-01-01T00:00:00.000Z', 'gone')
    fc.assert(
      fc.property(record, record, mark, fc.boolean(), (b, y, gone, isOurs) => {
        fc.pre(b !== undefined && y !== undefined)
        const inner = withRules({ gone: { strategy: 'soft-delete' } })
        const hidden = { ...b, gone }
        const sides = isOurs ? { base: b, ours: hidden, theirs: y } : { base: b, ours: y, theirs: hidden }
        const merged = mergeRecord(sides, inner)
        const isDeleteConflict = merge(b, undefined, y).conflicts.length > 0
        expect(merged.conflicts).toMatchObject(
          isDeleteConflict ? [{ path: ['gone'], kind: 'delete/edit', base: undefined }] : [],
        )
        expect(plain(merged.value)).toBe(plain(isDeleteConflict ? y : hidden))
        if (!isDeleteConflict) return
        for (const choice of ['ours', 'theirs'] as const) {
          const value = resolveRecord(sides, merged, new Map([[conflictPathId(['gone']), choice]]), inner)
          expect(plain(value)).toBe(plain(isOurs === (choice === 'ours') ? { ...y, gone } : y))
        }
      }),
      options,
    )
  })

  describe('texts', () => {
    const line = fc.constantFrom(
      '',
      'one two three four',
      'one 2 three four',
      'one two three 4',
      'five',
      'six six',
    )
    const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'))
    const mergeTexts = (b: string, x: string, y: string): MergedRecord =>
      mergeRecord(
        { base: { t: b }, ours: { t: x }, theirs: { t: y } },
        withRules({ t: { strategy: 'text' } }),
      )

    test('identities, and a conflict or none when the sides are swapped', () => {
      fc.assert(
        fc.property(text, text, text, (b, x, y) => {
          expect(mergeTexts(b, b, x)).toEqual({ value: { t: x }, conflicts: [] })
          expect(mergeTexts(b, x, b)).toEqual({ value: { t: x }, conflicts: [] })
          expect(mergeTexts(b, x, x)).toEqual({ value: { t: x }, conflicts: [] })
          expect(mergeTexts(b, y, x).conflicts.length).toBe(mergeTexts(b, x, y).conflicts.length)
        }),
        options,
      )
    })

    test('a clean merge holds every line that a side put in, or its words where both changed it', () => {
      fc.assert(
        fc.property(text, text, text, (b, x, y) => {
          const merged = mergeTexts(b, x, y)
          if (merged.conflicts.length > 0) return
          const result = String(merged.value?.['t'])
          const lines = new Set(result.split('\n'))
          const words = new Set(result.split(/\s+/))
          const old = new Set(b.split('\n'))
          const oldWords = new Set(b.split(/\s+/))
          for (const side of [x, y]) {
            for (const put of side.split('\n')) {
              if (old.has(put) || lines.has(put)) continue
              const lost = put.split(/\s+/).filter((word) => !words.has(word) && !oldWords.has(word))
              expect(lost).toEqual([])
            }
          }
        }),
        options,
      )
    })
  })
}

function describeScalars(options: { readonly numRuns: number; readonly seed: number }): void {
  describe('numbers that are counted, and the greater and smaller of two values', () => {
    const number = fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined })
    const mergeBy = (strategy: 'counter' | 'max' | 'min', b: Maybe, x: Maybe, y: Maybe): MergedRecord => {
      const side = (value: Maybe): RecordValue => (value === undefined ? {} : { n: value })
      return mergeRecord({ base: side(b), ours: side(x), theirs: side(y) }, withRules({ n: { strategy } }))
    }

    test('identities; the same when the sides are swapped; both changes count, or the one that wins', () => {
      fc.assert(
        fc.property(number, number, number, fc.constantFrom('counter', 'max', 'min'), (b, x, y, strategy) => {
          const value = ({ value: merged }: MergedRecord): Maybe => merged?.['n']
          for (const sides of [[b, b, x] as const, [b, x, b] as const, [b, x, x] as const])
            expect(value(mergeBy(strategy, ...sides))).toBe(x)
          const one = mergeBy(strategy, b, x, y)
          const other = mergeBy(strategy, b, y, x)
          expect(other.conflicts.length).toBe(one.conflicts.length)
          if (one.conflicts.length > 0) return
          expect(value(other)).toBe(value(one))
          if (x === undefined || y === undefined || x === y || x === b || y === b) return
          const wanted = { counter: x + y - (b ?? 0), max: Math.max(x, y), min: Math.min(x, y) }
          expect(value(one)).toBe(wanted[strategy])
        }),
        options,
      )
    })

    test('times are instants, in whatever zone and to whatever fraction of a second they are written', () => {
      const time = fc.record({
        hour: fc.integer({ min: 0, max: 3 }),
        zone: fc.constantFrom('Z', '+01:00', '+0130', '-02:00'),
        fraction: fc.constantFrom('', '.5', '.50', '.25'),
      })
      const textOf = ({ hour, zone, fraction }: Time): string => `2024-05-06T0${hour}:00:00${fraction}${zone}`
      const instantOf = ({ hour, zone, fraction }: Time): number =>
        3600 * (hour - { Z: 0, '+01:00': 1, '+0130': 1.5, '-02:00': -2 }[zone]) + Number(`0${fraction}`)
      type Time = typeof time extends fc.Arbitrary<infer One> ? One : never
      fc.assert(
        fc.property(time, time, fc.constantFrom('max', 'min', 'newest'), (x, y, by) => {
          const strategy = by === 'newest' ? { newest: 't' } : by
          const side = (t: string): RecordValue => ({ t, f: t })
          const { value, conflicts } = mergeRecord(
            { base: side('2000-01-01T00:00:00Z'), ours: side(textOf(x)), theirs: side(textOf(y)) },
            withRules({ t: { strategy: by === 'min' ? 'min' : 'max' }, f: { strategy } }),
          )
          const difference = instantOf(x) - instantOf(y)
          if (textOf(x) === textOf(y)) return
          expect(conflicts).toHaveLength(difference === 0 ? 2 : 0)
          const isOurs = by === 'min' ? difference < 0 : difference > 0
          if (difference !== 0) expect(value).toEqual(side(textOf(isOurs ? x : y)))
        }),
        options,
      )
    })
  })
}

const scalar: fc.Arbitrary<Json> = fc.constantFrom<Json>(null, false, 0, 1, '1', 'a', '')
const name = fc.constantFrom('a', 'b', '__proto__', '1', 'constructor')
const inner = fc.dictionary(name, scalar, { maxKeys: 3, noNullPrototype: true })
const nested = fc.dictionary(name, fc.oneof(scalar, scalar, inner), { maxKeys: 3, noNullPrototype: true })
const tags = fc.uniqueArray(fc.constantFrom('x', 'y', 'z', 1, '1'), { maxLength: 4 })
const item = fc.record(
  { id: fc.constantFrom<Json>(1, 2, '1', 'k'), v: scalar, w: fc.oneof(scalar, inner) },
  { requiredKeys: ['id'], noNullPrototype: true },
)
const items = fc.uniqueArray(item, { maxLength: 4, selector: ({ id }) => id })
const fields = fc.record(
  { p: scalar, q: scalar, __proto__: scalar, map: fc.oneof(nested, nested, scalar), tags, items },
  { requiredKeys: [], noNullPrototype: true },
)
/** Few values, so that sides agree and differ often. */
const record: fc.Arbitrary<Side> = fc.option(fields as fc.Arbitrary<RecordValue>, {
  nil: undefined,
  freq: 12,
})

function withRules(columns: { readonly [name: string]: FieldRules }): MergeRules {
  return { mode: 'field', record: { fields: new Map(Object.entries(columns)) } }
}

const rules = withRules({ tags: { strategy: 'set' }, items: { strategy: { key: 'id' } } })

function merge(base: Side, ours: Side, theirs: Side): MergedRecord {
  return mergeRecord({ base, ours, theirs } satisfies RecordSides, rules)
}

/** Where the items of both sides meet in a list is no part of a law: ours stand first. */
function plain(value: Maybe): string {
  return canonicalText(sorted(value))
}

function sorted(value: Maybe): Maybe {
  if (Array.isArray(value)) {
    return value
      .map((each: Json) => sorted(each) as Json)
      .sort((a, b) => (canonicalText(a) < canonicalText(b) ? -1 : 1))
  }
  if (!isJsonMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sorted(each) as Json]))
}

function byPath(conflicts: readonly FieldConflict[]): unknown {
  return Object.fromEntries(
    conflicts.map(({ path, kind, base, ours, theirs }) => [
      conflictPathId(path),
      { kind, base, ours, theirs },
    ]),
  )
}

function count(list: readonly Json[], item: Json): number {
  return list.filter((each) => canonicalText(each) === canonicalText(item)).length
}

function expectOneSided(b: Maybe, x: Maybe, y: Maybe, merged: Maybe): void {
  const text = (value: Maybe): string => (value === undefined ? 'absent' : plain(value))
  const exact = (value: Maybe): string => (value === undefined ? 'absent' : canonicalText(value))
  if (exact(b) === exact(x)) return void expect(text(merged)).toBe(text(y))
  if (exact(b) === exact(y) || exact(x) === exact(y)) return void expect(text(merged)).toBe(text(x))
  if (!isInner(x) || !isInner(y) || Array.isArray(x) !== Array.isArray(y)) return
  const names = new Set([b, x, y].flatMap((value) => partNames(value)))
  for (const each of names) {
    const inBase = Array.isArray(b) === Array.isArray(x) ? part(b, each) : undefined
    expectOneSided(inBase, part(x, each), part(y, each), part(merged, each))
  }
}

function isInner(value: Maybe): boolean {
  return isJsonMap(value) || Array.isArray(value)
}

/** Parts of maps by name, of keyed lists by key, of sets by themselves. */
function partNames(value: Maybe): readonly (string | number)[] {
  if (Array.isArray(value))
    return value.map((each: Json) => (isJsonMap(each) ? each['id'] : each) as string | number)
  return isJsonMap(value) ? Object.keys(value) : []
}

function part(value: Maybe, key: string | number): Maybe {
  if (Array.isArray(value))
    return value.find((each: Json) => (isJsonMap(each) ? each['id'] : each) === key) as Maybe
  return isJsonMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function at(value: Maybe, path: FieldConflict['path']): Maybe {
  return path.reduce<Maybe>((each, key) => part(each, key), value)
}

function without(value: Maybe, conflicts: readonly FieldConflict[]): Maybe {
  const skip = new Set(conflicts.map(({ path }) => conflictPathId(path)))
  const visit = (each: Maybe, path: FieldConflict['path']): Maybe => {
    if (skip.has(conflictPathId(path))) return undefined
    const names = partNames(each)
    if (!isInner(each)) return each
    const parts = names.map((key) => [key, visit(part(each, key), [...path, key])] as const)
    const left = parts.filter(([, inside]) => inside !== undefined)
    if (Array.isArray(each)) return left.map(([, inside]) => inside as Json)
    return Object.fromEntries(left.map(([key, inside]) => [key, inside as Json]))
  }
  return visit(value, [])
}

function leaves(value: Maybe, path = ''): readonly string[] {
  if (value === undefined) return []
  if (!isInner(value)) return [`${path}=${canonicalText(value)}`]
  return partNames(value).flatMap((key) => leaves(part(value, key), `${path}/${JSON.stringify(key)}`))
}

function backwards(value: Side): Side {
  return value && Object.fromEntries(Object.entries(value).toReversed())
}
