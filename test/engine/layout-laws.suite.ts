import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { mergeRecord } from '../../worker/merge/merge-record.ts'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  mergeCommits,
  recordsAnew,
  type Files,
  type MemoryCommits,
} from '../support/memory-commits.ts'

const keys = ['k1', 'k2', 'k3']
type Records = Readonly<Record<string, RecordValue>>

const rows = (records: Records, name: string): string =>
  `${JSON.stringify(
    Object.entries(records).map(([key, value]) => ({ [name]: key, ...value })),
    null,
    2,
  )}\n`
const alone = (records: Records, extension: string, write: (value: RecordValue) => string): Files =>
  Object.fromEntries(
    keys.map((key) => [
      `all/$records/${key}.${extension}`,
      key in records ? write(records[key] ?? {}) : null,
    ]),
  )
const columns = ['a', 'b']
/** The same records, laid out in several ways; some say the key in a column. */
const layouts: Readonly<Record<string, { readonly definition: string; write(records: Records): Files }>> = {
  yaml: {
    definition: definition('{key}.yaml', 'yaml', 'single', columns),
    write: (records) =>
      alone(records, 'yaml', (value) =>
        Object.keys(value).length === 0
          ? '{}\n'
          : Object.entries(value)
              .map(([name, field]) => `${name}: ${String(field)}\n`)
              .join(''),
      ),
  },
  json: {
    definition: definition('{key}.json', 'json', 'single', columns),
    write: (records) => alone(records, 'json', (value) => `${JSON.stringify(value)}\n`),
  },
  'list with a key column': {
    definition: definition('all.json', 'json', 'list', ['id', ...columns], 'primary_key: [id]\n'),
    write: (records) => ({ 'all/all.json': rows(records, 'id') }),
  },
  'list with $ID': {
    definition: definition('all.json', 'json', 'list', ['$ID', ...columns]),
    write: (records) => ({ 'all/all.json': rows(records, '$ID') }),
  },
  dictionary: {
    definition: definition('all.json', 'json', 'dictionary', columns),
    write: (records) => ({ 'all/all.json': `${JSON.stringify(records, null, 2)}\n` }),
  },
}

const step = fc.record({
  key: fc.constantFrom(...keys),
  field: fc.constantFrom('a', 'b', undefined),
  value: fc.integer({ min: 1, max: 9 }),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** Without a field the record is deleted. */
function take(old: Records, steps: readonly Step[]): Records {
  const records = new Map(Object.entries(old))
  for (const { key, field, value } of steps) {
    if (field === undefined) records.delete(key)
    else records.set(key, { ...records.get(key), [field]: value })
  }
  return Object.fromEntries(records)
}

/** One side lays records out anew, whatever it edits; the other goes on with the old files: on `runs` random triples. */
export function describeLayoutLaws(runs: number): void {
  let commits: MemoryCommits
  beforeAll(async () => {
    commits = await createMemoryCommits()
  })
  const name = fc.constantFrom(...Object.keys(layouts))

  test('records of a new layout merge as if all had it', async () => {
    const empty = new Map<string, Promise<CommitSnapshot>>()
    const commit = async (layout: string, records: Records): Promise<CommitSnapshot> => {
      const { definition: text = '', write } = layouts[layout] ?? {}
      const from =
        empty.get(layout) ??
        commits.commit({
          '.ingitdb/root-collections.yaml': 'all: all\n',
          'all/.collection/definition.yaml': text,
        })
      empty.set(layout, from)
      return commits.commit(write?.(records) ?? {}, await from)
    }
    const someSteps = fc.array(step, { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        someSteps,
        someSteps,
        name,
        name,
        fc.boolean(),
        async (first, moving, staying, from, to, isOurs) => {
          const begin = take({}, first)
          const [moved, stayed] = [take(begin, moving), take(begin, staying)]
          const base = await commit(from, begin)
          const [mover, stayer] = [await commit(to, moved), await commit(from, stayed)]
          const [ours, theirs, x, y] = isOurs
            ? [mover, stayer, moved, stayed]
            : [stayer, mover, stayed, moved]
          const merged = await mergeCommits(commits, base, ours, theirs, { followRenames: false })
          const expected = new Map<string, RecordValue>()
          const conflicts: string[] = []
          for (const key of keys) {
            const sides = { base: begin[key], ours: x[key], theirs: y[key] }
            const { value, conflicts: found } = mergeRecord(sides, { mode: 'field', record: {} })
            if (value) expected.set(`all/${key}`, value)
            conflicts.push(...found.map(({ path }) => [key, ...path].join(' ')))
          }
          expect(merged.plan.problems).toEqual([])
          expect(merged.conflicts.map(({ key, path }) => [key, ...path].join(' ')).sort()).toEqual(
            conflicts.sort(),
          )
          const records = [...(await recordsAnew(merged))].map(([at, value]) => [
            at,
            Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'id')),
          ])
          expect(Object.fromEntries(records)).toEqual(Object.fromEntries(expected))
        },
      ),
      { numRuns: runs, seed: Number(process.env['ESPALIER_SEED'] ?? 513) },
    )
  })
}
