import { spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeFiles } from './node-files.ts'
import { lockFolder } from './node-folder-lock.ts'
import { nodeProcesses, type ProcessId } from './node-processes.ts'
import { openNodeStorage } from './node-storage.ts'
import { inFolder, processOf } from './node-storage.testing.ts'

const alive = new Set([1, 2])
const lock = (folder: string, pid: number): ReturnType<typeof lockFolder> =>
  lockFolder(folder, nodeFiles, processOf(pid, alive))
const locked = { code: 'storage/locked' }

async function inMade(work: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await mkdir(folder)
    await work(folder)
  })
}

describe('The folder lock', () => {
  it('refuses a second holder until the first releases', () =>
    inMade(async (folder) => {
      const release = await lock(folder, 1)
      await expect(lock(folder, 2)).rejects.toMatchObject({ ...locked, data: { folder, pid: 1 } })
      await release()
      await release()
      const again = await lock(folder, 2)
      await again()
      expect(await readdir(folder)).toEqual([])
    }))

  it('refuses a second store on the same folder in this process', () =>
    inFolder(async (folder) => {
      const storage = await openNodeStorage(folder)
      await expect(openNodeStorage(folder)).rejects.toMatchObject(locked)
      expect((await storage.readState()).refs).toEqual([])
      await storage.close()
    }))

  it('never takes away what another took in the moment after it was given back', () =>
    inMade(async (folder) => {
      const release = await lock(folder, 1)
      let between: Promise<() => Promise<void>> | undefined
      const files = {
        ...nodeFiles,
        async read(path: string) {
          if (between || !path.endsWith('lock')) return nodeFiles.read(path)
          await release()
          try {
            return await nodeFiles.read(path)
          } finally {
            between = lock(folder, 1)
            await between
          }
        },
      }
      await expect(lockFolder(folder, files, processOf(2, alive))).rejects.toMatchObject(locked)
      await expect(lock(folder, 2)).rejects.toMatchObject({ ...locked, data: { folder, pid: 1 } })
      await (
        await between
      )?.()
    }))

  it('takes over the lock of a dead process, also a torn lock file', () =>
    inMade(async (folder) => {
      for (const left of [JSON.stringify({ pid: 99, started: null }), '{"pi', '', 'null', '{}']) {
        await writeFile(join(folder, 'lock'), left)
        const release = await lock(folder, 2)
        await expect(lock(folder, 1)).rejects.toMatchObject(locked)
        await release()
      }
    }))

  it('takes over when the process id came back with another process', () =>
    inMade(async (folder) => {
      await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }))
      const release = await lockFolder(folder, nodeFiles, nodeProcesses)
      await release()
    }))

  it('leaves a takeover to the process that is at it, and finishes one that a dead process began', () =>
    inMade(async (folder) => {
      await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 99, started: null }))
      await writeFile(join(folder, 'lock.takeover'), JSON.stringify({ pid: 1, started: null }))
      await expect(lock(folder, 2)).rejects.toMatchObject({ ...locked, data: { folder } })
      await writeFile(join(folder, 'lock.takeover'), JSON.stringify({ pid: 98, started: null }))
      const release = await lock(folder, 2)
      expect(await readdir(folder)).toEqual(['lock'])
      await release()
    }))

  it('takes over when the one who was at it has gone by then', () =>
    inMade(async (folder) => {
      await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 99, started: null }))
      let met = false
      const create: typeof nodeFiles.create = async (path, bytes) => {
        // Somebody held the file for the moment in which it was wanted.
        if (path.endsWith('takeover') && !met) {
          met = true
          throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' })
        }
        return nodeFiles.create(path, bytes)
      }
      const release = await lockFolder(folder, { ...nodeFiles, create }, processOf(2, alive))
      expect([met, await readdir(folder)]).toEqual([true, ['lock']])
      await release()
    }))

  it('lets exactly one of many take over', () =>
    inMade(async (folder) => {
      const contenders = new Set(Array.from({ length: 10 }, (_, i) => i + 1))
      for (let round = 0; round < 5; round++) {
        await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 99, started: null }))
        const results = await Promise.allSettled(
          [...contenders].map((pid) => lockFolder(folder, nodeFiles, processOf(pid, contenders))),
        )
        const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
        expect(won.length).toBe(1)
        for (const release of won) await release()
      }
    }))

  it('gives up when somebody takes the lock in the middle of a takeover', () =>
    inMade(async (folder) => {
      const path = join(folder, 'lock')
      await writeFile(path, JSON.stringify({ pid: 99, started: null }))
      const remove = async (name: string): Promise<void> => {
        await nodeFiles.remove(name)
        if (name === path) await writeFile(path, JSON.stringify({ pid: 1, started: null }))
      }
      await expect(lockFolder(folder, { ...nodeFiles, remove }, processOf(2, alive))).rejects.toMatchObject(
        locked,
      )
    }))

  it('lets a failure of the file system through', () =>
    inMade(async (folder) => {
      const fail = (): Promise<never> => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
      const self = processOf(2, alive)
      await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 99, started: null }))
      await expect(lockFolder(folder, { ...nodeFiles, create: fail }, self)).rejects.toThrow('EIO')
      await expect(lockFolder(folder, { ...nodeFiles, read: fail }, self)).rejects.toThrow('EIO')
      await expect(lockFolder(folder, { ...nodeFiles, remove: fail }, self)).rejects.toThrow('EIO')
      await expect(
        openNodeStorage(folder, { files: { ...nodeFiles, makeFolder: fail } }),
      ).rejects.toMatchObject({ code: 'storage/unavailable' })
    }))
})

describe('The processes of this machine', () => {
  it('tell a living process from a dead one and from one with a recycled id', async () => {
    const self = await nodeProcesses.self()
    expect(await nodeProcesses.isAlive(self)).toBe(true)
    expect(await nodeProcesses.isAlive({ ...self, started: null })).toBe(true)
    const ended = spawnSync(process.execPath, ['--version'])
    const dead: ProcessId = { pid: ended.pid, started: null }
    expect(await nodeProcesses.isAlive(dead)).toBe(false)
  })

  it('count a process of another user as alive', async () => {
    const kill = process.kill
    process.kill = () => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    }
    try {
      expect(await nodeProcesses.isAlive({ pid: process.pid, started: null })).toBe(true)
      // Where the platform does not tell when a process started, its id has to do.
      expect(await nodeProcesses.isAlive({ pid: 2 ** 30, started: 'unknown now' })).toBe(true)
    } finally {
      process.kill = kill
    }
  })
})
