import { describe, it } from 'vitest'
import { createMemoryDisk, createMemoryStorage } from './memory-storage.ts'
import { storageCases } from './storage.suite.ts'

describe('The memory storage', () => {
  for (const { name, run } of storageCases(true)) {
    it(name, async () => {
      const disk = createMemoryDisk()
      await run({
        several: true,
        open: async () => createMemoryStorage(disk),
        async whileFull(work) {
          disk.roomBytes = 0
          await work()
          disk.roomBytes = Number.POSITIVE_INFINITY
        },
      })
    })
  }
})
