import { beforeAll, expect, test } from 'vitest'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { createDatabases } from '../../src/client/databases.ts'
import type { KnownStores } from '../../src/client/known-stores.ts'
import { openOver } from '../../src/open.ts'
import type { DatabaseEvent } from '../../src/protocol/outcomes.ts'
import { createNodeEngine } from '../../worker/node-engine.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { temporaryFolder } from '../support/git-repositories.ts'
import { author } from './world.ts'

const host = useGitHost()
let url: string

beforeAll(() => {
  url = host.make('lost').url
})

/** A browser: what it stores, and what it remembers beside that. */
function createBrowser(): {
  disk: MemoryDisk
  readonly stores: KnownStores & { readonly names: Set<string> }
} {
  const names = new Set<string>()
  return {
    disk: createMemoryDisk(),
    stores: {
      names,
      list: () => [...names],
      add: (name) => void names.add(name),
      forget: (name) => void names.delete(name),
    },
  }
}

function openIn({ disk, stores }: ReturnType<typeof createBrowser>, from = url): Promise<Database> {
  const engine = createNodeEngine({ openStorage: async () => createMemoryStorage(disk) })
  return openOver({ ...connectInProcess(engine), stores }, from, { author })
}

async function heardBy(db: Database): Promise<readonly DatabaseEvent[]> {
  const heard: DatabaseEvent[] = []
  const stop = db.subscribe((event) => heard.push(event))
  await Promise.resolve()
  stop()
  return heard.filter(({ type }) => type === 'warning')
}

test('A first visit and later ones have lost nothing', async () => {
  const browser = createBrowser()
  for (let visit = 1; visit <= 2; visit++) {
    const db = await openIn(browser)
    await db.settled()
    expect((await db.status()).lost).toBeNull()
    expect(await heardBy(db)).toEqual([])
    expect(browser.stores.list()).toEqual([db.repository])
    await db.close()
  }
})

test('A store that is gone is told at every opening, to every listener, until the app dismisses it', async () => {
  const browser = createBrowser()
  const first = await openIn(browser)
  await first.collection('units').update('foot', { factor: 0.305 })
  await first.commit({ message: 'Never pushed' })
  await first.close()
  browser.disk = createMemoryDisk()

  const before = Date.now()
  for (let visit = 1; visit <= 2; visit++) {
    const db = await openIn(browser)
    await db.settled()
    const { lost, warnings } = await db.status()
    expect(lost).toMatchObject({ code: 'storage/evicted' })
    expect(lost?.noticedAtMs).toBeGreaterThanOrEqual(before)
    expect(warnings).toEqual([expect.stringContaining('not pushed are lost')])
    const told = { type: 'warning', code: 'storage/evicted', message: warnings[0] }
    expect(await heardBy(db)).toEqual([told])
    expect(await heardBy(db)).toEqual([told])
    // The database works all the same.
    expect((await db.log()).map(({ message }) => message.trim())).toEqual(['Start'])
    await db.close()
  }

  const db = await openIn(browser)
  await db.dismissLoss()
  expect(await db.status()).toMatchObject({ lost: null, warnings: [] })
  expect(await heardBy(db)).toEqual([])
  await db.close()
  const later = await openIn(browser)
  expect((await later.status()).lost).toBeNull()
  await later.close()
})

test('What was never stored is not remembered: a clone that fails has lost nothing', async () => {
  const browser = createBrowser()
  browser.disk.roomBytes = 0
  await expect(openIn(browser).then((db) => db.settled())).rejects.toMatchObject({ code: 'storage/quota' })
  expect(browser.stores.list()).toEqual([])
})

test('A database that was deleted on purpose was not lost', async () => {
  const { stores } = createBrowser()
  const home = temporaryFolder()
  const connection = { ...connectInProcess(createNodeEngine({ folder: home.path })), stores }
  try {
    const db = await openOver(connection, url, { author })
    await db.settled()
    expect(stores.list()).toEqual([db.repository])
    await db.close()
    const databases = createDatabases(
      (call) => connection.call((engine) => call(engine.databases)),
      'espalier',
      stores,
    )
    expect(await databases.delete('http://127.0.0.1:9/absent.git')).toEqual({ status: 'missing' })
    expect(stores.list()).toEqual([db.repository])
    expect(await databases.delete(db.repository)).toMatchObject({ status: 'trashed' })
    expect(stores.list()).toEqual([])
  } finally {
    home.remove()
  }
})
