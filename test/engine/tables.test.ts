import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { OpenRequest } from '../../src/protocol/engine.ts'
import type { RecordValue, Row } from '../../src/protocol/records.ts'
import { commitChanges } from '../../worker/engine/commits/commit-changes.ts'
import { createDatabase, type Database } from '../../worker/engine/database.ts'
import { fillDatabase } from '../../worker/engine/sync/fill-database.ts'
import type { OpenBranch } from '../../worker/engine/open-branches.ts'
import { locateDatabase } from '../../worker/engine/locate-database.ts'
import { planUpdates } from '../../worker/engine/writes/plan-updates.ts'
import type { Platform } from '../../worker/engine/platform/platform.ts'
import { noSettings } from '../../worker/engine/queries/hide-deleted.ts'
import { createParts } from '../../worker/engine/platform/plugins.ts'
import { allRows } from '../../worker/engine/queries/read-records.ts'
import { createRegistration } from '../../worker/engine/databases/registration.ts'
import { openRepository } from '../../worker/engine/repository/repository.ts'
import { tableIdleMs } from '../../worker/engine/queries/tables.ts'
import { extras } from '../../worker/extras.ts'
import { givenExtras } from '../../worker/format/extras.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { toResultRow } from '../../worker/records/result-row.ts'
import type { Table } from '../../worker/records/table.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { unlisted } from './world.ts'

const whole = (table: Table | undefined): readonly Row[] =>
  (table?.rows() ?? []).map((row) => toResultRow({ ...row }))

describe('tables', () => {
  const host = useGitHost()
  let url = ''
  beforeAll(() => {
    url = host.make('shop', shopDatabase).url
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const openShop = async (): Promise<Database> => {
    const platform: Platform = {
      ...createNodeTabs(),
      ...unlisted,
      environment: 'node',
      hasStorage: async () => false,
      openStorage: async () => createMemoryStorage(),
      persisted: async () => null,
      whenIdle: () => () => {},
      after: (delayMs, task) => {
        const timer = setTimeout(task, delayMs)
        return () => clearTimeout(timer)
      },
    }
    const request: OpenRequest = {
      url,
      abortName: 'open',
      hasAuth: false,
      namespace: 'tables',
      branches: 'all',
      history: 'tip',
    }
    const callbacks = { auth: async () => null, event: () => {}, live: () => {} }
    const location = locateDatabase(platform, request, callbacks)
    const { remote, repository: id } = location
    const registration = createRegistration(platform, request.namespace, location)
    const repository = await openRepository(id, platform, () => {}, {
      plugins: createParts(givenExtras(extras)),
      settingsOf: noSettings,
    })
    const { signal } = new AbortController()
    await fillDatabase(repository, request, remote, { signal, listing: Promise.resolve(undefined) })
    return createDatabase({ repository, request, remote, send: () => {}, registration, lost: null })
  }

  const update = (writer: OpenBranch['writer'], key: string, patch: RecordValue): Promise<unknown> =>
    writer.write([
      { collection: 'items', plan: (view) => planUpdates(view, [{ key, patch }]), options: undefined },
    ])

  test('show what a branch holds, whichever collection is asked for', async () => {
    const database = await openShop()
    const { branch, tables } = await database.openBranch('main')
    for (const id of branch.snapshot.schema.collections.keys())
      expect(whole(await tables.of(id))).toEqual(await allRows(branch, id))
    await expect(tables.of('nothing')).rejects.toMatchObject({ code: 'record/collection-missing' })
    await database.close()
  })

  test('are made once for everybody who asks, and keep the rows that do not change', async () => {
    const database = await openShop()
    const { branch, tables, writer } = await database.openBranch('main')
    const [items, again] = await Promise.all([tables.of('items'), tables.of('items')])
    expect(again).toBe(items)
    const before = items.rows()
    await update(writer, 'i03', { price: 1 })
    const after = items.rows()
    expect(after.filter((row) => !before.includes(row)).map(({ $id, $status }) => [$id, $status])).toEqual([
      ['i03', 'modified'],
    ])
    expect(whole(items)).toEqual(await allRows(branch, 'items'))
    await database.close()
  })

  test('keep their indexes from one version to the next', async () => {
    const database = await openShop()
    const { branch, tables, writer } = await database.openBranch('main')
    const items = await tables.of('items')
    const [hash, sorted] = [items.hashIndex(['kind']), items.sortedIndex(['price'])]
    const keys = (value: string): readonly string[] => hash.find(value).map(({ $id }) => $id)
    expect([keys('cup').includes('i03'), keys('ink').includes('i03')]).toEqual([true, false])
    await update(writer, 'i03', { kind: 'ink', price: -1 })
    const { author } = database
    await commitChanges(database.repository, branch, { message: 'Another kind', author, filter: 'all' })
    expect(await tables.of('items')).toBe(items)
    expect(items.get('i03')?.$status).toBeUndefined()
    // The very indexes of before, which know of the change.
    expect(items.hashIndex(['kind'])).toBe(hash)
    expect(items.sortedIndex(['price'])).toBe(sorted)
    expect([keys('cup').includes('i03'), keys('ink').includes('i03')]).toEqual([false, true])
    await database.close()
  })

  test('of other commits share the rows of values that are the same', async () => {
    const database = await openShop()
    const { branch, tables, writer } = await database.openBranch('main')
    const items = await tables.of('items')
    await update(writer, 'i03', { price: 1 })
    const committed = await database.tablesAt(branch.snapshot).of('items')
    const own = committed.rows().filter((row) => !items.rows().includes(row))
    expect(own.map(({ $id, price }) => [$id, price])).toEqual([['i03', 21]])
    await database.close()
  })

  test('of another branch are made of these: clean, changed and committed records each as that branch has them', async () => {
    const database = await openShop()
    const main = await database.openBranch('main')
    const items = await main.tables.of('items')
    await update(main.writer, 'i03', { price: 1 })
    const draft = await database.createBranch('draft', 'main', main.branch.snapshot.commit)
    await update(draft.writer, 'i04', { price: 2 })
    const { author } = database
    await commitChanges(database.repository, draft.branch, { message: 'A price', author, filter: 'all' })
    await update(draft.writer, 'i05', { price: 3 })
    const theirs = await draft.tables.of('items')
    expect(whole(theirs)).toEqual(await allRows(draft.branch, 'items'))
    expect(whole(items)).toEqual(await allRows(main.branch, 'items'))
    const own = theirs.rows().filter((row) => !items.rows().includes(row))
    expect(own.map(({ $id, $status }) => [$id, $status])).toEqual([
      ['i03', undefined],
      ['i04', undefined],
      ['i05', 'modified'],
    ])
    await database.close()
  })

  test('that nobody asked for in a while go, unless they are retained', async () => {
    const database = await openShop()
    const { branch, tables } = await database.openBranch('main')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    await tables.of('items')
    await tables.of('kinds')
    const release = tables.retain('kinds')
    vi.advanceTimersByTime(tableIdleMs - 1)
    expect(tables.current('items')).toBeDefined() // asked for: it stays for as long again
    vi.advanceTimersByTime(tableIdleMs - 1)
    expect(tables.current('items')).toBeDefined()
    vi.advanceTimersByTime(2 * tableIdleMs)
    expect(tables.current('items')).toBeUndefined()
    expect(branch.snapshot.opened().get('items')?.loaded()).toBeUndefined()
    expect(tables.current('kinds')).toBeDefined()
    release()
    vi.advanceTimersByTime(3 * tableIdleMs)
    expect(tables.current('kinds')).toBeUndefined()
    expect((await tables.of('items')).size).toBe(12)
    vi.useRealTimers()
    await database.close()
  })
})
