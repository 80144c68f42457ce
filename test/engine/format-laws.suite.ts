import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { MergeConflict } from '../../src/protocol/merge-calls.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { mergeRecord } from '../../worker/merge/merge-record.ts'
import { mergeRules } from '../../worker/merge/merge-rules.ts'
import {
  createMemoryCommits,
  filesOf,
  mergeCommits,
  recordsAnew,
  recordsOf,
  textsOf,
  type Files,
  type MemoryCommits,
  type MemoryMerge,
} from '../support/memory-commits.ts'
import { formatCases, type FileStyle, type FormatCase, type TextRecords } from '../support/record-files.ts'

const keys = ['k1', 'k2', 'k3', 'k4', 'k5']
const fields = ['a', 'b', 'c']
/** What needs quotes, is no text without them, or looks like something else. */
const texts = ['x', 'y', '', 'no', '1e3', 'a, "b"', 'two\nlines', '# z', ' s ']

interface Side {
  readonly records: TextRecords
  readonly style: FileStyle
}

/** Changes of one side: a field of a record set, removed; a record removed; how the file is written. */
type Step =
  | { readonly kind: 'set'; readonly key: string; readonly field: string; readonly text: string }
  | { readonly kind: 'unset'; readonly key: string; readonly field: string }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'style'; readonly style: Partial<FileStyle> }

const key = fc.constantFrom(...keys)
const field = fc.constantFrom(...fields)
const text = fc.constantFrom(...texts)
const style: fc.Arbitrary<Partial<FileStyle>> = fc.oneof(
  fc
    .dictionary(fc.constantFrom('file', ...fields), fc.constantFrom('one', 'two'), { noNullPrototype: true })
    .map((comments) => ({ comments })),
  fc.shuffledSubarray(fields).map((columns) => ({ columns: ['$ID', ...columns] })),
  fc.shuffledSubarray(['$ID', ...fields], { minLength: 4 }).map((columns) => ({ columns })),
  fc.record({ backwards: fc.boolean() }),
  fc.record({ final: fc.boolean() }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('set'), key, field, text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unset'), key, field }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('style'), style }) },
)
/** Records with equal content may be here by chance. */
const plain = { followRenames: false }
const side = fc.constantFrom('ours', 'theirs')
const steps = fc.array(step, { maxLength: 4 })
const begin: Side = {
  records: new Map(),
  style: { comments: {}, columns: ['$ID', ...fields], backwards: false, eol: '\n', final: true },
}

function take({ records, style: old }: Side, all: readonly Step[]): Side {
  const now = new Map(records)
  let look = old
  for (const one of all) {
    if (one.kind === 'style') look = { ...look, ...one.style }
    else if (one.kind === 'delete') now.delete(one.key)
    else {
      const { [one.field]: _, ...others } = now.get(one.key) ?? {}
      now.set(one.key, one.kind === 'set' ? { ...others, [one.field]: one.text } : others)
    }
  }
  // A file with columns cannot hold a field that it has no column for.
  const used = new Set([...now.values()].flatMap((record) => Object.keys(record)))
  const missing = [...used].filter((name) => !look.columns.includes(name))
  return { records: now, style: { ...look, columns: [...look.columns, ...missing] } }
}

/** What any merge of files of records must hold to, whatever their format: on `runs` random triples in total. */
export function describeFormatLaws(runs: number): void {
  const options = {
    numRuns: Math.ceil(runs / formatCases.length),
    seed: Number(process.env['ESPALIER_SEED'] ?? 503),
  }
  let commits: MemoryCommits
  beforeAll(async () => {
    commits = await createMemoryCommits()
  })

  describe.each(formatCases)('$name', (format) => {
    let empty: CommitSnapshot
    beforeAll(async () => {
      empty = await commits.commit({
        '.ingitdb/root-collections.yaml': 'all: all\n',
        'all/.collection/definition.yaml': format.definition,
      })
    })
    const filesIn = (snapshot: CommitSnapshot): Promise<ReadonlyMap<string, string>> =>
      textsOf(commits.source, snapshot)
    const merge = (
      ...sides: readonly [CommitSnapshot, CommitSnapshot, CommitSnapshot]
    ): Promise<MemoryMerge> => mergeCommits(commits, ...sides, plain)
    const commit = (side: Side): Promise<CommitSnapshot> => commits.commit(inFolder(format, side), empty)

    test('is merged record by record: nothing is lost, made up or there twice', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 10 }),
          steps,
          steps,
          side,
          async (first, mine, yours, choice) => {
            const base = take(begin, first)
            const [b, x, y] = [
              await commit(base),
              await commit(take(base, mine)),
              await commit(take(base, yours)),
            ]
            const merged = await merge(b, x, y)
            const expected = await mergeByRecord(b, x, y)
            if (format.readOnly && merged.conflicts.some(({ kind }) => kind === 'file')) return
            await expectComments(format, merged, await filesIn(b), await filesIn(x), await filesIn(y))
            expect(placesOf(merged.conflicts)).toEqual(expected.conflicts)
            await expectRecords(merged, expected.records)

            if (expected.conflicts.length > 0) {
              const resolved = await merged.resolve(() => choice)
              if (format.readOnly && resolved.conflicts.some(({ kind }) => kind === 'file')) return
              await expectChosen(merged, resolved, choice === 'ours' ? x : y)
            }
            const swapped = await merge(b, y, x)
            if (format.readOnly && swapped.conflicts.some(({ kind }) => kind === 'file')) return
            expect(placesOf(swapped.conflicts)).toEqual(expected.conflicts)
            if (expected.conflicts.length === 0) await expectRecords(swapped, expected.records)

            // Whoever merges the same side again, or the first commit, gets what they have.
            const { root } = merged.plan
            if (expected.conflicts.length === 0 && !mergesText(format)) {
              const again = await mergeCommits(
                { ...commits, source: merged.source },
                b,
                merged.plan.snapshot,
                y,
              )
              expect(again.conflicts).toEqual([])
              await expectRecords(again, expected.records)
            }
            expect((await merge(b, x, b)).plan.root).toBe(x.root)
            expect((await merge(b, b, y)).plan.root).toBe(y.root)
            expect((await merge(b, x, x)).plan.root).toBe(x.root)
            expect((await merge(b, x, y)).plan.root).toBe(root)
          },
        ),
        options,
      )
    })
  })
}

/** Of texts that both sides grew at one place diff3 promises nothing when they meet again. */
function mergesText({ name }: FormatCase): boolean {
  return name.startsWith('markdown')
}

/** A comment that a side wrote is there, or the merge tells that it is not. */
async function expectComments(
  { comments }: FormatCase,
  merged: MemoryMerge,
  ...[base, ours, theirs]: readonly ReadonlyMap<string, string>[]
): Promise<void> {
  const { problems } = merged.plan
  expect(problems.filter(({ code }) => code !== 'format/comment-dropped')).toEqual([])
  if (!comments) return
  const of = (text = ''): readonly string[] => text.match(/(?<=# )(?:one|two)$/gm) ?? []
  for (const [path, text] of await filesOf(merged)) {
    const known = new Set([...of(base?.get(path)), ...of(text)])
    const reported = problems.flatMap(({ file, message }) => (file === path ? [message] : []))
    for (const comment of [...of(ours?.get(path)), ...of(theirs?.get(path))])
      expect(
        known.has(comment) || reported.some((message) => message.includes(`"${comment}"`)),
        `${path}: ${comment}`,
      ).toBe(true)
  }
}

/** The chosen side where the sides conflict, and the merge as it was everywhere else. */
async function expectChosen(merged: MemoryMerge, resolved: MemoryMerge, side: CommitSnapshot): Promise<void> {
  expect(resolved.plan.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const [records, clean, chosen] = [
    await recordsAnew(resolved),
    await recordsAnew(merged),
    await recordsOf(side),
  ]
  const inConflict = new Set(merged.conflicts.map(({ collection, key: of }) => `${collection}/${of}`))
  for (const place of new Set([...records.keys(), ...clean.keys()]))
    if (!inConflict.has(place)) expect(records.get(place)).toEqual(clean.get(place))
  for (const { collection, key: of, path } of merged.conflicts)
    expect(at(records.get(`${collection}/${of}`), path)).toEqual(at(chosen.get(`${collection}/${of}`), path))
}

function at(value: RecordValue | undefined, path: MergeConflict['path']): unknown {
  return path.length === 0 ? value : value?.[String(path[0])]
}

function inFolder(format: FormatCase, { records, style: look }: Side): Files {
  return Object.fromEntries(
    Object.entries(format.write(records, look, keys)).map(([path, content]) => [`all/${path}`, content]),
  )
}

/** The merge by the book. */
async function mergeByRecord(
  b: CommitSnapshot,
  x: CommitSnapshot,
  y: CommitSnapshot,
): Promise<{ readonly conflicts: readonly string[]; readonly records: ReadonlyMap<string, RecordValue> }> {
  const [base, ours, theirs] = [await recordsOf(b), await recordsOf(x), await recordsOf(y)]
  const definition = b.schema.collections.get('all')
  if (!definition) throw new Error('There is a collection.')
  const records = new Map<string, RecordValue>()
  const conflicts: Pick<MergeConflict, 'collection' | 'key' | 'path'>[] = []
  for (const place of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const sides = { base: base.get(place), ours: ours.get(place), theirs: theirs.get(place) }
    const { value, conflicts: found } = mergeRecord(sides, mergeRules(definition, 'field'))
    if (value) records.set(place, value)
    const [collection = '', ...of] = place.split('/')
    conflicts.push(...found.map(({ path }) => ({ collection, key: of.join('/'), path })))
  }
  return { conflicts: placesOf(conflicts), records }
}

function placesOf(
  conflicts: readonly Pick<MergeConflict, 'collection' | 'key' | 'path'>[],
): readonly string[] {
  return conflicts.map(({ collection, key: of, path }) => JSON.stringify([collection, of, path])).sort()
}

/** As the merge tells them, and as whoever reads its files finds them. */
async function expectRecords(merged: MemoryMerge, records: ReadonlyMap<string, RecordValue>): Promise<void> {
  const told = await recordsOf(merged.plan.snapshot)
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(records))
  expect(Object.fromEntries(await recordsAnew(merged))).toEqual(Object.fromEntries(records))
}
