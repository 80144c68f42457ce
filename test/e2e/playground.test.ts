import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  commit,
  credentials,
  demoBundle,
  editCell,
  goToRecord,
  moveToColumn,
  openByAddress,
  type PlaygroundSetting,
  pushElsewhere,
  startPlayground,
} from './playground.ts'

let setting: PlaygroundSetting

beforeAll(async () => {
  setting = await startPlayground()
})

afterAll(async () => {
  await setting?.close()
})

test('one click opens the sample, without a git server and without a complaint', async () => {
  const { page, complaints } = await setting.newTab()
  await page.getByRole('button', { name: /Open the sample/ }).click()
  await page.getByRole('grid').waitFor()
  await page.getByRole('button', { name: /^Countries/ }).click()
  await page.getByRole('heading', { name: 'Countries', level: 2 }).waitFor()
  await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('250')
  expect(page.url()).toContain('#repository=sample&branch=main&collection=geo.countries')
  expect(await page.title()).toBe('Countries · Sample reference data · Espalier playground')
  expect(complaints).toEqual([])
  await page.close()
})

test('edit with the keyboard, commit, push with credentials: native git sees one changed line', async () => {
  const address = setting.addRepository('keyboard.git')
  const before = setting.git('keyboard.git', 'rev-parse', 'main').trim()
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, address)
  await goToRecord(page, 'money.currencies', 'eur')
  await moveToColumn(page, 'symbol')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'symbol of eur' }).waitFor()
  await page.keyboard.type('EUR')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: '1 pending change' }).waitFor()
  expect(await page.locator('.change del').textContent()).toBe('€')
  expect(await page.locator('.change ins').textContent()).toBe('EUR')
  // The focus went back to the cell; from there Tab leaves the grid.
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('EUR')

  await page.getByLabel('Commit message').focus()
  await page.keyboard.type('Write the euro as text')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Ada Lovelace')
  await page.keyboard.press('Tab')
  await page.keyboard.type('ada@example.com')
  await page.keyboard.press('Enter')
  await page.getByText(/^Committed [0-9a-f]{7}$/).waitFor()
  await page.getByText('No pending changes').waitFor()

  await page.getByRole('button', { name: 'Push 1' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Sign in' }).waitFor()
  await page.getByLabel('User name').focus()
  await page.keyboard.type(credentials.username)
  await page.keyboard.press('Tab')
  await page.keyboard.type(credentials.password)
  await page.keyboard.press('Enter')
  await page.getByText('Pushed 1 commit').waitFor()

  const range = `${before}..main`
  expect(setting.git('keyboard.git', 'log', '--format=%an <%ae> %s', range).trim()).toBe(
    'Ada Lovelace <ada@example.com> Write the euro as text',
  )
  expect(setting.git('keyboard.git', 'diff', '--numstat', range).trim()).toBe(
    '1\t1\tmoney/currencies/$records/eur.yaml',
  )
  expect(setting.git('keyboard.git', 'fsck', '--strict')).toBe('')

  // A browser reports the host's 401 by itself; nothing else may stand in the console.
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
  await expectNoToken(page)
  await page.close()
})

test('a wrong token is asked for again, and giving up changes nothing', async () => {
  const address = setting.addRepository('refused.git')
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'units', 'meter', 'symbol', 'M')
  await commit(page, 'Change the metre')
  await page.getByRole('button', { name: 'Push 1' }).click()
  await page.getByLabel('User name').fill(credentials.username)
  await page.getByLabel('Token').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('The host did not accept these credentials.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Push cancelled').waitFor()
  expect(await page.getByRole('alert').getByText('remote/').count()).toBe(0)
  expect(setting.git('refused.git', 'log', '--format=%s', '-1', 'main').trim()).not.toBe('Change the metre')
  await page.close()
})

test('the start page lists what is in this browser; what exists only here is deleted after a question, and comes back', async () => {
  const address = setting.addRepository('listed.git')
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'units', 'meter', 'symbol', 'M')
  await page.close()

  const { page: start, complaints } = await setting.newTab()
  const list = start.getByRole('region', { name: 'In this browser' })
  const entry = list.getByRole('button', { name: /^listed/ })
  await entry.getByText(/ kB · synced just now · 1 pending change$/).waitFor()
  const trash = list.getByRole('button', { name: 'Delete listed from this browser' })
  const dialog = start.getByRole('dialog', { name: 'Delete listed?' })
  await trash.click()
  await dialog.getByText('1 pending change exists only in this browser.').waitFor()
  await dialog.getByRole('button', { name: 'Keep it' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await entry.waitFor()
  await trash.click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await entry.waitFor({ state: 'detached' })
  await start.getByRole('button', { name: 'Bring it back' }).click()
  await entry.click()
  await start.getByRole('heading', { name: '1 pending change' }).waitFor()
  expect(complaints).toEqual([])
  await start.close()
})

test('pending changes survive a reload', async () => {
  const address = setting.addRepository('reload.git')
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'money.currencies', 'eur', 'symbol', 'E')
  await page.reload()
  await page.getByRole('heading', { name: '1 pending change' }).waitFor()
  expect(await page.locator('.change ins').textContent()).toBe('E')
  await page.getByRole('rowheader', { name: /^eur/ }).waitFor()
  await page.getByRole('button', { name: 'Discard the change of eur' }).click()
  await page.getByText('No pending changes').waitFor()
  await page.reload()
  await page.getByText('No pending changes').waitFor()
  expect(complaints).toEqual([])
  await page.close()
})

test('two branches are open side by side, each with its own changes', async () => {
  const address = setting.addRepository('branches.git')
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'money.currencies', 'eur', 'symbol', 'MAIN')

  await page.getByRole('button', { name: 'Switch or create a branch' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^draft/ })
    .click()
  await page.getByText('No pending changes').waitFor()
  await editCell(page, 'money.currencies', 'eur', 'symbol', 'DRAFT')
  expect(page.url()).toContain('branch=draft')

  const branches = page.getByRole('navigation', { name: 'Branches' })
  await branches.getByRole('button', { name: 'main', exact: true }).click()
  await expect.poll(() => page.locator('.change ins').textContent()).toBe('MAIN')
  await branches.getByRole('button', { name: 'draft', exact: true }).click()
  await expect.poll(() => page.locator('.change ins').textContent()).toBe('DRAFT')

  await page.getByRole('button', { name: 'Switch or create a branch' }).click()
  await page.getByLabel('New branch from draft').fill('idea')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await branches.getByRole('button', { name: 'idea', exact: true }).waitFor()
  await page.getByText('No pending changes').waitFor()
  expect(complaints).toEqual([])
  await page.close()
})

test('an older commit is shown read-only, and the banner leads back', async () => {
  const address = setting.addRepository('history.git')
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, address)
  await page.getByRole('tab', { name: 'History' }).click()
  await page.getByRole('button', { name: /^Start with the continents/ }).click()
  await page.getByRole('region', { name: 'Read-only view of a commit' }).waitFor()
  await expect.poll(() => page.locator('.collection').count()).toBe(1)
  expect(page.url()).toContain('&commit=')
  await page.getByRole('button', { name: /^Continents/ }).click()
  await page.getByRole('grid').waitFor()
  expect(await page.getByRole('grid').getAttribute('aria-readonly')).toBe('true')
  await page.locator('[role=gridcell]').first().dblclick()
  expect(await page.locator('.editor').count()).toBe(0)

  await page.reload()
  await page.getByRole('region', { name: 'Read-only view of a commit' }).waitFor()
  await page.getByRole('button', { name: 'Back to main' }).click()
  await page.getByRole('button', { name: /^Countries/ }).waitFor()
  expect(page.url()).not.toContain('&commit=')
  expect(complaints).toEqual([])
  await page.close()
})

test('a pull brings what others pushed, and is blocked by changes of the same record', async () => {
  const address = setting.addRepository('pull.git')
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'money.currencies', 'eur', 'symbol', 'MINE')
  pushElsewhere(setting, 'pull.git', 'money/currencies/$records/eur.yaml')
  await page.getByRole('button', { name: 'Pull', exact: true }).click()
  await page.getByText('Not pulled: your changes touch the same records').waitFor()
  await page.getByRole('link', { name: 'money.currencies eur' }).waitFor()
  await page.getByRole('button', { name: 'Discard the change of eur' }).click()
  await page.getByText('No pending changes').waitFor()
  await page.getByRole('button', { name: /^Pull/ }).click()
  await page.getByText(/^Pulled [0-9a-f]{7} → [0-9a-f]{7}$/).waitFor()
  await goToRecord(page, 'money.currencies', 'eur')
  await page.getByRole('gridcell', { name: 'THEIRS' }).waitFor()
  await page.close()
})

test('what cannot be opened says why and what to do', async () => {
  const { page } = await setting.newTab()
  await page.getByLabel('Repository or bundle address').fill(`${setting.server.url}/absent.git`)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  const alert = page.getByRole('alert').filter({ hasText: 'could not be opened' })
  await alert.getByText('remote/not-found').waitFor()
  await page.close()
})

test('a database that somebody else made: Markdown files and links between collections', async ({ skip }) => {
  skip(!existsSync(demoBundle), `The demo database is not at ${demoBundle}.`)
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, `${setting.playground.url}shared/demo-ingitdb.bundle`)
  await page.getByRole('button', { name: /^Products/ }).click()
  await page.getByRole('rowheader', { name: /^prod001/ }).waitFor()
  await page.getByRole('button', { name: /^Addresses/ }).click()
  await page.getByRole('link', { name: 'cust003' }).first().click()
  await page.locator('[role=rowheader]:focus', { hasText: 'cust003' }).waitFor()
  expect(page.url()).toContain('collection=commerce.customers&record=cust003')
  await page.goBack()
  await page.getByRole('heading', { name: 'Addresses', level: 2 }).waitFor()
  expect(complaints).toEqual([])
  await page.close()
})

test('a token in an address, typed or pasted, is kept nowhere', async () => {
  const address = setting
    .addRepository('token.git')
    .replace('://', `://${credentials.username}:${credentials.password}@`)
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await expectNoToken(page)
  await page.close()

  const pasted = await setting.newTab(`#repository=${address}`)
  await pasted.page.getByRole('grid').waitFor()
  await expectNoToken(pasted.page)
  await pasted.page.close()
})

test('a bad value is refused beside the cell, and Escape leaves the old one', async () => {
  const address = setting.addRepository('invalid.git')
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, address)
  await goToRecord(page, 'money.currencies', 'eur')
  await moveToColumn(page, 'Decimal places')
  await page.keyboard.press('F2')
  await page.keyboard.type('two')
  await page.keyboard.press('Enter')
  await page.getByText('Type a number').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('No pending changes').waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('2')
  expect(complaints).toEqual([])
  await page.close()
})

type Page = Awaited<ReturnType<PlaygroundSetting['newTab']>>['page']

/** Looks for the token wherever a page can keep one. */
async function expectNoToken(page: Page): Promise<void> {
  const secrets = [credentials.password, btoa(`${credentials.username}:${credentials.password}`)]
  // Searched inside the page: the store is megabytes.
  const { searched, found } = await page.evaluate(async (secrets) => {
    const parts = [
      location.href,
      document.title,
      document.documentElement.outerHTML,
      JSON.stringify(history.state),
    ]
    parts.push(JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }))
    parts.push(...[...document.querySelectorAll('input')].map((input) => input.value))
    const decoder = new TextDecoder('latin1')
    const text = (value: unknown): string =>
      JSON.stringify(value, (_, inner: unknown) =>
        inner instanceof ArrayBuffer || ArrayBuffer.isView(inner) ? decoder.decode(inner) : inner,
      ) ?? ''
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name)
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(request.error))
      })
      for (const store of database.objectStoreNames) {
        const read = <T>(what: IDBRequest<T>): Promise<T> =>
          new Promise((resolve, reject) => {
            what.addEventListener('success', () => resolve(what.result))
            what.addEventListener('error', () => reject(what.error))
          })
        const source = database.transaction(store).objectStore(store)
        const [keys, values] = await Promise.all([read(source.getAllKeys()), read(source.getAll())])
        parts.push(name, ...keys.map(text), ...values.map(text))
      }
      database.close()
    }
    return {
      searched: parts.reduce((sum, part) => sum + part.length, 0),
      found: parts
        .filter((part) => secrets.some((secret) => part.includes(secret)))
        .map((part) => part.slice(0, 200)),
    }
  }, secrets)
  expect(searched).toBeGreaterThan(100_000)
  expect(found).toEqual([])
}
