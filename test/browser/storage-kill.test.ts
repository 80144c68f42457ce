import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../engine/world.ts'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import type { StoragePage } from './storage.page.ts'

declare const storagePage: StoragePage

const runs = 8
const seed = Number(process.env['ESPALIER_SEED'] ?? 20_261_121)

let served: ServedPage
let profileDir: string

beforeAll(async () => {
  served = await servePage({ entry: 'test/browser/storage.page.ts' })
  profileDir = await mkdtemp(join(tmpdir(), 'espalier-kill-'))
})

afterAll(async () => {
  await served.close()
  await rm(profileDir, { recursive: true, force: true, maxRetries: 5 })
})

test(`Nothing acknowledged is lost when the browser is killed, ${runs} times (seed ${seed})`, async () => {
  const random = createRandom(seed)
  let last = 0
  /** Opens the profile after a kill: exactly what was acknowledged is there. */
  const audited = async (browser: TestBrowser, what: string): Promise<Page> => {
    const tab = await browser.newPage(served.url)
    const { n, problems } = await tab.evaluate(() => storagePage.audit())
    expect(problems, what).toEqual([])
    expect(n, what).toBeGreaterThanOrEqual(last)
    last = n
    return tab
  }
  for (let run = 1; run <= runs; run++) {
    const browser = await launchBrowser({ profileDir })
    try {
      const tab = await audited(browser, `before run ${run}, seed ${seed}`)
      let first = (): void => {}
      const started = new Promise<void>((resolve) => (first = resolve))
      await tab.exposeFunction('acknowledged', (n: number) => {
        last = n
        first()
      })
      // What the page throws: the test fails with it. The kill ends the call as well.
      let failure: unknown
      let killed = false
      const committing = tab
        .evaluate(() => storagePage.commitForEver())
        .catch((error: unknown) => {
          if (!killed) failure = error
          first()
        })
      await started
      await after(random() * 1_000)
      killed = true
      await browser.kill()
      await committing
      expect(failure).toBeUndefined()
    } finally {
      await browser.close()
    }
  }
  const browser = await launchBrowser({ profileDir })
  try {
    await audited(browser, `after ${runs} runs, seed ${seed}`)
  } finally {
    await browser.close()
  }
  expect(last).toBeGreaterThan(runs)
}, 180_000)
