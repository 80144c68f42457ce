import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLocalLock, createWebLock } from './lock.ts'
import { lockCases } from './lock.suite.ts'
import { createFakeLocks } from './web-locks.testing.ts'

describe('The local lock', () => {
  for (const { name, run } of lockCases) {
    it(name, async () => {
      const lock = createLocalLock()
      await run(lock, lock)
    })
  }
})

/** The same suite runs with the locks of a real browser in test/browser/storage.test.ts. */
describe('The web lock', () => {
  afterEach(() => vi.unstubAllGlobals())
  for (const { name, run } of lockCases) {
    it(name, async () => {
      vi.stubGlobal('navigator', { locks: createFakeLocks() })
      await run(createWebLock('app:db'), createWebLock('app:db'))
    })
  }

  it('of another repository is another one', async () => {
    vi.stubGlobal('navigator', { locks: createFakeLocks() })
    const [one, other] = [createWebLock('app:one'), createWebLock('app:other')]
    const release = await one.holdShared('g')
    expect(await one.exclusive(() => other.exclusive(async () => 'both'))).toBe('both')
    expect([await one.isHeld('g'), await other.isHeld('g')]).toEqual([true, false])
    release()
  })

  it('that the browser refuses is an error of whoever asked', async () => {
    const refused = new DOMException('The document is not active.', 'InvalidStateError')
    const locks = { request: () => Promise.reject(refused), query: () => Promise.reject(refused) }
    vi.stubGlobal('navigator', { locks })
    const lock = createWebLock('app:db')
    await expect(lock.holdShared('g')).rejects.toBe(refused)
    await expect(lock.exclusive(async () => {})).rejects.toBe(refused)
    await expect(lock.isHeld('g')).rejects.toBe(refused)
  })
})
