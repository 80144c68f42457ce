import { describe, expect, test } from 'vitest'
import type { DatabaseState } from '../../src/protocol/databases.ts'
import { failAt } from '../../worker/storage/faults.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import type { Registry } from '../../worker/storage/registry.ts'
import { quotaError, unavailable } from '../../worker/storage/storage-errors.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { createMemoryBrowser } from '../engine/local-databases.ts'
import { until } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, makeBareRepository } from '../support/git-repositories.ts'

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
  const host = useGitHost()
  const make = (name: string): string => {
    makeBareRepository(host.path, name)
    return `${host.server.url}/${name}.git`
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
  const host = useGitHost()

  test('no room: quota, in the list too, until a write goes through', async () => {
    makeBareRepository(host.path, 'full')
    const url = `${host.server.url}/full.git`
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
    makeBareRepository(host.path, 'damaged')
    const url = `${host.server.url}/damaged.git`
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
    const url = `${host.server.url}/nowhere.git`
    const browser = createMemoryBrowser()
    await expect(browser.open(url)).rejects.toMatchObject({ code: 'remote/not-found' })
    const databases = browser.databases()
    expect(await databases.list()).toMatchObject({
      items: [{ url, status: 'absent', error: { code: 'remote/not-found' }, branch: null, sizeBytes: 0 }],
    })
    expect(await databases.delete(url)).toEqual({ status: 'deleted' })
    expect(await databases.list()).toMatchObject({ total: 0 })
  })

  test('cloning, indexing, syncing, ready, conflicted, diverged: each shows here and in the list of another tab', async () => {
    const bare = makeBareRepository(host.path, 'busy')
    const url = `${host.server.url}/busy.git`
    // The disk is slow where the test says so.
    let waiting: Promise<void> | undefined
    const browser = createMemoryBrowser((storage) => ({
      ...storage,
      commit: async (batch) => {
        await waiting
        return storage.commit(batch)
      },
    }))
    const databases = browser.databases()
    const shows = (status: DatabaseState): Promise<void> =>
      until(status, async () => (await databases.get(url))?.status === status)
    const slowly = async (): Promise<() => void> => {
      let go = (): void => {}
      waiting = new Promise((resolve) => (go = resolve))
      return go
    }

    host.server.settings.latencyMs = 80
    const goOn = await slowly()
    const opening = browser.open(url, { history: 'tip' })
    await shows('cloning')
    await shows('indexing')
    goOn()
    const db = await opening
    await db.settled()
    await shows('ready')
    expect((await db.status()).state).toBe('ready')

    const theirs = commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' })
    const pulling = db.pull()
    await shows('syncing')
    expect((await db.status()).state).toBe('syncing')
    expect(await pulling).toMatchObject({ status: 'fast-forwarded', to: theirs })
    await shows('ready')
    delete host.server.settings.latencyMs

    // Another tool moves the branch under a working change.
    await db.collection('units').update('foot', { factor: 4 })
    const draft = await db.branches.create('draft')
    await draft.discard()
    await draft.collection('units').update('foot', { factor: 5 })
    const { oid } = await draft.commit({ message: 'Moved' })
    const [disk] = browser.disks.values()
    const storage = createMemoryStorage(disk)
    await storage.commit({ writes: [{ kind: 'setRef', name: 'refs/heads/main', value: oid }] })
    await db.refresh()
    expect((await db.status()).state).toBe('conflicted')
    expect(await db.collection('units').get('foot')).toMatchObject({ $status: 'conflict', factor: 4 })
    await shows('conflicted')
    expect(await databases.list({ status: 'conflicted' })).toMatchObject({ total: 1 })
    await db.discard()
    await shows('ready')

    commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: m\nfactor: 7\n' })
    expect(await db.pull()).toMatchObject({ status: 'diverged' })
    expect((await db.status()).state).toBe('diverged')
    await shows('diverged')
    await db.close()
  })
})
