import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, test, vi } from 'vitest'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, makeBareRepository } from '../support/git-repositories.ts'
import { createIdbBrowser, createMemoryBrowser } from './local-databases.ts'
import { until } from './world.ts'
import { useFakeIndexedDb } from '../support/fake-indexed-db.ts'

useFakeIndexedDb()

describe.each([
  ['memory', createMemoryBrowser],
  [
    'IndexedDB',
    () => {
      vi.stubGlobal('indexedDB', new IDBFactory())
      return createIdbBrowser()
    },
  ],
])('local databases, over %s', (kind, createBrowser) => {
  const host = useGitHost()
  const make = (name: string): { readonly bare: string; readonly url: string; readonly id: string } => {
    const bare = makeBareRepository(host.path, name)
    const url = `${host.server.url}/${name}.git`
    return { bare, url, id: `espalier ${url}` }
  }

  test('a list says what is here, without opening any: sizes, branches, what is not pushed, when', async () => {
    const { url, id, bare } = make(`listed-${kind}`)
    const browser = createBrowser()
    const databases = browser.databases()
    expect(await databases.list()).toEqual({ items: [], total: 0, next: null })
    expect(await databases.get(url)).toBeUndefined()

    const before = Date.now()
    const db = await browser.open(`${url.replace('//', '//ada:secret@')}`)
    await db.collection('units').update('foot', { factor: 2 })
    await db.commit({ message: 'Two' })
    await db.collection('units').update('metre', { factor: 3 })
    await db.settled()
    expect((await databases.get(id))?.isOpen).toBe(true)
    await db.close()

    const { items, total } = await databases.list()
    expect(total).toBe(1)
    const [info] = items
    expect(info).toMatchObject({
      id,
      url,
      name: `listed-${kind}`,
      status: 'ready',
      isOpen: false,
      branch: 'main',
      branches: ['main'],
      unpushedCommits: 1,
      workingChanges: 1,
    })
    expect(info?.sizeBytes).toBeGreaterThan(500)
    expect(info?.packs).toBeGreaterThan(1)
    for (const time of [info?.createdAt, info?.lastOpenedAt, info?.lastSyncAt])
      expect(time?.getTime()).toBeGreaterThanOrEqual(before)
    expect(JSON.stringify(items)).not.toContain('secret')
    // What was noted is what a count finds.
    expect(await databases.get(url, { fresh: true })).toEqual(info)

    const again = await browser.open(url)
    expect((await again.status()).state).toBe('ready')
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 9\n' })
    expect(await again.pull()).toMatchObject({ status: 'diverged' })
    expect((await again.status()).state).toBe('diverged')
    await again.close()
    expect((await databases.list({ status: 'diverged' })).total).toBe(1)
    expect((await databases.list({ status: ['ready', 'corrupt'] })).total).toBe(0)
  })

  test('deleting refuses what is only here, or open; what is deleted can be restored, until it has expired', async () => {
    const { url, id } = make(`deleted-${kind}`)
    const browser = createBrowser()
    const databases = browser.databases()
    const elsewhere = browser.databases()
    expect(await databases.delete(url)).toEqual({ status: 'missing' })
    const db = await browser.open(url)
    await db.collection('units').update('foot', { factor: 2 })
    await db.commit({ message: 'Two' })
    await db.collection('units').update('metre', { factor: 3 })
    expect(await databases.delete(url, { force: true })).toEqual({ status: 'open' })
    await db.close()
    expect(await databases.delete(url)).toEqual({ status: 'refused', unpushed: 1, workingChanges: 1 })
    expect(await databases.purge(url)).toEqual({ status: 'refused', unpushed: 1, workingChanges: 1 })

    const outcome = await databases.delete(id, { force: true, keepDays: 2 })
    expect(outcome).toMatchObject({ status: 'trashed' })
    expect(await elsewhere.list()).toMatchObject({ total: 0 })
    expect(await elsewhere.get(url)).toBeUndefined()
    const { items } = await elsewhere.trash.list()
    expect(items).toMatchObject([{ id, unpushedCommits: 1 }])
    const [trashed] = items
    expect(outcome).toEqual({ status: 'trashed', expiresAt: trashed?.expiresAt })
    expect(Number(trashed?.expiresAt) - Number(trashed?.deletedAt)).toBe(2 * 24 * 60 * 60 * 1000)

    expect(await elsewhere.trash.restore(url)).toMatchObject({ status: 'restored', database: { id } })
    expect(await elsewhere.trash.restore(url)).toEqual({ status: 'missing' })
    expect(await databases.list()).toMatchObject({ total: 1 })
    // Opening brings it back as well, with everything.
    await databases.delete(id, { force: true })
    const back = await browser.open(url)
    expect(await back.collection('units').get('foot')).toMatchObject({ factor: 2 })
    expect(await back.changes()).toHaveLength(1)
    await back.close()
    expect(await databases.list()).toMatchObject({ total: 1 })
    expect(await databases.trash.list()).toMatchObject({ total: 0 })

    // What has expired is gone with the next list.
    await databases.delete(id, { force: true, keepDays: 0 })
    expect(await databases.trash.list()).toMatchObject({ total: 0 })
    expect((await browser.parts.stores?.storages())?.has(id)).toBe(false)
    expect(await databases.trash.restore(id)).toEqual({ status: 'missing' })
    const fresh = await browser.open(url)
    expect(await fresh.changes()).toEqual([])
    await fresh.close()
  })

  test('the trash is emptied but for what is open; purging leaves nothing', async () => {
    const one = make(`empty-one-${kind}`)
    const two = make(`empty-two-${kind}`)
    const browser = createBrowser()
    const databases = browser.databases()
    for (const { url } of [one, two]) await (await browser.open(url)).close()
    for (const { url } of [one, two]) expect(await databases.delete(url)).toMatchObject({ status: 'trashed' })
    expect(await databases.trash.list({ orderBy: { name: 'asc' } })).toMatchObject({
      total: 2,
      items: [{ id: one.id }, { id: two.id }],
    })
    expect(await databases.purge(one.url)).toEqual({ status: 'deleted' })
    expect(await databases.trash.empty()).toEqual({ deleted: [two.id], kept: [] })
    expect(await databases.trash.list()).toMatchObject({ total: 0 })
    expect((await browser.parts.stores?.storages())?.names).not.toContain(one.id)
  })

  test('a database that the browser deleted shows as evicted with what was lost, and is cloned again', async () => {
    const { url, id } = make(`evicted-${kind}`)
    const browser = createBrowser()
    const databases = browser.databases()
    const db = await browser.open(url)
    await db.collection('units').update('foot', { factor: 2 })
    await db.commit({ message: 'Two' })
    await db.collection('units').update('metre', { factor: 3 })
    await db.close()
    await browser.evict(id)
    expect(await databases.list()).toMatchObject({
      items: [{ id, status: 'evicted', unpushedCommits: 1, workingChanges: 1 }],
    })
    const again = await browser.open(url)
    const { lost, warnings } = await again.status()
    expect(lost).toMatchObject({
      code: 'storage/evicted',
      held: { unpushedCommits: 1, workingChanges: 1 },
    })
    expect(warnings[0]).toContain('1 commits and 1 edits were only here')
    await again.close()
    expect(await databases.get(id)).toMatchObject({
      status: 'ready',
      unpushedCommits: 0,
      lost,
    })
    const later = await browser.open(url)
    expect((await later.status()).lost).toEqual(lost)
    await later.dismissLoss()
    await later.close()
    expect(await databases.get(id)).not.toHaveProperty('lost')
    await browser.evict(id)
    expect(await databases.delete(id)).toEqual({ status: 'deleted' })
    expect(await databases.list()).toMatchObject({ total: 0 })
  })

  test('names are any text, one per database; renaming says who has a name already', async () => {
    const browser = createBrowser()
    const databases = browser.databases()
    const one = make(`named-one-${kind}`)
    const two = make(`named-two-${kind}`)
    for (const { url } of [one, two]) await (await browser.open(url)).close()
    const hostile = '<img src=x onerror=alert(1)> __proto__ "é'
    expect(await databases.rename(one.id, ` ${hostile.normalize('NFD')} `)).toEqual({
      status: 'renamed',
      name: hostile,
    })
    expect(await databases.rename(two.url, hostile)).toEqual({ status: 'taken', by: one.id })
    expect(await databases.rename(two.url, '__proto__')).toEqual({ status: 'renamed', name: '__proto__' })
    expect(await databases.rename(two.url, '__proto__')).toMatchObject({ status: 'renamed' })
    expect(await databases.rename('https://example.com/none.git', 'x')).toEqual({ status: 'missing' })
    for (const bad of ['', '  ', 'a\nb', 'x'.repeat(201)])
      await expect(databases.rename(one.id, bad)).rejects.toMatchObject({ code: 'engine/bad-argument' })
    expect((await databases.get(one.url))?.name).toBe(hostile)
    const both = await Promise.all([
      databases.rename(one.id, 'wanted'),
      browser.databases().rename(two.id, 'wanted'),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['renamed', 'taken'])
    expect(await databases.list({ text: 'WANTED' })).toMatchObject({ total: 1 })
    expect(await databases.list({ text: `NAMED-TWO-${kind}` })).toMatchObject({ total: 1 })
  })

  test('what names no database is refused, and so are options that there are not', async () => {
    const databases = createBrowser().databases()
    const loose = databases as unknown as Readonly<
      Record<string, (...args: readonly unknown[]) => Promise<unknown>>
    >
    const slips: readonly (readonly [name: string, ...args: readonly unknown[]])[] = [
      ['get', undefined],
      ['get', 'https://example.com/a.git', { frehs: true }],
      ['rename', undefined, 'name'],
      ['rename', 'https://example.com/a.git', undefined],
      ['delete', 5],
      ['purge', 'https://example.com/a.git', { forse: true }],
      ['purge', 'https://example.com/a.git', { force: 'yes' }],
    ]
    for (const [name, ...args] of slips)
      await expect(loose[name]?.(...args), name).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await expect(databases.trash.restore(undefined as never)).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })
  })

  test('pages go on where they ended, in every order, also when the list changes in between', async () => {
    const browser = createBrowser()
    const databases = browser.databases()
    const made = ['c', 'a', 'b'].map((name) => make(`paged-${name}-${kind}`))
    for (const { url } of made) await (await browser.open(url)).close()
    const ids = async (options: object): Promise<readonly string[]> =>
      (await databases.list(options)).items.map(({ id }) => id)
    const [c, a, b] = made.map(({ id }) => id)
    expect(await ids({ orderBy: { name: 'asc' } })).toEqual([a, b, c])
    expect(await ids({ orderBy: { url: 'desc' } })).toEqual([c, b, a])
    expect(await ids({ orderBy: { createdAt: 'asc' } })).toEqual([c, a, b])
    expect(await ids({})).toEqual([b, a, c])
    const first = await databases.list({ orderBy: { name: 'asc' }, limit: 1 })
    expect(first).toMatchObject({ total: 3, items: [{ id: a }] })
    await databases.purge(a ?? '')
    const rest = await databases.list({ orderBy: { name: 'asc' }, limit: 2, after: first.next ?? '' })
    expect(rest.items.map(({ id }) => id)).toEqual([b, c])
    expect(rest.next).toBeNull()
    const bad = { code: 'engine/bad-argument' }
    const after = first.next ?? ''
    for (const foreign of [
      { after },
      { after: 'x' },
      { after, orderBy: { name: 'asc' }, text: 'paged' },
      { after, orderBy: { name: 'asc' }, status: 'ready' },
    ] as const)
      await expect(databases.list(foreign)).rejects.toMatchObject({
        code: 'query/bad-cursor',
        data: { path: ['after'] },
      })
    await expect(databases.trash.list({ after, orderBy: { name: 'asc' } })).rejects.toMatchObject({
      code: 'query/bad-cursor',
    })
    const filtered = { orderBy: { name: 'asc' }, text: 'Paged', status: ['ready', 'syncing'] } as const
    const { next } = await databases.list({ ...filtered, limit: 1 })
    expect(next).not.toBeNull()
    const same = { ...filtered, text: 'pageD', status: ['syncing', 'ready'], after: next ?? '' } as const
    expect(await ids(same)).toEqual([c])
    await expect(databases.list({ ...same, text: 'page' })).rejects.toMatchObject({
      code: 'query/bad-cursor',
    })
    await expect(databases.list({ ...same, text: '' })).rejects.toMatchObject({ code: 'query/bad-cursor' })
    await expect(databases.list({ limit: 0 })).rejects.toMatchObject(bad)
    for (const orderBy of [{}, { toString: 'asc' }, { name: 'up' }, { name: 'asc', url: 'asc' }])
      await expect(ids({ orderBy })).rejects.toMatchObject(bad)
    await expect(databases.delete(b ?? '', { keepDays: -1 })).rejects.toMatchObject(bad)
    await expect(databases.get('no address')).resolves.toBeUndefined()
    await expect(databases.get('no-address')).rejects.toMatchObject({ code: 'remote/bad-url' })
  })

  test('what a tab did right before it died is counted by the next list', async () => {
    const { url } = make(`died-${kind}`)
    const browser = createBrowser()
    const db = await browser.open(url)
    await db.settled()
    await until('the first note', async () => (await browser.databases().get(url))?.status === 'ready')
    // Its entry is put back to before the edit, and its lock is gone, as when it is killed before it notes anything.
    const registry = browser.parts.registry?.('espalier')
    const early = await registry?.get(`espalier ${url}`)
    await db.collection('units').update('foot', { factor: 2 })
    await db.close()
    await registry?.update(`espalier ${url}`, () => early)
    expect(await browser.databases().list()).toMatchObject({
      items: [{ status: 'ready', workingChanges: 1 }],
    })
    expect(await registry?.get(`espalier ${url}`)).toMatchObject({ followers: [] })
  })

  test('apps do not see each other; stores without a row are taken in', async () => {
    const { url } = make(`apps-${kind}`)
    const browser = createBrowser()
    await (await browser.open(url, { namespace: 'app' })).close()
    const { parts } = browser
    expect(await browser.databases().list()).toMatchObject({ total: 0 })
    const id = `app ${url}`
    const noted = await browser.databases('app').get(url)
    await parts.registry?.('app').update(id, () => undefined)
    const found = await browser.databases('app').get(id)
    expect(found).toMatchObject({ id, status: 'ready', sizeBytes: noted?.sizeBytes, unpushedCommits: 0 })
    expect(await browser.databases('ap').list()).toMatchObject({ total: 0 })
  })
})
