import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CommitSnapshot } from '../../worker/engine/commit-snapshot.ts'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  mergeCommits,
  recordsAnew,
  type Files,
  type MemoryCommits,
} from '../support/memory-commits.ts'

const keys = ['k1', 'k2', 'k3']
type Step = 'keep' | 'edit' | 'move' | 'both' | 'delete'
type Steps = Readonly<Record<string, Step>>
const steps: fc.Arbitrary<Steps> = fc.record({
  k1: fc.constantFrom<Step>('keep', 'edit', 'move', 'both', 'delete'),
  k2: fc.constantFrom<Step>('keep', 'edit', 'move', 'delete'),
  k3: fc.constantFrom<Step>('keep', 'edit', 'move'),
})
type Records = ReadonlyMap<string, RecordValue>

const begin: Records = new Map(
  keys.map((key) => [key, { title: `Title of ${key}`, text: `A text that only ${key} has, long enough` }]),
)

/** What a side makes of the records; every value that it writes names the side. */
function take(side: string, all: Steps): Records {
  return new Map(
    [...begin].flatMap(([key, record]): (readonly [string, RecordValue])[] => {
      const step = all[key]
      if (step === 'delete') return []
      const value = step === 'edit' || step === 'both' ? { ...record, title: `${side} ${key}` } : record
      return [[step === 'move' || step === 'both' ? `${key}-${side}` : key, value]]
    }),
  )
}

const layouts: readonly {
  readonly name: string
  readonly definition: string
  write(records: Records): Files
}[] = [
  {
    name: 'in files of their own',
    definition: definition('{key}.yaml', 'yaml', 'single', ['title', 'text']),
    write: (records) =>
      Object.fromEntries(
        keys
          .flatMap((key) => [key, `${key}-ours`, `${key}-theirs`])
          .map((key) => {
            const record = records.get(key)
            return [
              `all/$records/${key}.yaml`,
              record ? `title: ${String(record['title'])}\ntext: ${String(record['text'])}\n` : null,
            ]
          }),
      ),
  },
  {
    name: 'in one file',
    definition: definition('all.json', 'json', 'dictionary', ['title', 'text']),
    write: (records) => ({ 'all/all.json': `${JSON.stringify(Object.fromEntries(records), null, 2)}\n` }),
  },
]

/** What must hold when records get other keys on two sides: on `runs` random pairs, for each layout. */
export function describeMoveLaws(runs: number): void {
  let commits: MemoryCommits
  beforeAll(async () => {
    commits = await createMemoryCommits()
  })

  test.each(layouts)('records $name lose nothing when one side gives them other keys', async (layout) => {
    const empty = await commits.commit({
      '.ingitdb/root-collections.yaml': 'all: all\n',
      'all/.collection/definition.yaml': layout.definition,
    })
    const commit = (records: Records): Promise<CommitSnapshot> => commits.commit(layout.write(records), empty)
    const base = await commit(begin)
    await fc.assert(
      fc.asyncProperty(steps, steps, async (mine, yours) => {
        const [ours, theirs] = [take('ours', mine), take('theirs', yours)]
        const merged = await mergeCommits(commits, base, await commit(ours), await commit(theirs))
        expect(merged.plan.problems).toEqual([])
        const records = new Map(
          [...(await recordsAnew(merged))].map(([at, value]) => [at.slice('all/'.length), value]),
        )
        const held = JSON.stringify([[...records.values()], merged.conflicts])
        for (const key of keys) {
          const both = [mine[key] ?? 'keep', yours[key] ?? 'keep']
          // Whatever a side wrote is there, or asked about.
          if (both[0] === 'edit' || both[0] === 'both') expect(held).toContain(`ours ${key}`)
          if (both[1] === 'edit' || both[1] === 'both') expect(held).toContain(`theirs ${key}`)
          const conflicts = merged.conflicts.filter((conflict) => conflict.key?.startsWith(key))
          const places = [key, `${key}-ours`, `${key}-theirs`].filter((place) => records.has(place))
          if (both.includes('move') && both.includes('edit')) {
            // Moved here and edited there: one record, under the new key, with the edit.
            const mover = both[0] === 'move' ? 'ours' : 'theirs'
            expect(conflicts).toEqual([])
            expect(places).toEqual([`${key}-${mover}`])
            expect(records.get(`${key}-${mover}`)?.['title']).toBe(
              `${mover === 'ours' ? 'theirs' : 'ours'} ${key}`,
            )
          }
          if (both.includes('move') && both.includes('keep')) expect(places).toHaveLength(1)
          if (both.every((step) => step === 'keep')) expect(places).toEqual([key])
        }
        const swapped = await mergeCommits(commits, base, await commit(theirs), await commit(ours))
        expect(swapped.conflicts.map(({ key, path }) => [key, ...path].join('.')).sort()).toEqual(
          merged.conflicts.map(({ key, path }) => [key, ...path].join('.')).sort(),
        )
        if (merged.conflicts.length === 0)
          expect(Object.fromEntries(await recordsAnew(swapped))).toEqual(
            Object.fromEntries(await recordsAnew(merged)),
          )
      }),
      { numRuns: runs, seed: Number(process.env['ESPALIER_SEED'] ?? 508) },
    )
  })
}
