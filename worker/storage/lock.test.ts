import { describe, it } from 'vitest'
import { createLocalLock } from './lock.ts'
import { lockCases } from './lock.suite.ts'

describe('The local lock', () => {
  for (const { name, run } of lockCases) {
    it(name, async () => {
      const lock = createLocalLock()
      await run(lock, lock)
    })
  }
})
