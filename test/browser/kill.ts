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

/** The records that are edited in turn: number n goes to the key at n modulo their count. */
const keys = ['ie', 'fr', 'de']

/** Above every population of the sample: what was there before cannot pass for an edit. */
const firstValue = 10_000_000_000

/** What a browser held when it was opened, and what it acknowledged until it was killed. */
interface Story {
  readonly values: ReadonlyMap<string, number>
  /** Messages of all commits, oldest first. */
  readonly messages: readonly string[]
  /** The number of the first edit, and the last ones that were acknowledged (0: none). */
  readonly from: number
  edit: number
  commit: number
}

/**
 * Kills a real browser again and again, 0 to 1000 ms after an edit or commit was acknowledged to the app, and
 * checks in the next browser of the profile that all of it is there, that nothing else is, and that native git finds
 * the repository sound. What the kills left unfinished in the browser's own logs is printed. With several profiles
 * the runs are divided among them, side by side: most of their time is waiting.
 */
export async function killAgainAndAgain(options: {
  readonly runs: number
  readonly seed: number
  readonly profiles?: number
}): Promise<void> {
  const { runs, seed, profiles = 1 } = options
  const folder = temporaryFolder()
  const server = await startGitServer({ root: folder.path })
  const served = await servePage({ entry: 'test/browser/sdk.page.ts' })
  try {
    const stories = Array.from({ length: profiles }, (_, profile) => {
      const name = `killed-${profile}`
      const bare = makeBareRepository(folder.path, name)
      return killProfile(runs / profiles, seed + profile, served.url, `${server.url}/${name}.git`, bare)
    })
    // All of them end before what they stand on does.
    for (const outcome of await Promise.allSettled(stories))
      if (outcome.status === 'rejected') throw outcome.reason
  } finally {
    await served.close()
    await server.close()
    folder.remove()
  }
}

/** The runs of one profile. */
async function killProfile(
  runs: number,
  seed: number,
  pageUrl: string,
  url: string,
  bare: string,
): Promise<void> {
  const random = createRandom(seed)
  const profileDir = await mkdtemp(join(tmpdir(), 'espalier-kill-'))
  let story: Story | undefined
  let edits = 0
  try {
    for (let run = 1; run <= runs; run++) {
      const what = `run ${run}, seed ${seed}`
      const browser = await launchBrowser({ profileDir })
      try {
        const page = await browser.newPage()
        let heard = (): void => {}
        const started = new Promise<void>((resolve) => (heard = resolve))
        const wantsCommit = run % 2 === 0
        await page.exposeFunction('acknowledged', (kind: 'edit' | 'commit', _key: string, value: number) => {
          if (story) story[kind] = value
          if (kind === 'edit') edits++
          if (!wantsCommit || kind === 'commit') heard()
        })
        await page.goto(pageUrl)
        await page.evaluate((address) => sdk.open(address), url)
        const { from } = (story = await audit(page, story, what))

        let failure: unknown
        let killed = false
        const editing = page
          .evaluate(([all, first]) => sdk.editForEver(all, first, (...told) => acknowledged(...told)), [
            keys,
            from,
          ] as const)
          .catch((error: unknown) => {
            if (!killed) failure = error
            heard()
          })
        await started
        await after(random() * 1000)
        killed = true
        for (const torn of await browser.kill())
          process.stderr.write(`${what}: the kill left a half record in ${torn}\n`)
        await editing
        expect(failure, what).toBeUndefined()
      } finally {
        await browser.close()
      }
    }

    const last = await launchBrowser({ profileDir })
    try {
      const page = await last.newPage(pageUrl)
      await page.evaluate((address) => sdk.open(address), url)
      const { messages } = await audit(page, story, `after ${runs} runs, seed ${seed}`)
      expect(edits).toBeGreaterThan(runs)
      expect(messages.length).toBeGreaterThan(runs / 2)
      // Unpushed commits of all those browsers arrive as if nothing had been.
      expect(await page.evaluate(() => sdk.use().push())).toMatchObject({
        status: 'pushed',
        commits: messages.length - 1,
      })
      expect(git(bare, 'fsck', '--strict', '--full')).toBe('')
    } finally {
      await last.close()
    }
  } finally {
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 })
  }
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>

/**
 * Checks what a browser holds after another one was killed: exactly what that one held, then its edits and commits in
 * their order up to the last one that was acknowledged, or to one that was still under way. Nothing may be missing,
 * doubled or made up. Returns the beginning of the next story.
 */
async function audit(page: Page, story: Story | undefined, what: string): Promise<Story> {
  const found = await page.evaluate(async () => {
    const db = sdk.use()
    const rows = await db.collection('geo.countries').all()
    return {
      values: rows.map((row) => [row.$id, Number(row['population'])] as const),
      messages: (await db.log({ limit: 100_000 })).map(({ message }) => message.trim()).toReversed(),
      bundle: Array.from(await db.exportBundle()),
      lost: (await db.status()).lost,
    }
  })
  expect(found.lost, what).toBeNull()
  const values = new Map(found.values)
  expect([...values.keys()].toSorted(), what).toEqual(keys.toSorted())
  const highest = Math.max(...values.values())
  if (story) {
    expect(highest, what).toBeGreaterThanOrEqual(story.edit)
    expect({ values, messages: found.messages }, what).toEqual(toldUpTo(highest, story, found.messages))
  } else {
    expect(highest, what).toBeLessThan(firstValue)
    expect(found.messages, what).toEqual(['Start'])
  }
  await proveSound(Uint8Array.from(found.bundle), found.messages.length, what)
  return {
    values,
    messages: found.messages,
    from: Math.max(firstValue, highest + 100),
    edit: 0,
    commit: 0,
  }
}

/** What the story comes to when `last` was its last edit. Its commit may have been under way. */
function toldUpTo(
  last: number,
  story: Story,
  found: readonly string[],
): { readonly values: ReadonlyMap<string, number>; readonly messages: readonly string[] } {
  const values = new Map(story.values)
  const messages = [...story.messages]
  for (let n = story.from; n <= last; n++) {
    values.set(keys[n % keys.length] as string, n)
    if (n % 4 !== 0) continue
    const message = `Commit ${n}`
    if (n < last || story.commit === n || found.at(-1) === message) messages.push(message)
  }
  return { values, messages }
}

/** Native git clones the bundle and finds nothing wrong. */
async function proveSound(bundle: Uint8Array, commits: number, what: string): Promise<void> {
  const { path, remove } = temporaryFolder()
  try {
    await writeFile(join(path, 'db.bundle'), bundle)
    git(path, 'clone', '-q', '--bare', 'db.bundle', 'clone.git')
    const clone = join(path, 'clone.git')
    expect(git(clone, 'fsck', '--strict', '--full'), what).toBe('')
    expect(git(clone, 'rev-list', '--count', 'main').trim(), what).toBe(String(commits))
  } finally {
    remove()
  }
}
