import { describe, expect, test } from 'vitest'
import type { Branch, Database } from '../../src/client/database.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { anyValues, until } from './world.ts'
import { useGitHost } from '../support/git-host.ts'
import { shareDisk, type SharedDisk } from './shared-disk.ts'

const host = useGitHost()

const makeWorld = (files?: Readonly<Record<string, string>>): SharedDisk =>
  shareDisk(host.make('merge', files))

/** Two branches from one commit, each with edits of its own. */
async function diverge(
  db: Database,
  ours: (branch: Branch) => Promise<unknown>,
  theirs: (branch: Branch) => Promise<unknown>,
): Promise<Branch> {
  const draft = await db.branches.create('draft')
  await theirs(draft)
  if ((await draft.changes()).length > 0) await draft.commit({ message: 'Theirs' })
  await ours(db)
  if ((await db.changes()).length > 0) await db.commit({ message: 'Ours' })
  return draft
}

/** An edit of both units. */
const setSymbols =
  (symbol: string) =>
  async (branch: Pick<Database, 'collection'>): Promise<void> => {
    await branch.collection('units').update('foot', { symbol })
    await branch.collection('units').update('metre', { symbol })
  }

describe('a merge', () => {
  test('takes what one side changed and merges fields of records that both changed', async () => {
    const db = await makeWorld().tab()
    await diverge(
      db,
      (branch) => branch.collection('units').update('foot', { symbol: 'FT' }),
      async (branch) => {
        await branch.collection('units').update('foot', { factor: 0.3 })
        await branch.collection('geo.countries').update('ie', { population: 1 })
        await branch.collection('units').delete('metre')
      },
    )
    const preview = await db.merge.preview('draft')
    expect(preview).toMatchObject({ status: 'merge', conflicts: [], violations: [] })
    expect(preview.stat).toMatchObject({ added: 0, modified: 2, deleted: 1 })
    const merge = await db.merge.start('draft')
    const outcome = await merge.commit()
    expect(outcome).toMatchObject({ status: 'merged' })
    expect(await db.collection('units').get('foot')).toMatchObject({ symbol: 'FT', factor: 0.3 })
    expect(await db.collection('units').exists('metre')).toBe(false)
    expect(await db.collection('geo.countries').get('ie')).toMatchObject({ population: 1 })
    const [last] = await db.log({ limit: 1 })
    expect(last?.message).toBe("Merge branch 'draft'\n")
    expect(last?.parents).toEqual([preview.ours, preview.theirs])
    expect(await db.merge.current()).toBeUndefined()
    expect((await db.merge.preview('draft')).status).toBe('up-to-date')
    await db.close()
  })

  test('names conflicts, keeps choices over a reload and writes them', async () => {
    const { tab } = makeWorld()
    let db = await tab()
    await diverge(
      db,
      async (branch) => {
        await branch.collection('units').update('foot', { symbol: 'a', factor: 1 })
        await branch.collection('units').delete('metre')
      },
      async (branch) => {
        await branch.collection('units').update('foot', { symbol: 'b', factor: 2 })
        await branch.collection('units').update('metre', { factor: 5 })
      },
    )
    const merge = await db.merge.start('draft')
    expect(merge.conflicts.map(({ key, path, kind }) => [key, ...path, kind])).toEqual([
      ['foot', 'factor', 'edit/edit'],
      ['foot', 'symbol', 'edit/edit'],
      ['metre', 'delete/edit'],
    ])
    expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
    const [factor] = merge.conflicts
    await merge.resolve(factor?.id ?? '', { value: 3 })
    await db.close()

    db = await tab()
    const again = await db.merge.current()
    expect(again?.conflicts.map(({ choice }) => choice)).toEqual([{ value: 3 }, undefined, undefined])
    await again?.resolveAll((conflict) => (conflict.key === 'metre' ? 'theirs' : 'ours'))
    expect(await again?.commit({ message: 'Decided' })).toMatchObject({ status: 'merged' })
    expect(await db.collection('units').get('foot')).toMatchObject({ symbol: 'a', factor: 3 })
    expect(await db.collection('units').get('metre')).toMatchObject({ factor: 5 })
    await db.close()
  })

  test('moves a branch forward that has no commits of its own, and makes a commit only when asked', async () => {
    const db = await makeWorld().tab()
    const draft = await diverge(
      db,
      async () => {},
      (branch) => branch.collection('units').update('foot', { symbol: 'b' }),
    )
    const other = await db.branches.create('other')
    const { commit: tip } = await draft.status()
    const merge = await db.merge.start('draft')
    expect(merge.status).toBe('fast-forward')
    expect(await merge.commit()).toMatchObject({ status: 'fast-forwarded', to: tip })
    expect((await db.status()).commit).toBe(tip)
    expect(await db.collection('units').get('foot')).toMatchObject({ symbol: 'b' })
    const made = await (await other.merge.start('draft')).commit({ noFastForward: true })
    expect(made).toMatchObject({ status: 'merged' })
    expect((await other.log({ limit: 1 }))[0]?.message).toBe("Merge branch 'draft' into other\n")
    await db.close()
  })

  test('is refused as data while working changes touch its records, and carries the others over', async () => {
    const db = await makeWorld().tab()
    await diverge(
      db,
      (branch) => branch.collection('geo.countries').update('ie', { population: 1 }),
      (branch) => branch.collection('units').update('foot', { symbol: 'b' }),
    )
    await db.collection('units').update('foot', { factor: 9 })
    await db.collection('units').update('metre', { factor: 9 })
    const foot = { collection: 'units', key: 'foot' }
    expect(await db.merge.start('draft')).toMatchObject({ status: 'blocked', blockedBy: [foot] })
    await db.discard([foot])
    const merge = await db.merge.start('draft')
    await db.collection('units').update('foot', { factor: 9 })
    expect(await merge.commit()).toEqual({ status: 'blocked', records: [foot] })
    await db.discard([foot])
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    expect((await db.changes()).map(({ key }) => key)).toEqual(['metre'])
    await db.close()
  })

  test('is aborted without a trace', async () => {
    const db = await makeWorld().tab()
    await diverge(
      db,
      (branch) => branch.collection('units').update('foot', { symbol: 'a' }),
      (branch) => branch.collection('units').update('foot', { symbol: 'b' }),
    )
    await db.collection('units').update('metre', { factor: 9 })
    const before = [await db.status(), await db.changes(), await db.log()]
    const merge = await db.merge.start('draft')
    await merge.resolveAll('theirs')
    await expect(db.merge.start('main')).rejects.toMatchObject({ code: 'merge/in-progress' })
    await merge.abort()
    expect([await db.status(), await db.changes(), await db.log()]).toEqual(before)
    await expect(merge.commit()).rejects.toMatchObject({ code: 'merge/not-started' })
    await db.close()
  })

  test('of files that records share goes record by record', async () => {
    const db = await makeWorld(layoutDatabase).tab()
    await diverge(
      db,
      async (branch) => {
        await branch.collection('cities').insert({ $id: 'sligo', id: 'sligo', name: 'Sligo' }, anyValues)
        await branch.collection('statuses').insert({ $id: 'late', title: 'Late' }, anyValues)
        await branch.collection('cities').update('cork', { name: 'Corcaigh' }, anyValues)
      },
      async (branch) => {
        await branch.collection('cities').insert({ $id: 'ennis', id: 'ennis', name: 'Ennis' }, anyValues)
        await branch.collection('statuses').insert({ $id: 'early', title: 'Early' }, anyValues)
        await branch.collection('cities').delete('galway', anyValues)
      },
    )
    const merge = await db.merge.start('draft')
    expect(merge).toMatchObject({ status: 'merge', conflicts: [], violations: [] })
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    const keys = (await db.collection('cities').all()).map(({ $id }) => $id)
    expect(keys).toContain('sligo')
    expect(keys).toContain('ennis')
    expect(keys).not.toContain('galway')
    expect(await db.collection('statuses').exists('late')).toBe(true)
    expect(await db.collection('statuses').exists('early')).toBe(true)
    expect(await db.collection('cities').get('cork')).toMatchObject({ name: 'Corcaigh' })
    await db.close()
  })

  test('of branches that merged each other asks again where they decided differently', async () => {
    for (const [ours, theirs] of [
      ['ours', 'ours'],
      ['ours', 'theirs'],
      ['delete', 'theirs'],
    ] as const) {
      const db = await makeWorld().tab()
      const draft = await diverge(
        db,
        async (branch) => {
          await branch.collection('units').update('foot', { symbol: 'a' })
          await branch.collection('units').update('metre', { symbol: 'a' })
        },
        async (branch) => {
          await branch.collection('units').update('foot', { symbol: 'b' })
          await branch.collection('units').delete('metre')
        },
      )
      const { commit: ourTip } = await db.status()
      const first = await db.merge.start('draft')
      await first.resolveAll(({ key }) =>
        key === 'metre' ? (ours === 'delete' ? 'theirs' : 'ours') : 'ours',
      )
      await first.commit()
      const second = await draft.merge.start(ourTip)
      await second.resolveAll(theirs)
      await second.commit()

      const merge = await db.merge.start('draft')
      expect(merge.bases).toHaveLength(2)
      const conflicts = merge.conflicts.map(({ key, base, ours: our, theirs: their }) => [
        key,
        base,
        our,
        their,
      ])
      if (theirs === 'ours') {
        // Main kept its values, draft its own: nobody has more right than the other.
        expect(conflicts).toMatchObject([
          ['foot', undefined, 'a', 'b'],
          ['metre', { symbol: 'a' }, { symbol: 'a' }, undefined],
        ])
        const [foot] = merge.conflicts
        await expect(merge.resolve(foot?.id ?? '', 'base')).rejects.toMatchObject({
          code: 'merge/bad-choice',
        })
        await merge.resolveAll('theirs')
      } else if (ours === 'ours') expect(conflicts).toEqual([])
      else expect(conflicts).toMatchObject([['metre', { symbol: 'a' }, undefined, { symbol: 'a' }]])
      if (ours === 'delete') await merge.resolveAll('ours')
      expect(await merge.commit()).toMatchObject({ status: 'merged' })
      const metre = await db.collection('units').get('metre')
      expect(metre?.symbol).toBe(theirs === 'ours' || ours === 'delete' ? undefined : 'a')
      expect(Object.keys((await db.collection('units').get('foot')) ?? {}).join()).not.toMatch(/differ/)
      await db.close()
    }
  })

  test('goes on when its branch moves, with the choices that are about the same values', async () => {
    const db = await makeWorld().tab()
    await diverge(db, setSymbols('a'), setSymbols('b'))
    const merge = await db.merge.start('draft')
    await merge.resolveAll('theirs')
    await db.collection('units').update('metre', { symbol: 'c' })
    expect(await merge.commit()).toMatchObject({ status: 'blocked' })
    await db.commit({ message: 'Meanwhile' })
    const outcome = await merge.commit()
    expect(outcome).toMatchObject({ status: 'unresolved', conflicts: [{ key: 'metre', ours: 'c' }] })
    const again = await db.merge.current()
    expect(again?.conflicts.map(({ key, choice }) => [key, choice])).toEqual([
      ['foot', 'theirs'],
      ['metre', undefined],
    ])
    await again?.resolveAll('ours')
    expect(await again?.commit()).toMatchObject({ status: 'merged' })
    expect((await db.collection('units').all()).map(({ symbol }) => symbol)).toEqual(['b', 'c'])
    await db.close()
  })

  test('is one for all tabs: each sees what another chose, and one commits', async () => {
    const { tab } = makeWorld()
    const one = await tab()
    await diverge(one, setSymbols('a'), setSymbols('b'))
    const two = await tab()
    const [here, there] = await Promise.all([one.merge.start('draft'), two.merge.start('draft')])
    expect(there.conflicts).toEqual(here.conflicts)
    const [foot, metre] = here.conflicts
    await Promise.all([here.resolve(foot?.id ?? '', 'ours'), there.resolve(metre?.id ?? '', 'theirs')])
    expect((await two.merge.current())?.conflicts.map(({ choice }) => choice)).toEqual(['ours', 'theirs'])
    const live = two.collection('units').find({ orderBy: 'symbol' })
    const symbols: string[] = []
    const stop = live.subscribe(({ rows }) => symbols.push(rows.map(({ symbol }) => symbol).join()))
    const outcomes = await Promise.allSettled([here.commit(), there.commit()])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'merge/not-started' },
    })
    await until('the other tab follows', () => symbols.at(-1) === 'a,b')
    stop()
    await one.close()
    await two.close()
  })

  test('keeps what it merges through a compaction, also when its branch is deleted', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    await diverge(
      db,
      (branch) => branch.collection('units').update('foot', { symbol: 'a' }),
      (branch) => branch.collection('units').update('foot', { symbol: 'b' }),
    )
    await db.merge.start('draft')
    await db.branches.delete('draft', { force: true })
    await db.compact()
    await db.close()
    const again = await tab()
    const merge = await again.merge.current()
    await merge?.resolveAll('theirs')
    expect(await merge?.commit()).toMatchObject({ status: 'merged' })
    expect(await again.collection('units').get('foot')).toMatchObject({ symbol: 'b' })
    await again.close()
  })

  test('goes along when its branch is renamed, goes with it, and is refused where the branch is protected', async () => {
    const db = await makeWorld().tab()
    await diverge(
      db,
      (branch) => branch.collection('units').update('foot', { symbol: 'a' }),
      (branch) => branch.collection('units').update('foot', { symbol: 'b' }),
    )
    const side = await db.branches.create('side')
    await (await side.merge.start('draft')).resolveAll('theirs')
    await db.branches.rename('side', 'renamed')
    const renamed = await db.branches.open('renamed')
    const merge = await renamed.merge.current()
    expect(merge?.conflicts).toMatchObject([{ key: 'foot', choice: 'theirs' }])
    await db.branches.protect('renamed', true)
    await expect(merge?.commit()).rejects.toMatchObject({ code: 'git/branch-protected' })
    await expect(renamed.merge.start('draft')).rejects.toMatchObject({ code: 'git/branch-protected' })
    await db.branches.protect('renamed', false)
    await db.branches.delete('renamed', { force: true })
    const anew = await db.branches.create('renamed')
    expect(await anew.merge.current()).toBeUndefined()
    await db.close()
  })
})
