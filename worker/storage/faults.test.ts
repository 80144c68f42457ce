import { expect, it } from 'vitest'
import { failAt, isInjected } from './faults.ts'
import { createMemoryDisk, createMemoryStorage } from './memory-storage.ts'
import { bytes } from './storage.suite.ts'
import type { Batch, Storage } from './storage.ts'

const batch: Batch = { writes: [{ kind: 'appendJournal', scope: 's', entry: 1 }] }

it('A run without a fault counts its calls and changes nothing', async () => {
  const storage = failAt(createMemoryStorage(), 0, 'crash')
  await storage.commit(batch)
  await storage.writeSegment('p', 0, bytes(3))
  expect(await storage.readSegment('p', 0)).toEqual(bytes(3))
  await storage.dropOrphanSegments()
  expect((await storage.readState()).journal).toEqual(await storage.readJournal('s'))
  expect((await storage.readPacks(new Set())).ids).toEqual([])
  expect(await storage.readReflog()).toEqual([])
  await storage.close()
  const names: (keyof Storage)[] = ['commit', 'writeSegment', 'readSegment', 'dropOrphanSegments']
  expect(storage.calls).toEqual([...names, 'readState', 'readJournal', 'readPacks', 'readReflog'])
})

for (const [how, applied, later] of [
  ['fail', 2, true],
  ['crash', 1, false],
  ['crash-after', 2, false],
] as const) {
  it(`The second of three commits goes wrong: ${how}`, async () => {
    const disk = createMemoryDisk()
    const storage = failAt(createMemoryStorage(disk), 2, how)
    const commits = [storage.commit(batch), storage.commit(batch), storage.commit(batch)]
    const results = await Promise.allSettled(commits)
    expect(results.map((result) => result.status === 'fulfilled')).toEqual([true, false, later])
    for (const result of results)
      if (result.status === 'rejected') expect(isInjected(result.reason)).toBe(true)
    expect(await createMemoryStorage(disk).readJournal('s')).toHaveLength(applied)
    await storage.close()
  })
}
