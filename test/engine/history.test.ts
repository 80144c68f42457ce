import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { useGitHost } from '../support/git-host.ts'
import { git, smallDatabase } from '../support/git-repositories.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { createRandom, openHosted } from './world.ts'

const host = useGitHost()
const openFresh = (
  files?: Readonly<Record<string, string>>,
  change?: (bare: string) => void,
): ReturnType<typeof openHosted> => openHosted(host, 'history', files, change)

const lines = (text: string): readonly string[] => text.split('\n').filter(Boolean)

/** A `git fast-import` stream: edits of a few records in many, on branches that merge, some with both sides' work. */
function historyOf(seed: number, commits: number, records: number, secondsApart = 60): string {
  const random = createRandom(seed)
  const below = (count: number): number => Math.floor(random() * count)
  const data = (text: string): string => `data ${new TextEncoder().encode(text).length}\n${text}\n`
  const path = (i: number): string => `geo/countries/$records/c${i}.json`
  let stream = ''
  const put = (i: number, value: number): string =>
    `M 100644 inline "${path(i)}"\n${data(`{ "name": "C${i}", "population": ${value} }`)}`
  for (let n = 0; n < commits; n++) {
    stream += `commit refs/heads/main\nmark :${n + 1}\n`
    stream += `author ${n % 3 === 0 ? 'Ada' : 'Bob'} <someone@example.com> ${1_700_000_000 + n * secondsApart} +0000\n`
    stream += `committer Bob <bob@example.com> ${1_700_000_000 + n * secondsApart} +0000\n${data(n % 7 === 0 ? `Fix ${n}` : `Edit ${n}`)}`
    if (n === 0) {
      for (const [file, text] of Object.entries(smallDatabase))
        stream += `M 100644 inline "${file}"\n${data(text)}`
      for (let i = 0; i < records; i++) stream += put(i, 0)
      continue
    }
    // Branches are those commits that are not merged yet; the last commit takes in some of them.
    const merges = n > 4 && random() < 0.25
    stream += `from :${Math.max(1, n - below(3))}\n`
    if (merges) stream += `merge :${1 + below(n)}\n`
    const roll = random()
    const target = below(4)
    if (merges && roll < 0.6) stream += roll < 0.3 ? '' : put(target, n)
    else if (roll < 0.1) stream += `D "${path(target)}"\n`
    else stream += put(roll < 0.7 ? target : below(records), roll < 0.2 ? 1 : n)
  }
  return stream
}

describe.each([1, 2, 3])('a history with branches and merges (seed %i)', (seed) => {
  let db: Database
  let bare: string
  beforeAll(async () => {
    ;({ db, bare } = await openFresh(undefined, (repository) => {
      git(repository, 'update-ref', '-d', 'refs/heads/main')
      execFileSync('git', ['fast-import', '--quiet', '--force'], {
        cwd: repository,
        input: historyOf(seed, 220, 400),
      })
      if (seed === 2) git(repository, 'repack', '-adfq', '--depth=50', '--window=20')
    }))
  })
  afterAll(() => db.close())

  test('shows of a record the commits that git log shows of its file', async () => {
    const countries = db.collection('geo.countries')
    for (const key of ['c0', 'c1', 'c2', 'c3', 'c200', 'ie', 'nowhere']) {
      const wanted = lines(
        git(bare, 'log', '--format=%H', 'main', '--', `geo/countries/$records/${key}.json`),
      )
      const versions = await countries.history(key, { limit: 1000 })
      expect(versions.map(({ commit }) => commit.oid)).toEqual(wanted)
      expect(await countries.history(key, { limit: 2 })).toEqual(versions.slice(0, 2))
      for (const { commit, after, before, kind } of versions) {
        const at = await db.at(commit.oid)
        const row = await at.collection('geo.countries').get(key)
        expect(row?.['population']).toEqual(after?.['population'])
        expect(kind === 'removed').toBe(after === undefined)
        if (kind === 'added') expect(before).toBeUndefined()
        await at.close()
      }
    }
  })

  test('filters a log as git does', async () => {
    const ours = async (options: Parameters<Database['log']>[0]): Promise<readonly string[]> =>
      (await db.log({ limit: 1000, ...options })).map(({ oid }) => oid)
    const theirs = (...args: readonly string[]): readonly string[] =>
      lines(git(bare, 'log', '--format=%H', ...args))
    expect(await ours({ author: 'ada' })).toEqual(theirs('--author=Ada', 'main'))
    expect(await ours({ text: 'fix' })).toEqual(theirs('--grep=Fix', 'main'))
    const [since, until] = [1_700_000_000 + 3000, 1_700_000_000 + 6000]
    expect(await ours({ since: new Date(since * 1000), until: new Date(until * 1000) })).toEqual(
      theirs(`--since=${since}`, `--until=${until}`, 'main'),
    )
    expect(await ours({ collection: 'geo.countries' })).toEqual(
      theirs('main', '--', 'geo/countries/$records'),
    )
    expect(await ours({ collection: 'geo.countries', key: 'c1', author: 'bob', limit: 3 })).toEqual(
      theirs('-3', '--author=Bob', 'main', '--', 'geo/countries/$records/c1.json'),
    )
    expect(await ours({ at: 'main~3', text: 'Edit', limit: 4 })).toEqual(
      theirs('-4', '--grep=Edit', 'main~3'),
    )
    const slips = [
      db.log({ from: 'main~3' } as object),
      db.collection('units').history('a', { form: 1 } as object),
    ]
    for (const slip of slips) await expect(slip).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await expect(db.log({ key: 'c1' })).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await expect(db.log({ collection: 'nothing' })).rejects.toMatchObject({
      code: 'record/collection-missing',
    })
  })

  test('draws a graph in which every line leads to its parent', async () => {
    const log = await db.log({ graph: true, limit: 1000 })
    expect(log.map(({ oid }) => oid)).toEqual(lines(git(bare, 'log', '--format=%H', 'main')))
    expect(log[0]?.graph?.refs).toContain('main')
    const expected = new Map<string, number>()
    for (const { oid, parents, graph } of log) {
      const wanted = expected.get(oid)
      if (wanted !== undefined) expect(graph?.lane).toBe(wanted)
      expected.delete(oid)
      // No line is in the way of another.
      expect(new Set(expected.values()).has(graph?.lane ?? -1)).toBe(false)
      parents.forEach((parent, i) => expected.set(parent, graph?.parentLanes[i] ?? -1))
      expect(new Set(expected.values()).size).toBe(expected.size)
    }
  })

  test('blames the commit that gave a field its value', async () => {
    for (const key of ['c0', 'c1', 'c200']) {
      const row = await db.collection('geo.countries').get(key)
      const blame = await db.collection('geo.countries').blame(key)
      expect(blame.map(({ field }) => field)).toEqual(row ? ['name', 'population'] : [])
      for (const { field, commit } of blame) {
        const at = await db.at(commit?.oid ?? '')
        expect((await at.collection('geo.countries').get(key))?.[field]).toEqual(row?.[field])
        await at.close()
      }
    }
  })
})

test('a graph has no parent above its child, also among commits of one second', async () => {
  const { db, bare } = await openFresh(undefined, (repository) => {
    git(repository, 'update-ref', '-d', 'refs/heads/main')
    const input = historyOf(4, 60, 20, 0)
    execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: repository, input })
  })
  const log = await db.log({ graph: true, limit: 1000 })
  const oids = log.map(({ oid }) => oid)
  expect([...oids].sort()).toEqual([...lines(git(bare, 'log', '--format=%H', 'main'))].sort())
  for (const [at, { parents }] of log.entries())
    for (const parent of parents) expect(oids.indexOf(parent)).toBeGreaterThan(at)
  await db.close()
})

test('of a file of many records the commits that changed this one count', async () => {
  const { db } = await openFresh(layoutDatabase)
  const prices = db.collection('prices')
  const lineItems = db.collection('orders').record('o1').collection('lines')
  const commit = async (message: string): Promise<void> => void (await db.commit({ message }))
  await prices.update('a', { amount: 1 })
  await commit('A')
  await prices.update('b', { amount: 3 })
  await lineItems.update('l1', { count: 5 })
  await commit('B')
  await prices.update('a', { unit: 'g' })
  await commit('A again')
  const said = async (fields?: readonly string[]): Promise<readonly string[]> =>
    (await prices.history('a', fields && { fields })).map(
      ({ commit: { message }, kind }) => `${kind} ${message.trim()}`,
    )
  expect(await said()).toEqual(['modified A again', 'modified A', 'added Start'])
  expect(await said(['unit'])).toEqual(['modified A again', 'added Start'])
  expect(await said(['amount'])).toEqual(['modified A', 'added Start'])
  expect(
    (await lineItems.history('l1')).map(({ fields }) => fields.map(({ path }) => path.join('.'))),
  ).toEqual([['count'], ['product', 'count']])
  await prices.update('a', { amount: 9 })
  expect(
    (await prices.blame('a')).map((origin) => [origin.field, origin.commit?.message.trim() ?? null]),
  ).toEqual([
    ['id', 'Start'],
    ['amount', null],
    ['unit', 'A again'],
  ])
  await db.close()
})

test('a record is followed through a change of its layout, and past a commit where it cannot be read', async () => {
  const { db } = await openFresh()
  const units = db.collection('units')
  await units.update('foot', { symbol: 'ft.' })
  await db.commit({ message: 'Edit' })
  await db.files.replace('units/$records/foot.yaml', 'symbol: [\n', { message: 'Break', force: true })
  await db.files.replace('units/$records/foot.yaml', 'symbol: feet\n', { message: 'Mend' })
  await db.schema.apply([{ kind: 'rename-column', collection: 'units', name: 'symbol', to: 'sign' }], {
    message: 'Rename',
  })
  const versions = await units.history('foot')
  expect(
    versions.map(({ commit: { message }, fields, problem }) => [
      message.trim(),
      fields.length,
      problem?.code,
    ]),
  ).toEqual([
    ['Rename', 2, undefined],
    ['Mend', 1, undefined],
    ['Break', 2, 'format/bad-record'],
    ['Edit', 1, undefined],
    ['Start', 2, undefined],
  ])
  await db.close()
})

test('an old commit is read with its own definitions, or with those of today', async () => {
  const { db } = await openFresh()
  await db.schema.apply([{ kind: 'rename-column', collection: 'units', name: 'symbol', to: 'sign' }], {
    message: 'Rename',
  })
  const names = async (view: { collections: Database['collections'] }): Promise<readonly string[]> =>
    (await view.collections()).collections
      .filter(({ definition }) => definition.id === 'units')
      .flatMap(({ definition }) => definition.columns.map(({ name }) => name))
  const own = await db.at('HEAD~1')
  const current = await db.at('HEAD~1', { schema: 'current' })
  expect(await names(own)).toContain('symbol')
  expect(await names(current)).toContain('sign')
  for (const then of [own, current]) {
    expect(await then.collection('units').get('foot')).toMatchObject({ symbol: 'ft' })
    const rows = then.collection('units').find({ where: { symbol: 'ft' } })
    if (then === own) expect(await rows).toMatchObject([{ $id: 'foot' }])
    else await expect(rows.page()).rejects.toMatchObject({ code: 'query/unknown-column' })
  }
  expect(await names(await db.at('HEAD~1'))).toContain('symbol')
  await db.close()
})
