import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { RecordChange } from '../../src/protocol/carry.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createStaged } from '../../worker/engine/writes/edit-view.ts'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import type { DoneEdit } from '../../worker/engine/writes/operation-log.ts'
import { wantedOf } from '../../worker/engine/versions/carrying/carried-changes.ts'
import { countDiff } from '../../worker/engine/versions/diff/diff-stat.ts'
import { diffRecords } from '../../worker/engine/versions/diff/diff-records.ts'
import { mergeHere, type MergedCarry } from '../../worker/engine/versions/carrying/merge-carried.ts'
import { createWorkingChanges } from '../../worker/engine/branches/working-changes.ts'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  mergeCommits,
  recordsOf,
  type Files,
  type MemoryCommits,
} from '../support/memory-commits.ts'

type Records = ReadonlyMap<string, RecordValue>
type Side = Readonly<Record<(typeof collections)[number], Records>>
type Changes = readonly RecordChange[]

const collections = ['one', 'rows'] as const
const columns = ['a', 'b', 'c']
const schema: Files = {
  '.ingitdb/root-collections.yaml': collections.map((id) => `${id}: ${id}\n`).join(''),
  'one/.collection/definition.yaml': definition('{key}.json', 'json', 'single', columns),
  'rows/.collection/definition.yaml': definition('all.jsonl', 'jsonl', 'list', ['$ID', ...columns]),
}

const value = fc.dictionary(
  fc.constantFrom(...columns),
  fc.oneof(
    fc.integer({ min: 0, max: 2 }),
    fc.constant(null),
    fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('p', 'q'), fc.integer({ min: 0, max: 2 }), { noNullPrototype: true }),
  ),
  { minKeys: 1, noNullPrototype: true },
) as fc.Arbitrary<RecordValue>
const records: fc.Arbitrary<Records> = fc
  .array(fc.tuple(fc.constantFrom('k1', 'k2', 'k3'), value), { maxLength: 4 })
  .map((entries) => new Map(entries))
const side: fc.Arbitrary<Side> = fc.record({ one: records, rows: records })

const onConflicts = fc.constantFrom('skip', 'ours', 'theirs')

function filesOf({ one, rows }: Side): Files {
  const own = ['k1', 'k2', 'k3'].map((key): [string, string | null] => {
    const record = one.get(key)
    return [`one/$records/${key}.json`, record ? `${JSON.stringify(record)}\n` : null]
  })
  return {
    ...Object.fromEntries(own),
    'rows/all.jsonl': [...rows].map(([key, row]) => `${JSON.stringify({ $ID: key, ...row })}\n`).join(''),
  }
}

function expected(side: Side): unknown {
  return sorted(
    new Map(collections.flatMap((id) => [...side[id]].map(([key, record]) => [`${id}/${key}`, record]))),
  )
}

function sorted(all: Records): unknown {
  return [...all].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** What must hold when changes are carried from one commit to another, on `runs` random triples of databases. */
export function describeCarryLaws(runs: number): void {
  const options = { numRuns: runs, seed: Number(process.env['ESPALIER_SEED'] ?? 502) }
  let commits: MemoryCommits
  let empty: CommitSnapshot
  beforeAll(async () => {
    commits = await createMemoryCommits()
    empty = await commits.commit(schema)
  })
  const commit = (of: Side): Promise<CommitSnapshot> => commits.commit(filesOf(of), empty)

  const diff = async (from: CommitSnapshot, to: CommitSnapshot): Promise<Changes> => {
    const found: RecordChange[] = []
    for await (const { records: some, problems } of diffRecords(
      commits.source,
      { from, to, changes: undefined },
      {},
    )) {
      expect(problems).toEqual([])
      found.push(...some)
    }
    // As a change set that was a file meanwhile.
    return JSON.parse(JSON.stringify(found)) as Changes
  }
  const carry = (
    onto: CommitSnapshot,
    changes: Changes,
    reverse = false,
    onConflict: 'stop' | 'skip' | 'ours' | 'theirs' = 'stop',
  ): Promise<MergedCarry> =>
    mergeHere(
      { snapshot: onto, changes: createWorkingChanges() },
      createStaged(),
      wantedOf({ changes, reverse }),
      onConflict,
      {},
    )
  /** The records of a commit with edits on top, as they are after they went through files. */
  const edited = async (onto: CommitSnapshot, edits: readonly DoneEdit[]): Promise<Records> => {
    const files: Record<string, string | null> = {}
    for (const id of collections) {
      const changes = new Map(
        edits.flatMap(({ collection, key, before }) => (collection === id ? [[key, { after: before }]] : [])),
      )
      const { written, deleted } = await (await onto.collection(id)).write(changes)
      for (const path of deleted) files[path] = null
      for (const { path, bytes } of written) files[path] = new TextDecoder().decode(bytes)
    }
    return recordsOf(await commits.commit(files, onto))
  }

  describe('changes between two commits', () => {
    test('applied to the first give the second, once; reverted on the second the first', async () => {
      await fc.assert(
        fc.asyncProperty(side, side, async (a, b) => {
          const [from, to] = [await commit(a), await commit(b)]
          const changes = await diff(from, to)
          const there = await carry(from, changes)
          expect(there.conflicts).toEqual([])
          expect(sorted(await edited(from, there.edits))).toEqual(expected(b))
          const back = await carry(to, changes, true)
          expect(back.conflicts).toEqual([])
          expect(sorted(await edited(to, back.edits))).toEqual(expected(a))
          expect(await carry(to, changes)).toEqual({ edits: [], conflicts: [] })
          expect(await carry(from, changes, true)).toEqual({ edits: [], conflicts: [] })
        }),
        options,
      )
    })

    test('are none from a commit to itself, are those back turned round, and are as many as their statistics say', async () => {
      await fc.assert(
        fc.asyncProperty(side, side, async (a, b) => {
          const [from, to] = [await commit(a), await commit(b)]
          expect(await diff(from, from)).toEqual([])
          const changes = await diff(from, to)
          const back = plain(await diff(to, from))
          expect(back.map(({ before, after, ...at }) => ({ ...at, before: after, after: before }))).toEqual(
            plain(changes),
          )
          const sides = { from, to, changes: undefined }
          const stat = await countDiff(sides, diffRecords(commits.source, sides, {}))
          // A record under another key is one row that changed.
          const count = (is: (change: RecordChange) => unknown): number => changes.filter(is).length
          const [old, now] = [sizes(a), sizes(b)]
          expect(stat.rowsAdded).toBe(count(({ before }) => !before))
          expect(stat.rowsDeleted).toBe(count(({ after }) => !after))
          expect(stat.rowsModified).toBe(count(({ before, after }) => before && after))
          if (stat.collections.length === collections.length) {
            expect([stat.oldRowCount, stat.newRowCount]).toEqual([old, now])
            expect(stat.rowsUnmodified + stat.rowsAdded + stat.rowsModified).toBe(now)
          }
        }),
        options,
      )
    })
  })

  test('a cherry-pick is a merge with the parent as base, a revert one with the commit as base', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, side, fc.boolean(), onConflicts, async (a, b, c, reverse, onConflict) => {
        const [parent, tip, here] = [await commit(a), await commit(b), await commit(c)]
        const changes = await diff(parent, tip)
        const [base, theirs] = reverse ? [tip, parent] : [parent, tip]
        const merged = await mergeCommits(commits, base, here, theirs, { followRenames: false })
        const blocking = merged.conflicts.filter(({ blocking: blocks }) => blocks)
        const places = new Set(blocking.map(({ collection, key }) => `${collection}/${key}`))

        const stopped = await carry(here, changes, reverse)
        expect(
          stopped.conflicts
            .flatMap(({ collection, key, conflicts }) =>
              conflicts.map(({ path }) => JSON.stringify([collection, key, path])),
            )
            .sort(),
        ).toEqual(blocking.map(({ collection, key, path }) => JSON.stringify([collection, key, path])).sort())

        const carried = await carry(here, changes, reverse, onConflict)
        const found = await edited(here, carried.edits)
        if (onConflict !== 'skip') {
          expect(carried.conflicts).toEqual([])
          const resolved = await merged.resolve(() => onConflict)
          expect(sorted(found)).toEqual(sorted(await recordsOf(resolved.plan.snapshot)))
          return
        }
        expect(carried.conflicts.map(({ collection, key }) => `${collection}/${key}`).sort()).toEqual(
          [...places].sort(),
        )
        const [whole, ours] = [await recordsOf(merged.plan.snapshot), await recordsOf(here)]
        for (const at of new Set([...found.keys(), ...whole.keys(), ...ours.keys()]))
          expect(found.get(at), at).toEqual((places.has(at) ? ours : whole).get(at))
      }),
      options,
    )
  })
}

/** A move as what it is: one record less and one more. In the order of keys. */
function plain(changes: Changes): Changes {
  return changes
    .flatMap(({ collection, key, before, after, from }): Changes => {
      const [old, now] = [before && { before }, after && { after }]
      return from
        ? [
            { collection, key: from.key, ...old },
            { collection, key, ...now },
          ]
        : [{ collection, key, ...old, ...now }]
    })
    .sort((one, other) => (`${one.collection}/${one.key}` < `${other.collection}/${other.key}` ? -1 : 1))
}

function sizes(of: Side): number {
  return collections.reduce((sum, id) => sum + of[id].size, 0)
}
