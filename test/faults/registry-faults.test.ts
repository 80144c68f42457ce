import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGitServer, type GitServer } from '../../demo/server/git-server.ts'
import { failAt } from '../../worker/storage/faults.ts'
import type { Registry } from '../../worker/storage/registry.ts'
import { quotaError, unavailable } from '../../worker/storage/storage-errors.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { createMemoryBrowser } from '../engine/local-databases.ts'
import { makeBareRepository, temporaryFolder } from '../support/git-repositories.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Fails the calls that the plan says. */
function failing(registry: Registry, fails: () => boolean): Registry {
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (fails()) throw unavailable('Injected fault of the registry.')
    return work()
  }
  return {
    all: () => call(() => registry.all()),
    get: (id) => call(() => registry.get(id)),
    update: (id, change, durability) => call(() => registry.update(id, change, durability)),
  }
}

describe('when the list of databases fails', () => {
  const folder = temporaryFolder()
  let server: GitServer
  beforeAll(async () => {
    server = await startGitServer({ root: folder.path })
  })
  afterAll(async () => {
    await server.close()
    folder.remove()
  })
  const make = (name: string): string => {
    makeBareRepository(folder.path, name)
    return `${server.url}/${name}.git`
  }

  test('at its k-th call, for every k: databases open, are written and closed; a later list has them right', async () => {
    const url = make('kth')
    for (let k = 1; ; k++) {
      let calls = 0
      let broken = true
      const browser = createMemoryBrowser(undefined, (registry) =>
        failing(registry, () => ++calls === k && broken),
      )
      const db = await browser.open(url, { history: 'tip' })
      await db.collection('units').update('foot', { factor: 2 })
      await db.commit({ message: 'Two' })
      expect((await db.status()).state).toBe('ready')
      await db.close()
      const reached = calls >= k
      broken = false
      const again = await browser.open(url, { history: 'tip' })
      expect((await again.status()).warnings).toEqual([])
      await again.close()
      expect(await browser.databases().list(), `k = ${k}`).toMatchObject({
        items: [{ url, status: 'ready', unpushedCommits: 1, workingChanges: 0 }],
      })
      if (!reached) break
    }
  })

  test('altogether, only the list says so', async () => {
    const url = make('altogether')
    const browser = createMemoryBrowser(undefined, (registry) => failing(registry, () => true))
    const db = await browser.open(url)
    await db.collection('units').update('foot', { factor: 2 })
    expect(await db.changes()).toHaveLength(1)
    await db.close()
    const databases = browser.databases()
    for (const call of [databases.list(), databases.delete(url), databases.get(url), databases.trash.empty()])
      await expect(call).rejects.toMatchObject({ code: 'storage/unavailable' })
    expect(browser.disks.size).toBe(1)
  })

  test('at the k-th call of the store while it is deleted: it is refused or says so, and nothing is lost', async () => {
    const url = make('deleted')
    for (let k = 1; ; k++) {
      let faulty: { readonly calls: readonly unknown[] } | undefined
      let broken = false
      const browser = createMemoryBrowser((storage: Storage) => {
        if (!broken) return storage
        broken = false
        const wrapped = failAt(storage, k, 'crash')
        faulty = wrapped
        return wrapped
      })
      const db = await browser.open(url)
      await db.collection('units').update('foot', { factor: 2 })
      await db.close()
      const databases = browser.databases()
      broken = true
      const outcome = await databases.delete(url).catch((error: unknown) => error)
      if (faulty && faulty.calls.length < k) {
        expect(outcome).toMatchObject({ status: 'refused', workingChanges: 1 })
        break
      }
      expect(outcome).toMatchObject({ code: 'storage/unavailable' })
      expect(await databases.list()).toMatchObject({ total: 1 })
      const again = await browser.open(url)
      expect(await again.changes()).toHaveLength(1)
      await again.close()
    }
  })

  test('a purge that is cut off after the store went is finished by the next', async () => {
    const url = make('cut')
    let broken = false
    const browser = createMemoryBrowser(undefined, (registry) => ({
      ...registry,
      update: async (id, change, durability) => {
        if (broken) throw quotaError('full')
        return registry.update(id, change, durability)
      },
    }))
    await (await browser.open(url)).close()
    const databases = browser.databases()
    broken = true
    await expect(databases.purge(url)).rejects.toMatchObject({ code: 'storage/quota' })
    expect(browser.disks.size).toBe(0)
    broken = false
    expect(await databases.purge(url)).toEqual({ status: 'deleted' })
    expect(await databases.list()).toMatchObject({ total: 0 })
  })
})

describe('states that faults lead to', () => {
  const folder = temporaryFolder()
  let server: GitServer
  beforeAll(async () => {
    server = await startGitServer({ root: folder.path })
  })
  afterAll(async () => {
    await server.close()
    folder.remove()
  })

  test('no room: quota, in the list too, until a write goes through', async () => {
    makeBareRepository(folder.path, 'full')
    const url = `${server.url}/full.git`
    let isFull = false
    const browser = createMemoryBrowser((storage) => ({
      ...storage,
      commit: async (batch) => {
        if (isFull) throw quotaError('disk is full')
        return storage.commit(batch)
      },
    }))
    const db = await browser.open(url, { history: 'tip' })
    const events: string[] = []
    db.subscribe(({ type }) => events.push(type))
    await db.settled()
    isFull = true
    await expect(db.collection('units').update('foot', { factor: 2 })).rejects.toMatchObject({
      code: 'storage/quota',
    })
    expect(events).toContain('status')
    expect((await db.status()).state).toBe('quota')
    await db.close()
    expect(await browser.databases().get(url)).toMatchObject({
      status: 'quota',
      error: { code: 'storage/quota' },
    })
    isFull = false
    const again = await browser.open(url, { history: 'tip' })
    await again.collection('units').update('foot', { factor: 2 })
    expect((await again.status()).state).toBe('ready')
    await again.close()
    const info = await browser.databases().get(url)
    expect(info).toMatchObject({ status: 'ready', workingChanges: 1 })
    expect(info).not.toHaveProperty('error')
  })

  test('damage that opening finds is remembered with its code; such a database can be deleted, by force', async () => {
    makeBareRepository(folder.path, 'damaged')
    const url = `${server.url}/damaged.git`
    const browser = createMemoryBrowser()
    await (await browser.open(url, { history: 'tip' })).close()
    const [disk] = browser.disks.values()
    disk?.image.packs.clear()
    await expect(browser.open(url, { history: 'tip' })).rejects.toMatchObject({ code: 'git/object-missing' })
    const databases = browser.databases()
    expect(await databases.list({ status: 'corrupt' })).toMatchObject({
      items: [{ url, error: { code: 'git/object-missing' } }],
    })
    expect(await databases.get(url, { fresh: true })).toMatchObject({ status: 'corrupt' })
    expect(await databases.purge(url)).toMatchObject({ status: 'refused', unpushed: null })
    expect(await databases.purge(url, { force: true })).toEqual({ status: 'deleted' })
    await (await browser.open(url)).close()
    expect(await databases.get(url)).toMatchObject({ status: 'ready' })
  })

  test('a first clone that fails is absent and says why; one that was cut off is absent too', async () => {
    const url = `${server.url}/nowhere.git`
    const browser = createMemoryBrowser()
    await expect(browser.open(url)).rejects.toMatchObject({ code: 'remote/not-found' })
    const databases = browser.databases()
    expect(await databases.list()).toMatchObject({
      items: [{ url, status: 'absent', error: { code: 'remote/not-found' }, branch: null, sizeBytes: 0 }],
    })
    expect(await databases.delete(url)).toEqual({ status: 'deleted' })
    expect(await databases.list()).toMatchObject({ total: 0 })
  })

  test('while it is cloned the list says so, and a conflict shows', async () => {
    makeBareRepository(folder.path, 'busy')
    const url = `${server.url}/busy.git`
    const browser = createMemoryBrowser()
    const seen = new Set<string | undefined>()
    const opening = browser.open(url, {
      onProgress: () =>
        void browser
          .databases()
          .get(url)
          .then((info) => seen.add(info?.status)),
    })
    const db = await opening
    await db.settled()
    expect([...seen].some((state) => state === 'cloning' || state === 'indexing')).toBe(true)
    await db.close()
  })
})
