import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect } from 'vitest'
import { startGitServer } from '../../demo/server/git-server.ts'
import { createRandom } from '../engine/world.ts'
import { launchBrowser, servePage } from '../support/browser.ts'
import { git, makeBareRepository, temporaryFolder } from '../support/git-repositories.ts'
import type { SdkPage } from './sdk.page.ts'

declare const sdk: SdkPage
declare const acknowledged: (kind: 'edit' | 'commit', key: string, value: number) => void

/** What the browser that was killed had promised so far. */
interface Promised {
  /** Per key, the last value that was acknowledged. */
  readonly values: Map<string, number>
  /** Messages of the acknowledged commits. */
  readonly commits: Set<string>
  /** How many acknowledgements of each kind there were. */
  edits: number
}

/**
 * Kills a real browser again and again, 0 to 1000 ms after an edit or commit was acknowledged to the app, and
 * checks in the next browser of the profile that all of it is there and that native git finds the repository sound.
 */
export async function killAgainAndAgain(runs: number, seed: number): Promise<void> {
  const random = createRandom(seed)
  const folder = temporaryFolder()
  const profileDir = await mkdtemp(join(tmpdir(), 'espalier-kill-'))
  const server = await startGitServer({ root: folder.path })
  const served = await servePage({ entry: 'test/browser/sdk.page.ts' })
  makeBareRepository(folder.path, 'killed')
  const url = `${server.url}/killed.git`
  const promised: Promised = { values: new Map(), commits: new Set(), edits: 0 }
  try {
    for (let run = 1; run <= runs; run++) {
      const what = `run ${run}, seed ${seed}`
      const browser = await launchBrowser({ profileDir })
      try {
        const page = await browser.newPage()
        let heard = (): void => {}
        const started = new Promise<void>((resolve) => (heard = resolve))
        const wantsCommit = run % 2 === 0
        await page.exposeFunction('acknowledged', (kind: 'edit' | 'commit', key: string, value: number) => {
          if (kind === 'commit') promised.commits.add(`Commit ${value}`)
          else {
            promised.values.set(key, value)
            promised.edits++
          }
          if (!wantsCommit || kind === 'commit') heard()
        })
        await page.goto(served.url)
        await page.evaluate((address) => sdk.open(address), url)
        await audit(page, promised, what)

        const from = Math.max(0, ...promised.values.values()) + 100
        let failure: unknown
        let killed = false
        const editing = page
          .evaluate((first) => sdk.editForEver(first, (...told) => acknowledged(...told)), from)
          .catch((error: unknown) => {
            if (!killed) failure = error
            heard()
          })
        await started
        await after(random() * 1000)
        killed = true
        await browser.kill()
        await editing
        expect(failure, what).toBeUndefined()
      } finally {
        await browser.close()
      }
    }

    const last = await launchBrowser({ profileDir })
    try {
      const page = await last.newPage(served.url)
      await page.evaluate((address) => sdk.open(address), url)
      await audit(page, promised, `after ${runs} runs, seed ${seed}`)
      expect(promised.edits).toBeGreaterThan(runs)
      expect(promised.commits.size).toBeGreaterThan(0)
      // Unpushed commits of all those browsers arrive as if nothing had been.
      expect(await page.evaluate(() => sdk.use().push())).toMatchObject({ status: 'pushed' })
      expect(git(join(folder.path, 'killed.git'), 'fsck', '--strict', '--full')).toBe('')
    } finally {
      await last.close()
    }
  } finally {
    await served.close()
    await server.close()
    folder.remove()
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 })
  }
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>

/** Is all that was acknowledged there, and is the repository sound? */
async function audit(page: Page, { values, commits }: Promised, what: string): Promise<void> {
  const found = await page.evaluate(async () => {
    const db = sdk.use()
    const rows = await db.collection('geo.countries').all()
    return {
      rows: rows.map((row) => [row.$id, Number(row['population'])] as const),
      log: (await db.log({ limit: 100_000 })).map(({ message }) => message.trim()),
      bundle: Array.from(await db.exportBundle()),
    }
  })
  const now = new Map(found.rows)
  for (const [key, value] of values) expect(now.get(key), `${key}, ${what}`).toBeGreaterThanOrEqual(value)
  const log = new Set(found.log)
  expect(
    [...commits].filter((message) => !log.has(message)),
    what,
  ).toEqual([])

  const { path, remove } = temporaryFolder()
  try {
    await writeFile(join(path, 'db.bundle'), Uint8Array.from(found.bundle))
    git(path, 'clone', '-q', '--bare', 'db.bundle', 'clone.git')
    const clone = join(path, 'clone.git')
    expect(git(clone, 'fsck', '--strict', '--full'), what).toBe('')
    expect(git(clone, 'rev-list', '--count', 'main').trim(), what).toBe(String(found.log.length))
  } finally {
    remove()
  }
}
