import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  filesOf,
  mergeCommits,
  recordsAnew,
  recordsOf,
  textsOf,
  type Files,
  type MemoryCommits,
} from '../support/memory-commits.ts'

const registry = '.ingitdb/root-collections.yaml'
const notes = 'all/.collection/subcollections/notes/definition.yaml'
const definitionPath = 'all/.collection/definition.yaml'

const layouts = [
  {
    name: 'in files of their own',
    definition: definition('{key}.yaml', 'yaml', 'single', ['v']),
    write: (records: Values): Files =>
      Object.fromEntries(
        keys.map((key) => [`all/$records/${key}.yaml`, key in records ? `v: ${records[key]}\n` : null]),
      ),
    sub: notes,
  },
  {
    name: 'in one file',
    definition: definition('all.json', 'json', 'dictionary', ['v']),
    write: (records: Values): Files => ({
      'all/all.json': `${JSON.stringify(Object.fromEntries(Object.entries(records).map(([key, v]) => [key, { v }])), null, 2)}\n`,
    }),
    sub: undefined,
  },
]

type Values = Readonly<Record<string, number>>
const keys = ['k1', 'k2']
const values = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(1, 2), { noNullPrototype: true })

/** What the side that keeps the collection does to it. */
const keeping = fc.record({
  records: fc.option(values, { nil: undefined }),
  definition: fc.boolean(),
  note: fc.boolean(),
  other: fc.boolean(),
})
/** How the other side is rid of it. */
const leaving = fc.constantFrom('deleted', 'deleted without its records', 'renamed', 'unregistered')
const choices = fc.constantFrom(undefined, 'ours', 'theirs', 'delete')

/** What must hold when one side deletes a collection that the other goes on with: on `runs` random triples. */
export function describeGoneLaws(runs: number): void {
  let commits: MemoryCommits
  beforeAll(async () => {
    commits = await createMemoryCommits()
  })

  test.each(layouts)(
    'a collection of records $name is never lost or left in no collection',
    async (layout) => {
      const empty = await commits.commit({
        [registry]: 'all: all\nother: other\n',
        [definitionPath]: layout.definition,
        ...(layout.sub && { [layout.sub]: definition('{key}.yaml', 'yaml', 'single', ['text']) }),
        'other/.collection/definition.yaml': definition('other.json', 'json', 'dictionary', ['v']),
        'other/other.json': '{}\n',
      })
      const known = new Map<string, Promise<CommitSnapshot>>()
      const commit = (files: Files, onto: CommitSnapshot): Promise<CommitSnapshot> => {
        const name = JSON.stringify([onto.root, files])
        const made = known.get(name) ?? commits.commit(files, onto)
        known.set(name, made)
        return made
      }
      await fc.assert(
        fc.asyncProperty(
          values,
          keeping,
          leaving,
          fc.boolean(),
          choices,
          async (begin, kept, how, isOurs, choice) => {
            const base = await commit(layout.write(begin), empty)
            const keeper = await commit(
              {
                ...(kept.records && layout.write(kept.records)),
                ...(kept.definition && { [definitionPath]: `${layout.definition}titles: {en: All}\n` }),
                ...(kept.note && layout.sub && { 'all/$records/k1/notes/$records/n1.yaml': 'text: a\n' }),
                ...(kept.other && { [registry]: 'all: all\nother: other\nnew: new\n', ...newCollection }),
              },
              base,
            )
            const leaver = await commit(await without(base, how), base)
            const [ours, theirs] = isOurs ? [leaver, keeper] : [keeper, leaver]
            const gone = isOurs ? 'ours' : 'theirs'
            const merged = await mergeCommits(commits, base, ours, theirs)
            const [was, now] = [await textsOf(commits.source, base), await textsOf(commits.source, keeper)]
            const isWritten = [...now].some(
              ([path, text]) => path.startsWith('all/') && was.get(path) !== text,
            )
            expect(merged.conflicts.map(({ kind, collection, key }) => [kind, collection, key])).toEqual(
              isWritten ? [['schema', 'all', undefined]] : [],
            )
            if (isWritten)
              expect(merged.conflicts[0]).toMatchObject({ file: definitionPath, [gone]: undefined })
            const end = isWritten && choice ? await merged.resolve(() => choice) : merged
            expect(end.plan.problems).toEqual([])
            const files = await filesOf(end)
            const records = await recordsAnew(end)
            expect(records).toEqual(await recordsOf(end.plan.snapshot))
            const { collections, issues } = end.plan.snapshot.schema
            expect(issues).toEqual([])
            const isKept = isWritten && choice !== gone && choice !== 'delete'
            expect(collections.has('all')).toBe(isKept)
            expect(collections.has('new')).toBe(kept.other)
            expect(collections.has('moved')).toBe(how === 'renamed')
            const held = (of: ReadonlyMap<string, unknown>): readonly unknown[] =>
              [...of].filter(([at]) => at.startsWith('all/'))
            expect(held(records)).toEqual(isKept ? held(await recordsOf(keeper)) : [])
            // What is left of a collection that goes is what the side that deleted it had left.
            const left = await textsOf(commits.source, isKept ? keeper : leaver)
            const found = [...files].filter(([path]) => path.startsWith('all/'))
            for (const [path, text] of found) expect(left.get(path), path).toBe(text)
            if (isWritten)
              expect(found).toHaveLength([...left.keys()].filter((path) => path.startsWith('all/')).length)
            for (const [key, { before, after }] of end.plan.steps.get('all') ?? []) {
              expect((await recordsOf(ours)).get(`all/${key}`) ?? null).toEqual(before)
              expect(records.get(`all/${key}`) ?? null).toEqual(after)
            }
          },
        ),
        { numRuns: Math.ceil(runs / layouts.length), seed: Number(process.env['ESPALIER_SEED'] ?? 511) },
      )
    },
  )

  async function without(base: CommitSnapshot, how: string): Promise<Files> {
    const all = [...(await textsOf(commits.source, base))].filter(([path]) => path.startsWith('all/'))
    const gone = Object.fromEntries(all.map(([path]) => [path, null]))
    if (how === 'unregistered') return { [registry]: 'other: other\n' }
    if (how === 'deleted') return { [registry]: 'other: other\n', ...gone }
    if (how === 'renamed') {
      const moved = all.map(([path, text]) => [path.replace('all/', 'moved/'), text])
      return { [registry]: 'moved: moved\nother: other\n', ...gone, ...Object.fromEntries(moved) }
    }
    const definitions = Object.entries(gone).filter(([path]) => path.includes('.collection/'))
    return { [registry]: 'other: other\n', ...Object.fromEntries(definitions) }
  }
}

const newCollection: Files = {
  'new/.collection/definition.yaml': definition('new.json', 'json', 'dictionary', ['v']),
  'new/new.json': '{}\n',
}
