import { beforeAll, expect, test } from 'vitest'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  filesOf,
  mergeCommits,
  recordsAnew,
  type Files,
  type MemoryCommits,
} from '../support/memory-commits.ts'

let commits: MemoryCommits
beforeAll(async () => {
  commits = await createMemoryCommits()
})

/** Writes rows by key; rows may name a column that only they have. */
type Write = (keys: string, edited?: string) => string
const valueOf = (key: string, edited = ''): number => (edited.includes(key) ? 2 : 1)
const formats: readonly (readonly [name: string, format: string, write: Write])[] = [
  [
    'all.json',
    'json',
    (keys, edited) =>
      `[${[...keys].map((key) => `{"id":"${key}","a":${valueOf(key, edited)}}`).join(', ')}]\n`,
  ],
  [
    'all.jsonl',
    'jsonl',
    (keys, edited) => [...keys].map((key) => `{"id":"${key}","a":${valueOf(key, edited)}}\n`).join(''),
  ],
  [
    'all.csv',
    'csv',
    (keys, edited) => `id,a\n${[...keys].map((key) => `${key},${valueOf(key, edited)}\n`).join('')}`,
  ],
  [
    'all.ingr',
    'ingr',
    (keys, edited) =>
      `# INGR.io | all: $ID, a\n${[...keys].map((key) => `"${key}"\n${valueOf(key, edited)}\n`).join('')}# ${keys.length} records\n`,
  ],
]

test.each(formats)('rows of %s stand as the side that moved them has them', async (name, format, write) => {
  const text = async (base: string, ours: string, theirs: string): Promise<string | undefined> => {
    const files = (all: string): Files => ({ [`all/${name}`]: all })
    const start = await commits.commit({
      '.ingitdb/root-collections.yaml': 'all: all\n',
      'all/.collection/definition.yaml': definition(name, format, 'list', [
        format === 'ingr' ? '$ID' : 'id',
        'a',
      ]),
      ...files(base),
    })
    const merged = await mergeCommits(
      commits,
      start,
      await commits.commit(files(ours), start),
      await commits.commit(files(theirs), start),
    )
    expect(merged.conflicts).toEqual([])
    expect(merged.plan.problems).toEqual([])
    for (const [at, record] of await recordsAnew(merged)) {
      const step = merged.plan.steps.get('all')?.get(at.slice('all/'.length))
      if (step) expect(step.after).toEqual(record)
    }
    return (await filesOf(merged)).get(`all/${name}`)
  }
  const base = write('klm')
  expect(await text(base, write('klm', 'k'), write('mkl'))).toBe(write('mkl', 'k'))
  expect(await text(base, write('mkl'), write('klm', 'k'))).toBe(write('mkl', 'k'))
  expect(await text(base, write('lmk', 'k'), write('mkl', 'l'))).toBe(write('lmk', 'kl'))
  expect(await text(base, write('klmz', 'k'), write('mk'))).toBe(write('mkz', 'k'))
})

test('columns of INGR files stand as the side that moved them has them', async () => {
  const at = 'all/all.ingr'
  const start = await commits.commit({
    '.ingitdb/root-collections.yaml': 'all: all\n',
    'all/.collection/definition.yaml': definition('all.ingr', 'ingr', 'list', ['$ID', 'a']),
    [at]: '# INGR.io | all: $ID, a\n"k"\n1\n"l"\n1\n# 2 records\n',
  })
  const edited = await commits.commit(
    { [at]: '# INGR.io | all: $ID, a\n"k"\n2\n"l"\n1\n# 2 records\n' },
    start,
  )
  const moved = await commits.commit(
    { [at]: '# INGR.io | all: a, $ID\n1\n"k"\n1\n"l"\n# 2 records\n' },
    start,
  )
  for (const [ours, theirs] of [
    [edited, moved],
    [moved, edited],
  ] as const)
    expect((await filesOf(await mergeCommits(commits, start, ours, theirs))).get(at)).toBe(
      '# INGR.io | all: a, $ID\n2\n"k"\n1\n"l"\n# 2 records\n',
    )
})
