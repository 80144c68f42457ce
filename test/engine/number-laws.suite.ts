import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import {
  createMemoryCommits,
  filesOf,
  mergeCommits,
  recordsOf,
  type Files,
  type MemoryCommits,
  type MemoryMerge,
} from '../support/memory-commits.ts'
import { formatCases, type FileStyle, type FormatCase, type TextRecords } from '../support/record-files.ts'

const keys = ['k1', 'k2', 'k3']
const fields = ['a', 'b']
/** Several are one number to JavaScript. `#` around digits: a number, in files that hold it as one. */
const values = [
  '#9007199254740992#',
  '#9007199254740993#',
  '#-12345678901234567890#',
  '#-12345678901234567891#',
  '#0.12345678901234567890123#',
  'x',
]
const style: FileStyle = {
  comments: {},
  columns: ['$ID', ...fields],
  backwards: false,
  eol: '\n',
  final: true,
}

/** A field set or, without a value, removed; without a field the record is. */
const step = fc.record({
  key: fc.constantFrom(...keys),
  field: fc.constantFrom('a', 'a', 'a', 'b', 'b', 'b', undefined),
  value: fc.constantFrom(...values, undefined),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

function take(old: TextRecords, steps: readonly Step[]): TextRecords {
  const records = new Map(old)
  for (const { key, field, value } of steps) {
    if (field === undefined) {
      records.delete(key)
      continue
    }
    const { [field]: _, ...others } = records.get(key) ?? {}
    records.set(key, value === undefined ? others : { ...others, [field]: value })
  }
  return records
}

/** Formats in which a number is not a text; TOML refuses those that are not exact. */
const numeric = formatCases.filter(({ name }) => !/^(csv|toml)/.test(name))

/** Numbers that JavaScript cannot hold merge to the digit, as texts would: on `runs` random triples in total. */
export function describeNumberLaws(runs: number): void {
  let commits: MemoryCommits
  beforeAll(async () => {
    commits = await createMemoryCommits()
  })

  describe.each(numeric)('$name', (format) => {
    let empty: CommitSnapshot
    beforeAll(async () => {
      empty = await commits.commit({
        '.ingitdb/root-collections.yaml': 'all: all\n',
        'all/.collection/definition.yaml': format.definition,
      })
    })
    const commit = (files: Files): Promise<CommitSnapshot> => commits.commit(files, empty)
    /** The records of a merge, with what it holds as numbers as texts. */
    const digits = async (merged: MemoryMerge): Promise<object> =>
      Object.fromEntries(
        await recordsOf(
          await commit(
            Object.fromEntries([...(await filesOf(merged))].map(([path, text]) => [path, asTexts(text)])),
          ),
        ),
      )

    test('no digit is lost, made up, or changed by both sides unseen', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 6 }),
          fc.array(step, { maxLength: 3 }),
          fc.array(step, { maxLength: 3 }),
          fc.constantFrom('ours', 'theirs'),
          async (first, mine, yours, choice) => {
            const base = take(new Map(), first)
            const sides = [base, take(base, mine), take(base, yours)].map((side) => filesFor(format, side))
            const [asText, asNumber] = await Promise.all(
              [sides, sides.map(asNumbers)].map(async ([b = {}, x = {}, y = {}]) =>
                mergeCommits(commits, await commit(b), await commit(x), await commit(y), {
                  followRenames: false,
                }),
              ),
            )
            if (!asText || !asNumber) throw new Error('There are two merges.')
            expect(shown(asNumber)).toEqual(shown(asText))
            expect(asNumber.plan.problems).toEqual([])
            expect(await digits(asNumber)).toEqual(await digits(asText))
            if (asText.conflicts.length === 0) return
            const [text, number] = await Promise.all(
              [asText, asNumber].map(async (merged) => digits(await merged.resolve(() => choice))),
            )
            expect(number).toEqual(text)
          },
        ),
        {
          numRuns: Math.ceil(runs / numeric.length),
          seed: Number(process.env['ESPALIER_SEED'] ?? 512),
        },
      )
    })
  })
}

function filesFor(format: FormatCase, records: TextRecords): Files {
  return Object.fromEntries(
    Object.entries(format.write(records, style, keys)).map(([path, text]) => [`all/${path}`, text]),
  )
}

function asNumbers(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text && text.replaceAll(/"#([-.\d]+)#"/g, '$1')]),
  )
}

function asTexts(text: string): string {
  return text.replaceAll(/(?<=^|[\s:,[{])-?[\d.]{16,}(?=$|[\s,\]}])/gm, '"#$&#"')
}

/** What a merge asks, with all digits. */
function shown({ conflicts }: MemoryMerge): unknown {
  return JSON.parse(
    JSON.stringify(
      conflicts.map(({ collection, key, path, base, ours, theirs }) => ({
        collection,
        key,
        path,
        base,
        ours,
        theirs,
      })),
    ).replaceAll('#', ''),
  )
}
