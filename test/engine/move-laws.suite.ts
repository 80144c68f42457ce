import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  mergeCommits,
  recordsAnew,
  type Files,
  type MemoryCommits,
  type MemoryMerge,
} from '../support/memory-commits.ts'

const keys = ['k1', 'k2', 'k3']

/** What a side does to a record: where it puts it, and what it writes. */
interface Step {
  /** `own`: a key that only this side gives it, `new`: one that the other side may give it too. */
  readonly to: 'stay' | 'own' | 'new' | 'delete'
  readonly title: boolean
  readonly note: boolean
}
type Steps = Readonly<Record<string, Step>>
type Side = 'ours' | 'theirs'
type Records = ReadonlyMap<string, RecordValue>

const steps: fc.Arbitrary<Steps> = fc.dictionary(
  fc.constantFrom(...keys),
  fc.record({
    to: fc.constantFrom('stay', 'own', 'new', 'delete'),
    title: fc.boolean(),
    note: fc.boolean(),
  }),
)
const choices = fc.constantFrom('theirs', 'base', 'both', 'delete')
const kept: Step = { to: 'stay', title: false, note: false }
const fields = ['title', 'text', 'note', 'kind'] as const

const begin: Records = new Map(
  keys.map((key) => [
    key,
    {
      title: `Title of ${key}`,
      text: `A text that only ${key} has, long enough`,
      note: `Note of ${key}`,
      kind: 'a kind that all have in common',
    },
  ]),
)

function placeOf(key: string, side: Side, { to }: Step): string | undefined {
  return { stay: key, own: `${key}-${side}`, new: `${key}-new`, delete: undefined }[to]
}

/** Where a record that one side deleted is on a side. */
function goneOr(side: Side, key: string, step: Step): string | undefined {
  return step.to === 'delete' ? undefined : placeOf(key, side, step)
}

/** What a side makes of the records; every value that it writes names the side. */
function take(side: Side, all: Steps): Records {
  return new Map(
    [...begin].flatMap(([key, record]): (readonly [string, RecordValue])[] => {
      const step = all[key] ?? kept
      const place = placeOf(key, side, step)
      if (place === undefined) return []
      const value = { ...record }
      if (step.title) value['title'] = `${side} title ${key}`
      if (step.note) value['note'] = `${side} note ${key}`
      return [[place, value]]
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
    definition: definition('{key}.yaml', 'yaml', 'single', fields),
    write: (records) =>
      Object.fromEntries(
        keys
          .flatMap((key) => [key, `${key}-ours`, `${key}-theirs`, `${key}-new`])
          .map((key) => {
            const record = records.get(key)
            const lines = fields.map((name) => `${name}: ${String(record?.[name])}\n`)
            return [`all/$records/${key}.yaml`, record ? lines.join('') : null]
          }),
      ),
  },
  {
    name: 'in one file',
    definition: definition('all.json', 'json', 'dictionary', fields),
    write: (records) => ({ 'all/all.json': `${JSON.stringify(Object.fromEntries(records), null, 2)}\n` }),
  },
]

/** The fields that the sides changed to different values. */
function clashes(mine: Step, yours: Step): readonly string[] {
  return (['title', 'note'] as const).filter((name) => mine[name] && yours[name])
}

/** What must hold when records get other keys on two sides: on `runs` random pairs, for each layout. */
export function describeMoveLaws(runs: number): void {
  let commits: MemoryCommits
  beforeAll(async () => {
    commits = await createMemoryCommits()
  })
  const read = async (merged: MemoryMerge): Promise<Records> => {
    expect(merged.plan.problems).toEqual([])
    return new Map([...(await recordsAnew(merged))].map(([at, value]) => [at.slice('all/'.length), value]))
  }
  const placesOf = (records: Records, key: string): readonly string[] =>
    [key, `${key}-ours`, `${key}-theirs`, `${key}-new`].filter((place) => records.has(place))

  test.each(layouts)('records $name lose nothing when sides give them other keys', async (layout) => {
    const empty = await commits.commit({
      '.ingitdb/root-collections.yaml': 'all: all\n',
      'all/.collection/definition.yaml': layout.definition,
    })
    const commit = (records: Records): Promise<CommitSnapshot> => commits.commit(layout.write(records), empty)
    const base = await commit(begin)
    await fc.assert(
      fc.asyncProperty(steps, steps, choices, async (mine, yours, choice) => {
        const [ours, theirs] = [await commit(take('ours', mine)), await commit(take('theirs', yours))]
        const merged = await mergeCommits(commits, base, ours, theirs)
        const records = await read(merged)
        const held = JSON.stringify([[...records.values()], merged.conflicts])
        const written = JSON.stringify(
          [begin, take('ours', mine), take('theirs', yours)].map((all) => [...all]),
        )
        for (const record of records.values())
          for (const value of Object.values(record)) expect(written).toContain(JSON.stringify(value))
        for (const key of keys) {
          const [our, their] = [mine[key] ?? kept, yours[key] ?? kept]
          const moves = [our, their].filter(({ to }) => to === 'own' || to === 'new')
          const isDeleted = [our, their].some(({ to }) => to === 'delete')
          const conflicts = merged.conflicts.filter((conflict) => conflict.key?.startsWith(key))
          const places = placesOf(records, key)
          const told = conflicts.map(({ path }) => path.join('.')).sort()
          // Whatever a side wrote and did not delete is there, or asked about.
          for (const [side, step] of [
            ['ours', our],
            ['theirs', their],
          ] as const)
            for (const name of ['title', 'note'] as const)
              if (step[name] && step.to !== 'delete') expect(held).toContain(`${side} ${name} ${key}`)
          if (isDeleted) {
            // Who deleted it did not know where the other one put it, or what it wrote.
            const left = [our, their].find(({ to }) => to !== 'delete')
            const isMoved = moves.length === 1
            const isTold = isMoved || left?.title === true || left?.note === true
            expect(told).toEqual(isTold ? [''] : [])
            expect(places).toHaveLength(isTold ? 1 : 0)
            if (isMoved)
              expect(conflicts).toMatchObject([
                {
                  kind: 'move',
                  key,
                  base: key,
                  ours: goneOr('ours', key, our),
                  theirs: goneOr('theirs', key, their),
                },
              ])
            continue
          }
          // One record, whatever it is called now; where both changed a field they are asked.
          expect(places).toHaveLength(1)
          const [at = ''] = places
          const isTwice = moves.length === 2 && (our.to === 'own' || their.to === 'own')
          expect(told).toEqual([...(isTwice ? [''] : []), ...clashes(our, their)].sort())
          if (moves.length === 0) expect(at).toBe(key)
          if (moves.length === 1)
            expect(at).toBe(moves[0] === our ? placeOf(key, 'ours', our) : placeOf(key, 'theirs', their))
          if (moves.length === 2) expect(at).toBe(placeOf(key, 'ours', our))
          for (const name of ['title', 'note'] as const) {
            const side = our[name] ? 'ours' : their[name] ? 'theirs' : undefined
            expect(records.get(at)?.[name]).toBe(side ? `${side} ${name} ${key}` : begin.get(key)?.[name])
          }
          if (!isTwice) continue
          expect(conflicts).toContainEqual(
            expect.objectContaining({
              kind: 'move',
              key,
              base: key,
              ours: placeOf(key, 'ours', our),
              theirs: placeOf(key, 'theirs', their),
            }),
          )
        }
        if (merged.conflicts.some(({ kind }) => kind === 'move')) {
          const chosen = await read(
            await merged.resolve(({ kind }) => (kind === 'move' ? choice : undefined)),
          )
          for (const { kind, key = '', ...is } of merged.conflicts) {
            if (kind !== 'move') continue
            const wanted = { theirs: [is.theirs], base: [key], both: [is.ours, is.theirs], delete: [] }
            const there = wanted[choice].filter((place) => place !== undefined)
            expect(new Set(placesOf(chosen, key))).toEqual(new Set(there))
            if ((choice === 'theirs' || choice === 'base') && there.length > 0)
              expect(chosen.get(String(is[choice]))).toEqual(records.get(String(is.ours ?? is.theirs)))
          }
        }
        const swapped = await mergeCommits(commits, base, theirs, ours)
        expect(swapped.conflicts.map(({ key, path }) => [key, ...path].join('.')).sort()).toEqual(
          merged.conflicts.map(({ key, path }) => [key, ...path].join('.')).sort(),
        )
        if (merged.conflicts.length === 0)
          expect(Object.fromEntries(await read(swapped))).toEqual(Object.fromEntries(records))
      }),
      { numRuns: runs, seed: Number(process.env['ESPALIER_SEED'] ?? 508) },
    )
  })
}
