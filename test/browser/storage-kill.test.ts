import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, type ServedPage, servePage } from '../support/browser.ts'
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
  let before = 0
  for (let run = 1; run <= runs; run++) {
    const browser = await launchBrowser({ profileDir })
    let last = before
    try {
      const tab = await browser.newPage()
      let first = (): void => {}
      const started = new Promise<void>((resolve) => (first = resolve))
      await tab.exposeFunction('acknowledged', (n: number) => {
        last = n
        first()
      })
      await tab.goto(served.url)
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

    const again = await launchBrowser({ profileDir })
    try {
      const tab = await again.newPage(served.url)
      const { n, problems } = await tab.evaluate(() => storagePage.audit())
      expect(problems, `run ${run}, seed ${seed}`).toEqual([])
      expect(n, `run ${run}, seed ${seed}`).toBeGreaterThanOrEqual(last)
      before = n
    } finally {
      await again.close()
    }
  }
  expect(before).toBeGreaterThan(runs)
}, 180_000)

/** mulberry32: small, seeded, good enough to choose moments. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
