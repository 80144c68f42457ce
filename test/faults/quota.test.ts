import { describe, expect, test } from 'vitest'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { quotaError } from '../../worker/storage/storage-errors.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { auditDisk, openOn, until, viewOf } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'

/** A store on a disk that can be full: then nothing is written, and everything is read. */
function createFullStorage(disk: MemoryDisk): { readonly storage: Storage; isFull: boolean } {
  const storage = createMemoryStorage(disk)
  const full = {
    isFull: false,
    storage: {
      ...storage,
      commit: async (batch) => {
        if (full.isFull) throw quotaError('disk is full')
        return storage.commit(batch)
      },
      writeSegment: async (pack, index, bytes) => {
        if (full.isFull) throw quotaError('disk is full')
        return storage.writeSegment(pack, index, bytes)
      },
    } satisfies Storage,
  }
  return full
}

describe('when there is no room', () => {
  const host = useGitHost()

  test('every write says so before it is acknowledged; what was there is read, pushed, and goes on with room', async () => {
    const bare = makeBareRepository(host.path, 'full')
    const disk = createMemoryDisk()
    const full = createFullStorage(disk)
    const db = await openOn(full.storage, `${host.server.url}/full.git`)
    const units = db.collection('units')
    await units.update('metre', { factor: 2 })
    const { oid } = await db.commit({ message: 'With room' })
    await units.update('foot', { factor: 3 })
    await until('history', async () => (await db.status()).history === 'full')
    const before = await viewOf(db)

    full.isFull = true
    const full_ = { code: 'storage/quota' }
    await expect(units.update('metre', { factor: 9 })).rejects.toMatchObject(full_)
    await expect(units.insert({ $id: 'yard' })).rejects.toMatchObject(full_)
    await expect(units.delete('metre')).rejects.toMatchObject(full_)
    await expect(db.commit({ message: 'No room' })).rejects.toMatchObject(full_)
    await expect(db.discard()).rejects.toMatchObject(full_)
    await expect(db.undo()).rejects.toMatchObject(full_)
    await expect(units.upsertMany([{ $id: 'yard' }, { $id: 'mile' }])).rejects.toMatchObject(full_)
    await expect(units.updateMany({ where: {} }, { factor: 8 })).rejects.toMatchObject(full_)
    await expect(units.deleteMany(['metre', 'foot'])).rejects.toMatchObject(full_)
    // The app's values stay with the app: it may try them again.
    const row = { $id: 'yard', symbol: 'yd' }
    const trying = db.transaction(async (tx) => {
      await tx.collection('units').insert(row)
      return row
    })
    await expect(trying).rejects.toMatchObject(full_)
    expect(row).toEqual({ $id: 'yard', symbol: 'yd' })
    await expect(db.branches.create('draft')).rejects.toMatchObject(full_)
    expect(await viewOf(db)).toEqual(before)
    // What was acknowledged leaves also now, and is not sent twice.
    const warnings: string[] = []
    db.subscribe((event) => event.type === 'warning' && warnings.push(event.code))
    expect(await db.push()).toMatchObject({ status: 'pushed', to: oid })
    expect(warnings).toEqual(['storage/quota'])
    expect(git(bare, 'rev-parse', 'main').trim()).toBe(oid)
    expect((await db.exportBundle()).length).toBeGreaterThan(100)
    const theirs = commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: m\nfactor: 7\n' })
    await expect(db.pull()).rejects.toMatchObject(full_)
    expect(await viewOf(db)).toEqual(before)
    await auditDisk(disk)

    full.isFull = false
    expect(await db.pull()).toMatchObject({ status: 'fast-forwarded', to: theirs })
    await db.commit({ message: 'Room again' })
    expect(await db.push()).toMatchObject({ status: 'pushed', commits: 1 })
    await db.close()
    await auditDisk(disk)
    expect(git(bare, 'fsck', '--strict')).toBe('')
  })

  test('history that finds no room says so, and comes when there is room', async () => {
    const bare = makeBareRepository(host.path, 'history')
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\n' })
    const full = createFullStorage(createMemoryDisk())
    let fetches = 0
    host.server.settings.fault = ({ kind }) =>
      kind === 'git-upload-pack' && ++fetches === 2 ? { kind: 'cut', afterBytes: 300 } : null
    const db = await openOn(full.storage, `${host.server.url}/history.git`)
    await db.settled()
    await until('the failed try', async () => (await db.status()).history === 'tip')
    full.isFull = true
    await expect(db.exportBundle()).rejects.toMatchObject({ code: 'storage/quota' })
    expect(await db.collection('units').get('foot')).toMatchObject({ symbol: 'ft' })
    full.isFull = false
    expect((await db.exportBundle()).length).toBeGreaterThan(100)
    expect(await db.log()).toHaveLength(2)
    await db.close()
  })

  test('a first visit that cannot be stored says so', async () => {
    makeBareRepository(host.path, 'first')
    const disk = createMemoryDisk()
    const full = createFullStorage(disk)
    full.isFull = true
    const url = `${host.server.url}/first.git`
    const outcome = openOn(full.storage, url).then(async (db) => {
      // Reads may have begun before the disk said no; then whoever asks is told.
      try {
        await db.settled()
      } finally {
        await db.close()
      }
    })
    await expect(outcome).rejects.toMatchObject({ code: 'storage/quota' })
    expect(disk.image).toEqual(createMemoryDisk().image)
    const db = await openOn(createMemoryStorage(disk), url)
    expect(await db.collection('units').count()).toBe(2)
    await db.close()
  })
})
