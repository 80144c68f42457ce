import 'fake-indexeddb/auto'
import { describe, it } from 'vitest'
import { openIdbStorage } from './idb-storage.ts'
import { storageCases } from './storage.suite.ts'
import { afterPut, freshName } from './idb-storage.support.ts'

describe('The IndexedDB storage', () => {
  for (const { name, run } of storageCases(true)) {
    it(name, async () => {
      const database = freshName()
      await run({
        several: true,
        open: () => openIdbStorage(database),
        whileFull: (work) => afterPut((tx) => tx._abort('QuotaExceededError'), work),
      })
    })
  }
})
