import { describe, expect, test } from 'vitest'
import { commitElsewhere } from '../support/git-repositories.ts'
import type { LivePage } from './live.page.ts'
import { useGitHost } from '../support/git-host.ts'
import { useBrowserPages } from '../support/browser-page.ts'

declare const live: LivePage

const host = useGitHost()
const pages = useBrowserPages('test/browser/live.page.ts')

describe('live queries in a real browser', () => {
  test('come through the worker: an edit is shown as saving, then as modified, and other rows stay the same objects', async () => {
    const page = await pages.open()
    await page.evaluate((url) => live.open(url), host.make('live').url)
    await page.waitForFunction(() => live.emissions.length === 1)
    await page.evaluate(() => live.use().collection('geo.countries').update('ie', { population: 90_000_000 }))
    await page.waitForFunction(() => live.emissions.length === 3)
    const emissions = await page.evaluate(() => live.emissions)
    expect(emissions.map(({ rows }) => rows)).toEqual([
      [
        ['de', 'undefined', 84_607_016],
        ['fr', 'undefined', 68_042_591],
        ['ie', 'undefined', 5_262_382],
      ],
      [
        ['ie', 'saving', 90_000_000],
        ['de', 'undefined', 84_607_016],
        ['fr', 'undefined', 68_042_591],
      ],
      [
        ['ie', 'modified', 90_000_000],
        ['de', 'undefined', 84_607_016],
        ['fr', 'undefined', 68_042_591],
      ],
    ])
    expect(emissions.map(({ version, kept }) => [version, kept])).toEqual([
      [1, 0],
      [2, 2],
      [3, 2],
    ])
    expect(emissions[1]?.changes).toEqual([{ kind: 'changed', key: 'ie' }])
    await page.evaluate(() => live.use().collection('geo.countries').update('fr', { population: 1 }))
    await page.evaluate(() => live.use().collection('geo.countries').update('fr', { population: 2 }))
    await page.waitForFunction(() => live.emissions.length === 4)
    expect(await page.evaluate(() => live.emissions.at(-1)?.changes)).toEqual([
      { kind: 'removed', key: 'fr' },
    ])
    await page.close()
  })

  test('of another tab hear of durable edits, commits and pulls only', async () => {
    const { bare, url } = host.make('live-tabs')
    // Two pages of one browser context share storage, locks and announcements.
    const first = await pages.open()
    const second = await first.context().newPage()
    await second.goto(pages.served.url)
    for (const page of [first, second]) {
      await page.evaluate((address) => live.open(address), url)
      await page.waitForFunction(() => live.emissions.length === 1)
    }
    await first.evaluate(() =>
      live.use().collection('geo.countries').update('ie', { population: 90_000_000 }),
    )
    await second.waitForFunction(() => live.emissions.length === 2)
    await first.evaluate(() => live.use().commit({ message: 'More' }))
    await second.waitForFunction(() => live.emissions.length === 3)
    commitElsewhere(bare, {
      'geo/countries/$records/fr.json': '{\n  "name": "France",\n  "population": 99000000\n}\n',
    })
    // Ours has a commit that theirs lacks: nothing moves.
    expect(await first.evaluate(() => live.use().pull())).toMatchObject({ status: 'diverged' })
    const emissions = await second.evaluate(() => live.emissions)
    expect(emissions.map(({ rows }) => rows.find(([key]) => key === 'ie'))).toEqual([
      ['ie', 'undefined', 5_262_382],
      ['ie', 'modified', 90_000_000],
      ['ie', 'undefined', 90_000_000],
    ])
    await second.evaluate(() => live.stop())
    await first.evaluate(() => live.use().collection('geo.countries').delete('ie'))
    await first.waitForFunction(() => live.emissions.at(-1)?.rows.length === 2)
    await second.evaluate(() => live.use().refresh())
    expect(await second.evaluate(async () => (await live.query?.())?.length)).toBe(2)
    expect(await second.evaluate(() => live.emissions.length)).toBe(3)
    await first.close()
    await second.close()
  })
})
