import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import {
  createMemoryCommits,
  mergeCommits,
  recordsAnew,
  recordsOf,
  type Files,
  type MemoryCommits,
} from '../support/memory-commits.ts'

const rules = (columns: string): string =>
  `record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n${columns}`
const schema: Files = {
  '.ingitdb/root-collections.yaml': 'authors: authors\nbooks: books\n',
  'authors/.collection/definition.yaml': rules(
    '  name:\n    type: string\n    required: true\n  born:\n    type: int\n',
  ),
  'authors/.collection/subcollections/notes/definition.yaml': rules('  text:\n    type: string\n'),
  'books/.collection/definition.yaml': rules(
    '  state:\n    type: string\n    enum: [new, old]\n  price:\n    type: int\n    min_value: 1\n  author:\n    type: string\n    foreign_key: authors\n',
  ),
}

type Records = Readonly<Record<string, RecordValue | undefined>>
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined })
const author = optional(
  fc.record(
    { name: fc.constantFrom('Ada', 'Eve'), born: fc.integer({ min: 1, max: 3 }) },
    { requiredKeys: [], noNullPrototype: true },
  ),
)
const book = optional(
  fc.record(
    {
      state: fc.constantFrom('new', 'old', 'odd'),
      price: fc.constantFrom(0, 1, 2),
      author: fc.constantFrom('a1', 'a2', 'a3'),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
)
const note = fc.option(fc.record({ text: fc.constantFrom('x', 'y') }, { noNullPrototype: true }), {
  nil: undefined,
})
const side: fc.Arbitrary<Records> = fc.record({
  'authors/a1': author,
  'authors/a2': author,
  'authors/a3': author,
  'authors/notes/a1/n1': note,
  'authors/notes/a1/n2': note,
  'authors/notes/a2/n1': note,
  'books/b1': book,
  'books/b2': book,
})

function fileOf(at: string): string {
  const [id, ...key] = at.split('/')
  return key[0] === 'notes' ? `${id}/$records/${key[1]}/notes/$records/${key[2]}` : `${id}/$records/${key[0]}`
}

/** What is wrong, said once more in other words: `code collection/key`. */
function faultsOf(records: ReadonlyMap<string, RecordValue>): ReadonlySet<string> {
  const faults = new Set<string>()
  for (const [at, { name, state, price, author: writer }] of records) {
    if (at.startsWith('authors/notes/')) {
      const [, , writtenBy] = at.split('/')
      if (!records.has(`authors/${writtenBy}`)) faults.add(`validation/parent-missing ${at}`)
      continue
    }
    if (at.startsWith('authors/')) {
      if (name === undefined) faults.add(`validation/required ${at}`)
      continue
    }
    if (state === 'odd') faults.add(`validation/enum ${at}`)
    if (price === 0) faults.add(`validation/min-value ${at}`)
    if (writer !== undefined && !records.has(`authors/${String(writer)}`)) faults.add(`reference ${at}`)
  }
  return faults
}

/** A merge without open conflicts is right, or it tells what is wrong: on `runs` random triples. */
export function describeViolationLaws(runs: number): void {
  let commits: MemoryCommits
  let empty: CommitSnapshot
  beforeAll(async () => {
    commits = await createMemoryCommits()
    empty = await commits.commit(schema)
  })
  const commit = (records: Records): Promise<CommitSnapshot> =>
    commits.commit(
      Object.fromEntries(
        Object.entries(records).map(([at, value]) => [
          `${fileOf(at)}.json`,
          value ? `${JSON.stringify(value)}\n` : null,
        ]),
      ),
      empty,
    )

  test('a merge whose conflicts are resolved holds no new fault that it does not tell', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, side, fc.constantFrom('ours', 'theirs'), async (a, b, c, choice) => {
        const [base, ours, theirs] = [await commit(a), await commit(b), await commit(c)]
        const merged = await (await mergeCommits(commits, base, ours, theirs)).resolve(() => choice)
        expect(
          merged.conflicts.filter(({ blocking, choice: made }) => blocking && made === undefined),
        ).toEqual([])
        const faults = faultsOf(await recordsAnew(merged))
        const [known, theirFaults] = [faultsOf(await recordsOf(ours)), faultsOf(await recordsOf(theirs))]
        const violations = await merged.violations()
        const told = new Map(
          violations.map(({ code, collection, key, severity }) => [
            `${/foreign-key|referenced/.test(code) ? 'reference' : code} ${collection}/${key}`,
            severity,
          ]),
        )
        for (const fault of faults) if (!known.has(fault)) expect(told.has(fault), fault).toBe(true)
        for (const [fault, severity] of told) {
          expect(faults.has(fault), fault).toBe(true)
          if (severity === 'error' && !fault.startsWith('reference'))
            expect(theirFaults.has(fault), fault).toBe(false)
        }
      }),
      { numRuns: runs, seed: Number(process.env['ESPALIER_SEED'] ?? 507) },
    )
  })
}
