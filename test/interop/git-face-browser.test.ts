import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, type ServedPage, servePage } from '../support/browser.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git } from '../support/git-repositories.ts'
import type { GitPage, Stop } from './git-face.page.ts'

declare const gitPage: GitPage
declare const violations: readonly string[]

const credentials = { username: 'ada', password: 'secret-token-9f2c41' }
const host = useGitHost({ auth: credentials })
let served: ServedPage
let profileDir: string

beforeAll(async () => {
  served = await servePage({ entry: 'test/interop/git-face.page.ts' })
  profileDir = await mkdtemp(join(tmpdir(), 'espalier-git-face-'))
})

afterAll(async () => {
  await served.close()
  await rm(profileDir, { recursive: true, force: true, maxRetries: 5 })
})

async function openPage(page: Page, url: string): Promise<void> {
  await page.evaluate(([address, known]) => gitPage.open(address, known), [url, credentials] as const)
  // `waitForFunction` takes a promise for an answer.
  await expect.poll(() => page.evaluate(async () => (await gitPage.use().status()).history)).toBe('full')
}

/** Clones what the page exports with native git, checks it strictly, and answers its `main`. */
async function exportedMain(page: Page, name: string): Promise<string> {
  const bundle = await page.evaluate(() => gitPage.exportBase64())
  const clone = join(host.path, `${name}-exported.git`)
  await rm(clone, { recursive: true, force: true })
  await writeFile(`${clone}.bundle`, Buffer.from(bundle, 'base64'))
  git(host.path, 'clone', '-q', '--mirror', `${clone}.bundle`, clone)
  expect(git(clone, 'fsck', '--strict', '--full')).toBe('')
  return git(clone, 'rev-parse', 'main').trim()
}

describe('isomorphic-git in a real browser, under the strict policy', () => {
  test('fetch, a true merge, commit, branch, tag, log and push; this tab and another follow', async () => {
    const { bare, url } = host.make('work')
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage(served.url)
      const other = await browser.newPage(served.url)
      const problems: string[] = []
      page.on('console', (message) => {
        // The browser itself reports the 401 after which isomorphic-git asks for the credentials.
        if (!message.text().includes('401')) problems.push(message.text())
      })
      page.on('pageerror', (error) => problems.push(String(error)))
      await openPage(page, url)
      await openPage(other, url)
      await page.evaluate(() => gitPage.use().collection('geo.countries').update('ie', { population: 1 }))
      const ours = await page.evaluate(() => gitPage.use().commit({ message: 'Ours' }))
      await page.evaluate(() => gitPage.use().collection('geo.countries').update('fr', { population: 2 }))
      const theirs = commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.3\n' })

      const { merge, draft, log } = await page.evaluate((known) => gitPage.work(known), credentials)
      expect(log.at(0)).toBe('Draft')
      expect(log.at(-1)).toBe('Start')
      expect(git(bare, 'log', '-1', '--format=%P', 'main').trim()).toBe(`${ours.oid} ${theirs}`)
      expect(git(bare, 'rev-parse', 'main', 'draft')).toBe(`${merge}\n${draft}\n`)
      expect(git(bare, 'fsck', '--strict')).toBe('')

      const foot = await page.evaluate(() => gitPage.use().collection('units').get('foot'))
      expect(foot).toMatchObject({ factor: 0.3 })
      expect(await page.evaluate(() => gitPage.use().status())).toMatchObject({ commit: merge, unpushed: 0 })
      expect(await page.evaluate(() => gitPage.use().changes())).toMatchObject([
        { key: 'fr', after: { population: 2 } },
      ])
      await other.waitForFunction(
        async (oid) => (await gitPage.use().status()).commit === oid,
        merge, // the other tab is told, and does nothing for it
      )
      expect(await exportedMain(page, 'work')).toBe(merge)
      expect(problems).toEqual([])
      expect(await page.evaluate(() => violations)).toEqual([])
    } finally {
      await browser.close()
    }
  })

  test.each<Stop>(['in the transfer', 'before the end', 'while storing'])(
    'the browser is killed %s of a fetch: the repository is as before, or as after, and opens',
    async (stop) => {
      const name = `kill-${stop.replaceAll(' ', '-')}`
      const { bare, url } = host.make(name)
      const before = git(bare, 'rev-parse', 'main').trim()
      let after = ''
      const browser = await launchBrowser({ profileDir })
      try {
        const page = await browser.newPage()
        let reached = (): void => {}
        const stopped = new Promise<void>((resolve) => (reached = resolve))
        await page.exposeFunction('reached', () => reached())
        await page.goto(served.url)
        await openPage(page, url)
        // Larger than an inline pack: it is stored in segments.
        const noise = randomBytes(1_500_000).toString('base64')
        after = commitElsewhere(bare, { 'noise.txt': noise })
        let failure: unknown
        let killed = false
        const fetching = page
          .evaluate(
            ([where, known]) =>
              gitPage.fetchUntil(where, known, () => {
                ;(window as unknown as { reached(): void }).reached() // exposed above
              }),
            [stop, credentials] as const,
          )
          .catch((error: unknown) => {
            if (!killed) failure = error
            reached()
          })
        await stopped
        killed = true
        await browser.kill()
        await fetching
        expect(failure).toBeUndefined()
      } finally {
        await browser.close()
      }

      const again = await launchBrowser({ profileDir })
      try {
        const page = await again.newPage(served.url)
        await openPage(page, url)
        const { commit } = await page.evaluate(() => gitPage.use().status())
        expect(stop === 'while storing' ? [before, after] : [before]).toContain(commit)
        expect(await exportedMain(page, name)).toBe(commit)
        if (commit === before)
          expect(await page.evaluate(() => gitPage.use().pull())).toMatchObject({ to: after })
        expect(await exportedMain(page, name)).toBe(after)
      } finally {
        await again.close()
      }
    },
    60_000,
  )
})
