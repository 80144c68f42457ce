import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crc32 } from 'node:zlib'
import { checkFixture } from './fixtures.suite.ts'
import { createMemoryStorage } from './memory-storage.ts'
import { nodeFiles } from './node-files.ts'
import { nodeFixtures } from './node-fixtures.testing.ts'
import { openNodeStorage } from './node-storage.ts'
import { type FileFault, faultyFiles, inFolder, processOf } from './node-storage.testing.ts'
import { bytes, equal, pack, segmented, storageCases } from './storage.suite.ts'
import type { Batch, Storage, StorageState } from './storage.ts'

describe('The Node storage', () => {
  for (const { name, run } of storageCases(false)) {
    it(name, () =>
      inFolder(async (folder) => {
        let full = false
        const write: typeof nodeFiles.write = async (path, content) => {
          if (full) throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })
          await nodeFiles.write(path, content)
        }
        await run({
          several: false,
          open: () => openNodeStorage(folder, { files: { ...nodeFiles, write } }),
          async whileFull(work) {
            full = true
            await work()
            full = false
          },
        })
      }),
    )
  }
})

const steps: readonly ((storage: Storage) => Promise<unknown>)[] = [
  commit({
    writes: [
      { kind: 'putPack', row: pack('p1', 300) },
      { kind: 'setRef', name: 'main', value: '1' },
    ],
  }),
  async (storage) => {
    await storage.writeSegment('big', 0, bytes(100))
    await storage.writeSegment('big', 1, bytes(60))
    const row = segmented('big', 160, 100)
    return storage.commit({
      writes: [
        { kind: 'putPack', row },
        { kind: 'setRef', name: 'main', value: '2' },
      ],
    })
  },
  commit({ writes: [{ kind: 'appendJournal', scope: 'main', entry: { edit: 1 } }] }),
  commit({
    require: [{ kind: 'journal', scope: 'main', seq: 1 }],
    writes: [
      { kind: 'deleteJournal', scope: 'main', through: 1 },
      { kind: 'setRef', name: 'main', value: '3' },
      { kind: 'appendReflog', ref: 'main', entry: '3' },
      { kind: 'putPack', row: pack('p2', 200) },
    ],
  }),
  commit({
    writes: [
      { kind: 'deletePack', id: 'big' },
      { kind: 'deletePack', id: 'p1' },
      { kind: 'putPack', row: pack('p3', 500) },
      { kind: 'setMeta', key: 'm', value: 'compacted' },
    ],
  }),
  commit({ writes: [{ kind: 'setRef', name: 'main', value: '4' }] }),
]

function commit(batch: Batch): (storage: Storage) => Promise<unknown> {
  return (storage) => storage.commit(batch)
}

/** The state after each number of steps, as the memory storage has it. */
async function referenceStates(): Promise<readonly StorageState[]> {
  const storage = createMemoryStorage()
  const states = [await storage.readState()]
  for (const step of steps) {
    await step(storage)
    states.push(await storage.readState())
  }
  return states
}

const shortLog = { batches: 2, sizeBytes: 1_000_000 }

describe('A Node storage whose k-th file system call goes wrong', () => {
  for (const how of ['fail', 'full', 'crash', 'crash-after', 'power'] as const) {
    it(`has the state before or after the step, never between (${how}, for every k)`, async () => {
      const states = await referenceStates()
      let k = 1
      while (await survives(k, how, states)) k++
      expect(k).toBeGreaterThan(50)
    })
  }
})

for (const forgotten of ['syncFile', 'syncFolder'] as const) {
  it(`The power cut test notices a store that forgets ${forgotten}`, async () => {
    const states = await referenceStates()
    let k = 1
    await expect(
      (async () => {
        while (await survives(k, 'power', states, forgotten)) k++
      })(),
    ).rejects.toThrow()
  })
}

/** Runs all steps with one fault, reopens, checks and goes on. False when there are fewer than k calls. */
async function survives(
  k: number,
  how: FileFault,
  states: readonly StorageState[],
  forgotten?: 'syncFile' | 'syncFolder',
): Promise<boolean> {
  return inFolder(async (folder) => {
    const alive = new Set([1, 2])
    const files = faultyFiles(k, how, forgotten)
    let acknowledged = 0
    let storage: Storage | undefined
    try {
      storage = await openNodeStorage(folder, { files, processes: processOf(1, alive), shortLog })
      for (const step of steps) {
        await step(storage)
        acknowledged++
      }
      await storage.close()
    } catch {
      // The process under test gave up at the fault, or lives on with an error in its hands.
      if (!files.isDead) await storage?.close().catch(() => {})
    }
    alive.delete(1)
    if (how === 'power') await files.losePower()

    const reopened = await openNodeStorage(folder, { processes: processOf(2, alive), shortLog })
    const state = await reopened.readState()
    const at = states.findIndex((reference) => equal(reference, state))
    expect([acknowledged, acknowledged + 1], `${how} at call ${k}: ${files.calls.at(-1)}`).toContain(at)
    await reopened.dropOrphanSegments()
    for (const row of state.packs) {
      for (let n = 0; n < row.segmentCount; n++) {
        expect((await reopened.readSegment(row.id, n)).length).toBe(n === 0 ? 100 : 60)
      }
    }
    for (const step of steps.slice(at)) await step(reopened)
    expect(await reopened.readState()).toEqual(states.at(-1))
    await reopened.close()
    return files.calls.length >= k
  })
}

describe('A Node storage after an error', () => {
  it('answers storage/unavailable until it is opened again when the outcome is unknown', () =>
    inFolder(async (folder) => {
      let broken = true
      const storage = await openNodeStorage(folder, {
        files: {
          ...nodeFiles,
          async rename(from, to) {
            await nodeFiles.rename(from, to)
            if (broken) throw Object.assign(new Error('EIO'), { code: 'EIO' })
          },
        },
      })
      const batch: Batch = { writes: [{ kind: 'setRef', name: 'main', value: '1' }] }
      await expect(storage.commit(batch)).rejects.toMatchObject({ code: 'storage/unavailable' })
      broken = false
      await expect(storage.readState()).rejects.toMatchObject({ code: 'storage/unavailable' })
      await storage.close()
      const reopened = await openNodeStorage(folder)
      expect((await reopened.readState()).refs).toHaveLength(1)
      await reopened.close()
    }))

  it('tells a disk that fails from a segment that is not there', () =>
    inFolder(async (folder) => {
      const read = (path: string): Promise<Uint8Array> =>
        path.includes('segments') ? Promise.reject(new Error('EIO')) : nodeFiles.read(path)
      const storage = await openNodeStorage(folder, { files: { ...nodeFiles, read } })
      await storage.writeSegment('p', 0, bytes(3))
      await expect(storage.readSegment('p', 0)).rejects.toMatchObject({ code: 'storage/unavailable' })
      await storage.close()
    }))

  it('stays usable when only the tidying up failed', () =>
    inFolder(async (folder) => {
      let tries = 0
      const storage = await openNodeStorage(folder, {
        shortLog,
        files: {
          ...nodeFiles,
          async rename(from, to) {
            if (to.endsWith('.checkpoint') && ++tries === 1) throw new Error('EIO')
            await nodeFiles.rename(from, to)
          },
        },
      })
      for (let i = 0; i < 6; i++)
        await storage.commit({ writes: [{ kind: 'appendJournal', scope: 's', entry: i }] })
      expect(tries).toBeGreaterThan(1)
      await storage.close()
      const reopened = await openNodeStorage(folder)
      expect(await reopened.readJournal('s')).toHaveLength(6)
      await reopened.close()
    }))
})

describe('The log of a Node storage', () => {
  it('stays short: a checkpoint stands for the batches before it', () =>
    inFolder(async (folder) => {
      const storage = await openNodeStorage(folder, { shortLog: { batches: 10, sizeBytes: 1_000_000 } })
      for (let i = 0; i < 95; i++) {
        await storage.commit({ writes: [{ kind: 'appendJournal', scope: 's', entry: i }] })
      }
      await storage.close()
      expect((await readdir(join(folder, 'log'))).length).toBeLessThan(12)
      const reopened = await openNodeStorage(folder)
      expect(await reopened.readJournal('s')).toHaveLength(95)
      await reopened.close()
    }))

  it('is refused as corrupt when a file is damaged or missing, and as newer when a newer version wrote it', () =>
    inFolder(async (folder) => {
      const storage = await openNodeStorage(folder)
      for (const value of ['1', '2', '3']) {
        await storage.commit({ writes: [{ kind: 'setRef', name: 'main', value }] })
      }
      await storage.close()
      const path = join(folder, 'log', '000000000002.batch')
      const good = await readFile(path)
      const changed = async (at: number, value: number): Promise<void> => {
        const bad = Uint8Array.from(good)
        bad[at] = value
        await writeFile(path, bad)
      }
      const refusal = (): Promise<unknown> =>
        openNodeStorage(folder).then(
          () => null,
          (error: { code: string }) => error.code,
        )
      await changed(0, 0)
      expect(await refusal()).toBe('storage/corrupt')
      await changed(7, 2)
      expect(await refusal()).toBe('storage/newer-format')
      await changed(good.length - 1, 255)
      expect(await refusal()).toBe('storage/corrupt')
      const foreign = Buffer.from([...good.subarray(0, 12), 255, 255, 7]) // another V8's version byte
      foreign.writeUInt32BE(crc32(foreign.subarray(12)), 8)
      await writeFile(path, foreign)
      expect(await refusal()).toBe('storage/newer-format')
      await writeFile(path, good.subarray(0, 5))
      expect(await refusal()).toBe('storage/corrupt')
      await nodeFiles.remove(path)
      expect(await refusal()).toBe('storage/corrupt')
      await writeFile(path, good)
      expect(await refusal()).toBe(null)
    }))

  for (const [at, write] of nodeFixtures.entries()) {
    it(`of format version ${at + 1} opens`, () =>
      inFolder(async (folder) => {
        await write(folder)
        const storage = await openNodeStorage(folder)
        await checkFixture(storage)
        await storage.close()
      }))
  }
})
