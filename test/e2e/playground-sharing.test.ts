import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  commit,
  credentials,
  editCell,
  goToRecord,
  openByAddress,
  type PlaygroundSetting,
  pushElsewhere,
  startPlayground,
} from './playground.ts'

let setting: PlaygroundSetting
let folder: string

beforeAll(async () => {
  setting = await startPlayground()
  folder = await mkdtemp(join(tmpdir(), 'espalier-e2e-'))
})

afterAll(async () => {
  await setting?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('an edit in one tab appears in the other, and so does its commit', async () => {
  const address = setting.addRepository('tabs.git')
  const { page: here, complaints } = await setting.newTab()
  await openByAddress(here, address)
  await goToRecord(here, 'money.currencies', 'eur')
  const { page: there, complaints: complaintsThere } = await setting.newTab(new URL(here.url()).hash)
  await there.locator('[role=rowheader]:focus', { hasText: 'eur' }).waitFor()

  await editCell(here, 'money.currencies', 'eur', 'symbol', 'SHARE')
  await there.getByRole('gridcell', { name: 'SHARE' }).waitFor()
  await there.getByRole('heading', { name: '1 pending change' }).waitFor()
  // What is read anew is the record alone: the focus of the other tab stays where it was.
  expect(await there.locator('[role=rowheader]:focus').textContent()).toContain('eur')

  await commit(there, 'Committed in the other tab')
  await here.getByText('No pending changes').waitFor()
  await here.getByRole('button', { name: 'Push 1' }).waitFor()
  expect([...complaints, ...complaintsThere]).toEqual([])
  await Promise.all([here.close(), there.close()])
})

test('offline, edits and commits work, and a push says what is missing', async () => {
  const address = setting.addRepository('offline.git')
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await page.getByRole('button', { name: 'State of the data' }).getByText('Saved').waitFor()
  await setting.browser.context.setOffline(true)
  try {
    const pill = page.getByRole('button', { name: 'State of the data' })
    await pill.getByText('Offline').waitFor()
    await editCell(page, 'units', 'meter', 'symbol', 'M')
    await commit(page, 'Made without a network')
    await pill.getByText('1 unpushed').waitFor()
    await page.getByRole('button', { name: 'Push 1' }).click()
    await page.getByText('No push while offline').waitFor()
    await page.getByText('Try again when the network is back').waitFor()
  } finally {
    await setting.browser.context.setOffline(false)
  }
  await pushAs(page)
  await page.getByText('Pushed 1 commit').waitFor()
  expect(setting.git('offline.git', 'log', '-1', '--format=%s', 'main').trim()).toBe('Made without a network')
  await page.close()
})

test('the backup that is downloaded is a bundle that native git clones, unpushed commits included', async () => {
  const address = setting.addRepository('backup.git')
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'units', 'meter', 'symbol', 'M')
  await commit(page, 'Only in this browser')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download a backup bundle' }).click(),
  ])
  await page.getByText('Backup downloaded').waitFor()
  expect(download.suggestedFilename()).toBe('backup.bundle')
  const file = join(folder, 'backup.bundle')
  await download.saveAs(file)
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  git('clone', '--quiet', '--branch', 'main', file, 'clone')
  expect(git('-C', 'clone', 'log', '-1', '--format=%s').trim()).toBe('Only in this browser')
  expect(git('-C', 'clone', 'fsck', '--strict', '--no-dangling')).toBe('')
  await page.close()
})

test('a push that the remote overtook, or that the host refuses, says so and keeps the commits', async () => {
  const address = setting.addRepository('overtaken.git')
  const { page } = await setting.newTab()
  await openByAddress(page, address)
  await editCell(page, 'units', 'meter', 'symbol', 'M')
  await commit(page, 'Mine')
  pushElsewhere(setting, 'overtaken.git', 'money/currencies/$records/eur.yaml')
  await pushAs(page)
  await page.getByText('Not pushed: the remote has newer commits').waitFor()
  await page.getByRole('button', { name: /^Pull/ }).click()
  await page.getByText('Not pulled: both sides have new commits').waitFor()
  expect(setting.git('overtaken.git', 'log', '-1', '--format=%s', 'main').trim()).toBe('Their')
  await page.close()

  const guarded = setting.addRepository('guarded.git')
  await setting.addHook('guarded.git', 'pre-receive', '#!/bin/sh\necho "Use a pull request." >&2\nexit 1\n')
  const { page: other } = await setting.newTab()
  await openByAddress(other, guarded)
  await editCell(other, 'units', 'meter', 'symbol', 'M')
  await commit(other, 'Not allowed')
  await pushAs(other)
  await other.getByText('The host refused the push').waitFor()
  await other.getByText(/Your commits are safe here/).waitFor()
  await other.getByRole('button', { name: 'Push 1' }).waitFor()
  await other.close()
})

test('records are added and deleted with the keyboard, and wait among the changes', async () => {
  const address = setting.addRepository('records.git')
  const { page, complaints } = await setting.newTab()
  await openByAddress(page, address)
  await goToRecord(page, 'money.currencies', 'eur')
  await page.keyboard.press('Insert')
  const dialog = page.getByRole('dialog', { name: /^New record in/ })
  await dialog.getByLabel('Key required').waitFor()
  await page.keyboard.type('eur')
  await page.keyboard.press('Enter')
  await dialog.getByText('ISO 4217 is required.').waitFor()
  await dialog.getByLabel('ISO 4217').fill('XTS')
  await dialog.getByLabel('names').fill('{"en": "Test money"}')
  await dialog.getByLabel('Decimal places').fill('2')
  await page.keyboard.press('Enter')
  await dialog.getByText(/has a record "eur" already/).waitFor()
  await dialog.getByLabel('Key required').fill('xts')
  await page.keyboard.press('Enter')
  await page.locator('[role=rowheader]:focus', { hasText: 'xts' }).waitFor()
  await page.getByRole('heading', { name: '1 pending change' }).waitFor()

  await goToRecord(page, 'money.currencies', 'zwl')
  await page.keyboard.press('Delete')
  await page.getByText('zwl was deleted').waitFor()
  await expect.poll(() => page.getByRole('rowheader', { name: /^zwl/ }).count()).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('rowheader', { name: /^zwl/ }).waitFor()
  await page.getByRole('heading', { name: '1 pending change' }).waitFor()
  await goToRecord(page, 'money.currencies', 'zwl')
  await page.getByRole('button', { name: 'Delete the record zwl' }).click()
  await page.getByRole('heading', { name: '2 pending changes' }).waitFor()

  await commit(page, 'One in, one out')
  await pushAs(page)
  await page.getByText('Pushed 1 commit').waitFor()
  expect(setting.git('records.git', 'diff', '--name-status', 'main^', 'main').trim().split('\n')).toEqual([
    'A\tmoney/currencies/$records/xts.yaml',
    'D\tmoney/currencies/$records/zwl.yaml',
  ])
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
  await page.close()
})

/** Pushes and signs in. */
async function pushAs(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Push/ }).click()
  await page.getByLabel('User name').fill(credentials.username)
  await page.getByLabel('Token').fill(credentials.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
