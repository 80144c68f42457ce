import { afterEach, expect, test, vi } from 'vitest'
import { useFakeIndexedDb } from '../../test/support/fake-indexed-db.ts'
import { createShortLog } from './idb-log.ts'

useFakeIndexedDb()

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const asChromium = (): void => {
  vi.stubGlobal('navigator', { userAgentData: {} })
}

test('in Chromium a database is made and deleted after many rows, and again after as many more', async () => {
  asChromium()
  const deleted = vi.spyOn(indexedDB, 'deleteDatabase')
  const log = createShortLog('espalier x')
  log.wrote(59)
  await log.shorten()
  expect(deleted).not.toHaveBeenCalled()
  log.wrote(1)
  await log.shorten()
  await log.shorten()
  expect(deleted.mock.calls).toEqual([['espalier x log']])
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain('espalier x log')
  log.wrote(60)
  await log.shorten()
  expect(deleted).toHaveBeenCalledTimes(2)
})

test('elsewhere nothing is done', async () => {
  const opened = vi.spyOn(indexedDB, 'open')
  const log = createShortLog('espalier x')
  log.wrote(100)
  for (const navigator of [undefined, {}]) {
    vi.stubGlobal('navigator', navigator)
    await log.shorten()
  }
  expect(opened).not.toHaveBeenCalled()
})

test('that it cannot be done is nobody’s error', async () => {
  asChromium()
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError')
  })
  const log = createShortLog('espalier x')
  log.wrote(100)
  await expect(log.shorten()).resolves.toBeUndefined()
})
