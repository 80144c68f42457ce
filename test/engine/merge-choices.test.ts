import { describe, expect, test } from 'vitest'
import type { Branch, Database } from '../../src/client/database.ts'
import type { MergeConflict } from '../../src/protocol/merge-calls.ts'
import type { Choice } from '../../src/protocol/merge.ts'
import { useGitHost } from '../support/git-host.ts'
import { shareDisk } from './shared-disk.ts'

const host = useGitHost()

/** A database whose branch `draft` changed the same fields, and deleted a record that changed here. */
async function open(): Promise<Database> {
  const db = await shareDisk(host.make('merge')).tab()
  const draft = await db.branches.create('draft')
  const edit = async (branch: Pick<Branch, 'collection'>, symbol: string): Promise<void> => {
    await branch.collection('units').update('foot', { symbol })
  }
  await edit(draft, 'b')
  await draft.collection('units').delete('metre')
  await draft.commit({ message: 'Theirs' })
  await edit(db, 'a')
  await db.collection('units').update('metre', { symbol: 'a' })
  await db.commit({ message: 'Ours' })
  return db
}

/** What JavaScript can give, whatever the types say. */
const slips: readonly unknown[] = [
  'rubbish',
  'our',
  '',
  {},
  { value: undefined },
  { value: [undefined] },
  { value: Number.NaN },
  { value: 1n },
  { Value: 1 },
  [],
  7,
  true,
]

describe('what is no choice', () => {
  test('is refused at once, and nothing of the call is kept', async () => {
    const db = await open()
    const merge = await db.merge.start('draft')
    const [foot, metre] = merge.conflicts
    if (!foot || !metre) throw new Error('two conflicts are expected')
    for (const slip of slips) {
      const choice = slip as Choice
      const ways = [
        () => merge.resolve(foot.id, choice),
        () => merge.resolve(metre.id, choice),
        () => merge.resolveAll(choice),
        () => merge.resolveAll(choice, { filter: ({ key }) => key === 'metre' }),
        // The good choice that comes first is not kept either.
        () => merge.resolveAll(({ key }) => (key === 'foot' ? 'ours' : choice)),
        () => merge.resolveAll(async ({ key }) => (key === 'foot' ? 'ours' : choice)),
      ]
      for (const way of ways) {
        await expect(way(), String(slip)).rejects.toMatchObject({
          code: 'merge/bad-choice',
          message: expect.stringMatching(/units\/(foot" symbol|metre").*"ours", "theirs", "base"/s),
        })
      }
    }
    await expect(merge.resolve(foot.id, undefined as unknown as Choice)).rejects.toMatchObject({
      code: 'merge/bad-choice',
      data: { id: foot.id, collection: 'units', key: 'foot', path: ['symbol'] },
    })
    const kept = await db.merge.current()
    expect(kept?.conflicts.map(({ choice }) => choice)).toEqual([undefined, undefined])
    expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
    await merge.resolveAll({ value: { symbol: 'c' } }, { filter: ({ key }) => key === 'metre' })
    await merge.resolve(foot.id, { value: null })
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    expect(await db.collection('units').get('metre')).toMatchObject({ symbol: 'c' })
    await db.close()
  })

  test('null leaves open conflicts open', async () => {
    const db = await open()
    const merge = await db.merge.start('draft')
    await merge.resolveAll(null as unknown as Choice)
    expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
    await db.close()
  })
})

test('resolvers and filters may answer later, one conflict after the other', async () => {
  const db = await open()
  const merge = await db.merge.start('draft')
  const asked: (string | undefined)[] = []
  const later = async ({ key }: MergeConflict): Promise<Choice | undefined> => {
    asked.push(key)
    await new Promise((done) => setTimeout(done))
    asked.push(key)
    return key === 'foot' ? 'theirs' : undefined
  }
  await merge.resolveAll(later)
  expect(asked).toEqual(['foot', 'foot', 'metre', 'metre'])
  expect(merge.conflicts.map(({ key, choice }) => [key, choice])).toEqual([
    ['foot', 'theirs'],
    ['metre', undefined],
  ])
  await merge.resolveAll('theirs', { filter: async ({ key }) => key !== 'metre' })
  expect(merge.conflicts.map(({ choice }) => choice)).toEqual(['theirs', undefined])
  await merge.resolveAll('ours')
  // A file that stays as it is is none that the merge brings.
  expect(merge.stat).toEqual({ added: 0, modified: 1, deleted: 0, files: 1 })
  expect(await merge.commit()).toMatchObject({ status: 'merged' })
  expect(await db.collection('units').get('metre')).toMatchObject({ symbol: 'a' })
  await db.close()
})
