import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { createNodeTabs, type NodeTabs } from '../../worker/node-engine.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'
import { anyValues, auditDisk, author, createRandom, openOn, until } from './world.ts'

const seed = Number(process.env['ESPALIER_SEED'] ?? 77)

/** Tabs that share locks, as those of one browser do, but never hear of each other. */
function createDeafTabs(): NodeTabs {
  const { lock } = createNodeTabs()
  const deaf = { announce: () => {}, listen: () => {}, close: () => {} }
  return { lock, announcer: () => deaf }
}

describe('two tabs that do not hear of each other', () => {
  const host = useGitHost()

  const openTwo = async (
    name: string,
  ): Promise<{ bare: string; url: string; disk: MemoryDisk; first: Database; second: Database }> => {
    const bare = makeBareRepository(host.path, name)
    const url = `${host.server.url}/${name}.git`
    const disk = createMemoryDisk()
    const tabs = createDeafTabs()
    const [first, second] = await Promise.all([
      openOn(createMemoryStorage(disk), url, { tabs, ...anyValues }),
      openOn(createMemoryStorage(disk), url, { tabs, ...anyValues }),
    ])
    for (const db of [first, second])
      await until('history', async () => (await db.status()).history !== 'loading')
    return { bare, url, disk, first, second }
  }

  test(`200 crossing edits of the same and of other records, with commits from both: nothing is lost (seed ${seed})`, async () => {
    const { bare, url, disk, first, second } = await openTwo('crossing')
    const random = createRandom(seed)
    const keys = ['ie', 'fr', 'de']
    /** What each acknowledged edit added, by record. */
    const added = new Map(keys.map((key) => [key, 0]))
    const start = new Map<string, number>()
    for (const key of keys)
      start.set(key, Number((await first.collection('geo.countries').get(key))?.['population']))
    let refused = 0
    let commits = 0

    const work = async (db: Database, tab: number): Promise<void> => {
      const countries = db.collection('geo.countries')
      for (let done = 0; done < 100;) {
        const key = keys[Math.floor(random() * keys.length)] as string // an index of keys
        const row = await countries.get(key)
        const amount = 1 + Math.floor(random() * 9)
        try {
          const field = { population: Number(row?.['population']) + amount, [`tab${tab}`]: done }
          await countries.update(key, field, { ifMatch: row?.$rev ?? '' })
          added.set(key, (added.get(key) ?? 0) + amount)
          done++
        } catch (error) {
          if (!isEspalierError(error, 'record/changed')) throw error
          refused++
        }
        if (random() < 0.1) {
          try {
            await db.commit({ message: `Tab ${tab} after ${done}` })
            commits++
          } catch (error) {
            if (!isEspalierError(error, 'engine/nothing-to-commit')) throw error
          }
        }
        // Yields, so that the tabs cross.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await Promise.all([work(first, 1), work(second, 2)])
    expect(refused).toBeGreaterThan(0)
    expect(commits).toBeGreaterThan(2)

    const reopened = await openOn(createMemoryStorage(disk), url, { tabs: createDeafTabs() })
    for (const key of keys) {
      const row = await reopened.collection('geo.countries').get(key)
      expect(row?.['population'], key).toBe((start.get(key) ?? 0) + (added.get(key) ?? 0))
    }
    expect(await reopened.log({ limit: 1000 })).toHaveLength(commits + 1)
    await reopened.close()

    // A tab that saw nothing since pushes what is there, not what it knows.
    if ((await first.changes()).length > 0)
      await first.commit({ message: 'Rest' }).catch(ignoreNothingToCommit)
    await second.push()
    const tip = disk.image.refs.get('refs/heads/main')?.value
    expect(git(bare, 'rev-parse', 'main').trim()).toBe(tip)
    expect(git(bare, 'fsck', '--strict')).toBe('')
    await Promise.all([first.close(), second.close()])
    await auditDisk(disk)
  })

  test('edits of the same record without a guard build on each other, field by field', async () => {
    const { disk, first, second } = await openTwo('fields')
    for (let n = 0; n < 50; n++) {
      await Promise.all([
        first.collection('geo.countries').update('ie', { first: n }),
        second.collection('geo.countries').update('ie', { second: n }),
      ])
    }
    for (const db of [first, second]) {
      await db.collection('units').update('foot', { [`by ${db === first}`]: 1 })
    }
    expect(await second.collection('geo.countries').get('ie')).toMatchObject({
      first: 49,
      second: 49,
      name: 'Ireland',
    })
    await Promise.all([first.close(), second.close()])
    await auditDisk(disk)
  })

  test('a tab that is behind decides on what is there: insert, delete, discard, commit, branch', async () => {
    const { first, second } = await openTwo('behind')
    const [here, there] = [first.collection('units'), second.collection('units')]
    await here.insert({ $id: 'yard', symbol: 'yd' })
    await expect(there.insert({ $id: 'yard', symbol: 'other' })).rejects.toMatchObject({
      code: 'record/exists',
    })
    await here.delete('metre')
    await expect(there.update('metre', { factor: 9 })).rejects.toMatchObject({ code: 'record/missing' })
    await here.update('foot', { factor: 9 })
    await second.discard()
    await expect(first.commit({ message: 'Nothing' })).rejects.toMatchObject({
      code: 'engine/nothing-to-commit',
    })
    expect(await here.get('metre')).toMatchObject({ symbol: 'm' })
    await here.update('foot', { factor: 7 })
    await second.commit({ message: 'Seven' })
    await expect(first.commit({ message: 'Again' })).rejects.toMatchObject({
      code: 'engine/nothing-to-commit',
    })
    await first.branches.create('draft')
    await expect(second.branches.create('draft')).rejects.toMatchObject({ code: 'git/ref-exists' })
    const draft = await second.branches.open('draft')
    expect(await draft.collection('units').get('foot')).toMatchObject({ factor: 7 })
    await Promise.all([first.close(), second.close()])
  })

  test('a pull in one tab carries the working changes of the other over, and stops where both changed a record', async () => {
    const { bare, first, second } = await openTwo('pull')
    await second.collection('units').update('metre', { factor: 2 })
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' })
    expect(await first.pull()).toMatchObject({ status: 'fast-forwarded' })
    expect(await first.collection('units').get('metre')).toMatchObject({ factor: 2 })
    await second.collection('units').update('foot', { factor: 5 })
    expect(await second.collection('units').get('foot')).toMatchObject({ factor: 5 })
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 6\n' })
    expect(await first.pull()).toEqual({ status: 'blocked', records: [{ collection: 'units', key: 'foot' }] })
    expect(await first.collection('units').get('foot')).toMatchObject({ factor: 5 })
    await Promise.all([first.close(), second.close()])
  })
})

describe('one tab whose branch moves under working changes', () => {
  const host = useGitHost()

  test('keeps the comments that a pull brought into the file of an edited record', async () => {
    const bare = makeBareRepository(host.path, 'comments')
    const db = await openOn(createMemoryStorage(), `${host.server.url}/comments.git`)
    await db.collection('units').update('metre', { factor: 2 })
    commitElsewhere(bare, {
      'units/$records/metre.yaml': '# the base unit, since 1983 by light\nsymbol: m\nfactor: 1.0 # defined\n',
    })
    expect(await db.pull()).toMatchObject({ status: 'fast-forwarded' })
    await db.commit({ message: 'Two' })
    await db.push()
    expect(git(bare, 'show', 'main:units/$records/metre.yaml')).toBe(
      '# the base unit, since 1983 by light\nsymbol: m\nfactor: 2.0 # defined\n',
    )
    await db.close()
  })

  test('reads the same after reopening when an edit builds on what a pull brought', async () => {
    const bare = makeBareRepository(host.path, 'builds')
    const disk = createMemoryDisk()
    const url = `${host.server.url}/builds.git`
    const db = await openOn(createMemoryStorage(disk), url)
    const units = db.collection('units')
    await units.update('metre', { factor: 2 })
    commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: m\nfactor: 2\n' })
    expect(await db.pull()).toMatchObject({ status: 'fast-forwarded' })
    expect(await db.changes()).toEqual([])
    await units.update('metre', { factor: 3 })
    const changes = await db.changes()
    expect(changes).toMatchObject([{ before: { factor: 2 }, after: { factor: 3 } }])
    await db.close()
    const again = await openOn(createMemoryStorage(disk), url)
    expect(await again.changes()).toEqual(changes)
    await again.commit({ message: 'Three' })
    expect(await again.push()).toMatchObject({ status: 'pushed' })
    await again.close()
  })

  test('what they deleted, broke or took the collection of waits as a conflict; what both deleted is settled', async () => {
    const bare = makeBareRepository(host.path, 'gone')
    const disk = createMemoryDisk()
    const url = `${host.server.url}/gone.git`
    const db = await openOn(createMemoryStorage(disk), url)
    const units = db.collection('units')
    await units.update('metre', { factor: 2 })
    await units.delete('foot')
    const oid = commitElsewhere(bare, {
      'units/$records/metre.yaml': null,
      'units/$records/foot.yaml': null,
    })
    const metre = { collection: 'units', key: 'metre' }
    expect(await db.pull()).toEqual({ status: 'blocked', records: [metre] })

    // Another tool moves the branch there all the same.
    const moveTo = async (value: string): Promise<void> => {
      const storage = createMemoryStorage(disk)
      await storage.commit({ writes: [{ kind: 'setRef', name: 'refs/heads/main', value }] })
      await storage.close()
      await db.refresh()
    }
    const conflicts = async (of: Database): Promise<unknown> =>
      (await of.changes()).map(({ collection, key, conflict }) => [collection, key, conflict])
    await moveTo(oid)
    const waiting = [['units', 'metre', { theirs: null }]]
    expect(await conflicts(db)).toEqual(waiting)
    const again = await openOn(createMemoryStorage(disk), url)
    expect(await conflicts(again)).toEqual(waiting)
    await again.close()
    await db.discard()
    expect(await units.all()).toEqual([])

    await db.collection('geo.countries').update('ie', { population: 1 })
    const broken = commitElsewhere(bare, { 'geo/countries/$records/ie.json': '{ "name": ' })
    expect(await db.pull()).toMatchObject({ status: 'blocked' })
    await moveTo(broken)
    expect(await conflicts(db)).toEqual([['geo.countries', 'ie', { theirs: null }]])
    const without = commitElsewhere(bare, { '.ingitdb/root-collections.yaml': 'units: units\n' })
    expect(await db.pull()).toMatchObject({ status: 'blocked' })
    await moveTo(without)
    expect(await conflicts(db)).toEqual([['geo.countries', 'ie', { theirs: null }]])
    await db.close()
  })

  test('two patches of one record in one call build on each other', async () => {
    makeBareRepository(host.path, 'patches')
    const db = await openOn(createMemoryStorage(), `${host.server.url}/patches.git`, { author })
    const rows = await db.collection('units').updateMany([
      { key: 'metre', patch: { factor: 2 } },
      { key: 'metre', patch: { symbol: 'M' } },
    ])
    expect(rows).toMatchObject([{ factor: 2 }, { factor: 2, symbol: 'M' }])
    expect(await db.collection('units').get('metre')).toMatchObject({ factor: 2, symbol: 'M' })
    await db.close()
  })

  test('keys are one whatever their normalisation', async () => {
    const bare = makeBareRepository(host.path, 'normal')
    const db = await openOn(createMemoryStorage(), `${host.server.url}/normal.git`)
    const units = db.collection('units')
    const [nfc, nfd] = ['\u00e5', 'a\u030a']
    await units.insert({ $id: nfd, symbol: 'å' })
    expect(await units.get(nfc)).toMatchObject({ $id: nfc, symbol: 'å' })
    await units.update(nfd, { factor: 1 })
    await expect(units.insert({ $id: nfc })).rejects.toMatchObject({ code: 'record/exists' })
    await db.commit({ message: 'Ångström' })
    await units.delete(nfd)
    expect(await units.count()).toBe(2)
    await db.commit({ message: 'Gone' })
    await db.push()
    expect(git(bare, 'ls-tree', '--name-only', 'main', 'units/$records/').trim().split('\n')).toHaveLength(2)
    await db.close()
  })
})

function ignoreNothingToCommit(error: unknown): void {
  if (!isEspalierError(error, 'engine/nothing-to-commit')) throw error
}

describe('two tabs that hear of each other', () => {
  const host = useGitHost()

  test('news that comes while a tab reads what came before is read after it', async () => {
    const { url } = host.make('news')
    const disk = createMemoryDisk()
    const tabs = createNodeTabs()
    const first = await openOn(createMemoryStorage(disk), url, { tabs, ...anyValues })
    const storage = createMemoryStorage(disk)
    let reads = 0
    let goOn = (): void => {}
    let held: Promise<void> | undefined
    const slow: Storage = {
      ...storage,
      readState: async (known) => {
        const state = await storage.readState(known)
        reads++
        await held
        return state
      },
    }
    const second = await openOn(slow, url, { tabs, ...anyValues })
    for (const db of [first, second])
      await until('history', async () => (await db.status()).history !== 'loading')

    const before = reads
    held = new Promise((resolve) => (goOn = resolve))
    await first.collection('units').update('foot', { symbol: 'one' })
    await until('the other tab has read the state', () => reads > before)
    await first.collection('units').update('metre', { symbol: 'two' })
    held = undefined
    goOn()
    await until('the other tab sees both', async () => (await second.changes()).length === 2)
    for (const db of [first, second]) await db.close()
  })

  test('what one tab pushed and fetched counts in the other at once', async () => {
    const { url, bare } = host.make('pushed')
    const disk = createMemoryDisk()
    const tabs = createNodeTabs()
    const openOne = async (): Promise<Database> =>
      openOn(createMemoryStorage(disk), url, { tabs, ...anyValues })
    const [first, second] = [await openOne(), await openOne()]
    for (const db of [first, second])
      await until('history', async () => (await db.status()).history !== 'loading')
    const distance = async (): Promise<unknown> => {
      const { unpushed, behind } = await second.status()
      return [unpushed, behind]
    }
    const counts = async (...expected: readonly number[]): Promise<void> =>
      until(`${expected.join(' and ')} apart`, async () => isDeepStrictEqual(await distance(), expected))

    await first.collection('units').update('foot', { symbol: 'FT' })
    await first.commit({ message: 'Shout' })
    await counts(1, 0)
    await first.push()
    await counts(0, 0)
    // Not pulled: both sides have a commit of their own.
    commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: M\nfactor: 1\n' })
    await first.collection('units').update('foot', { symbol: 'ft' })
    await first.commit({ message: 'Whisper' })
    expect(await first.pull()).toMatchObject({ status: 'diverged' })
    await counts(1, 1)
    for (const db of [first, second]) await db.close()
  })
})
