import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { canonicalMessage } from '../../worker/git/objects/commit.ts'
import { trailerLines, withTrailers } from '../../worker/engine/commits/commit-trailers.ts'
import { libraryVersion } from '../../worker/engine/common/library-version.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { git, temporaryFolder, writeFiles } from '../support/git-repositories.ts'
import { useGitHost } from '../support/git-host.ts'
import { author, openHosted, openOn } from './world.ts'

const host = useGitHost()
afterEach(() => vi.restoreAllMocks())

const badArgument = { code: 'engine/bad-argument' }
const grace = { name: 'Grace', email: 'grace@example.com' }

/** The last commit, as git shows it in the repository that it was pushed to. */
async function pushed(db: Database, bare: string, format: string): Promise<string> {
  expect(await db.push()).toMatchObject({ status: 'pushed' })
  git(bare, 'fsck', '--strict')
  return git(bare, 'log', '-1', `--format=${format}`).trimEnd()
}

describe('a commit without a message', () => {
  test('says what changed, and only what is committed', async () => {
    const { db, bare } = await openHosted(host, 'default-message')
    const units = db.collection('units')
    await units.update('foot', { symbol: 'f' })
    await db.commit()
    expect(await pushed(db, bare, '%B')).toBe('Update units/foot')
    await units.update('foot', { symbol: 'ft.' })
    await db.collection('geo.countries').update('ie', { population: 1 })
    await db.commit({ message: ' \n', records: { collection: 'geo.countries' } })
    expect(await pushed(db, bare, '%B')).toBe('Update geo.countries/ie')
    await units.delete('metre')
    await units.insert({ $id: 'inch', symbol: 'in' })
    await db.commit({})
    expect(await pushed(db, bare, '%B')).toBe(
      'Add 1, update 1, remove 1 in units\n\n- Update units/foot\n- Add units/inch\n- Remove units/metre',
    )
    await expect(db.commit()).rejects.toMatchObject({ code: 'engine/nothing-to-commit' })
    await db.close()
  })
})

describe('who commits, and when', () => {
  test('committer and author are written apart, times as +0000', async () => {
    const { db, bare } = await openHosted(host, 'committer')
    await db.collection('units').update('foot', { symbol: 'f' })
    const { committer } = await db.commit({ message: 'Feet', committer: grace })
    expect(committer).toMatchObject({ ...grace, timezoneMinutes: 0 })
    expect(await pushed(db, bare, '%an %ae %cn %ce %ad')).toMatch(
      /^Ada ada@example.com Grace grace@example.com .* \+0000$/,
    )
    await db.close()
  })

  test.each([
    [-330, '+0530'],
    [210, '-0330'],
    [0, '+0000'],
  ])('an offset of %i is kept as %s', async (minutes, zone) => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(minutes)
    const { db, bare } = await openHosted(host, `zone${zone}`)
    await db.collection('units').update('foot', { symbol: 'f' })
    await db.commit({ message: 'Feet', timeZone: 'keep', committer: grace })
    expect(await pushed(db, bare, '%ad|%cd')).toMatch(new RegExp(`\\${zone}\\|.*\\${zone}$`))
    await db.close()
  })

  test('open() says it for all commits, a commit for itself', async () => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-60)
    const { url } = host.make('open-options')
    const options = { committer: grace, timeZone: 'keep', audit: true } as const
    const db = await openOn(createMemoryStorage(), url, options)
    await db.collection('units').update('foot', { symbol: 'f' })
    const first = await db.commit({ message: 'Feet' })
    expect(first.committer).toMatchObject({ ...grace, timezoneMinutes: 60 })
    expect(first.message).toContain('Espalier-Client: ')
    await db.collection('units').update('foot', { symbol: 'ft' })
    const second = await db.commit({ message: 'Feet', committer: author, timeZone: 'utc', audit: false })
    expect(second.committer).toMatchObject({ ...author, timezoneMinutes: 0 })
    expect(second.message).toBe('Feet\n')
    await db.close()
  })
})

test('merge commits and commits of what is carried are signed like all others', async () => {
  vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-60)
  const { url, bare } = host.make('signed-merges')
  const options = { committer: grace, timeZone: 'keep', audit: true } as const
  const db = await openOn(createMemoryStorage(), url, { history: 'full', ...options })
  const draft = await db.branches.create('draft')
  for (const on of [db, draft]) {
    await on.collection('units').update(on === db ? 'foot' : 'metre', { symbol: 'x' })
    await on.commit({ message: 'x' })
  }
  const merge = await db.merge.start('draft')
  for (const slip of [
    { mesage: 'x' },
    { message: 3 },
    { audit: 'yes' },
    { records: 'all' },
    { noFastForward: 1 },
  ])
    await expect(merge.commit(slip as { message: string })).rejects.toMatchObject(badArgument)
  expect(await merge.commit({ message: ' ', trailers: { Ticket: '7' } })).toMatchObject({ status: 'merged' })
  expect(await pushed(db, bare, '%an %cn %ad|%cd|%s')).toMatch(
    /^Ada Grace .* \+0100\|.* \+0100\|Merge branch 'draft'$/,
  )
  expect(git(bare, 'log', '-1', '--format=%(trailers)').trim()).toMatch(
    /^Ticket: 7\nEspalier-Client: .*\nEspalier-Time-Zone: .*$/,
  )
  expect(await db.revert('HEAD', { mainline: 1, whole: true, message: '' })).toMatchObject({
    status: 'committed',
  })
  expect(await pushed(db, bare, '%an %cn %ad %s')).toMatch(
    /^Ada Grace .* \+0100 Revert "Merge branch 'draft'"$/,
  )
  expect(git(bare, 'log', '-1', '--format=%(trailers:key=Espalier-Client)').trim()).not.toBe('')
  await db.close()
})

describe('trailers', () => {
  test('are what git reads', async () => {
    const { db, bare } = await openHosted(host, 'trailers')
    await db.collection('units').update('foot', { symbol: 'f' })
    await db.commit({
      message: 'Feet\n\nBecause.\n\nSigned-off-by: Ada <ada@example.com>\n',
      trailers: { 'Reviewed-by': ['Grace <grace@example.com>', ' Eve <eve@example.com>'], Ticket: '7' },
    })
    expect(await pushed(db, bare, '%(trailers)')).toBe(
      'Signed-off-by: Ada <ada@example.com>\nReviewed-by: Grace <grace@example.com>\nReviewed-by: Eve <eve@example.com>\nTicket: 7',
    )
    await db.collection('units').update('foot', { symbol: 'ft' })
    await db.commit({ trailers: { Ticket: '8' } })
    expect(await pushed(db, bare, '%B')).toBe('Update units/foot\n\nTicket: 8')
    await db.close()
  })

  test.each([
    'Subject',
    'Update: a subject that looks like one',
    'Subject\n\nA body: with a colon',
    'Subject\n\nA body of\nNote: this',
    'Subject\r\n\r\nRef: 1\r\nRef: 2\r\n',
    'Subject\n\nRef: 1\n  goes on\nOther : 2',
    'Subject\n\nBody\n\nSigned-off-by: A <a@b>\nnot one',
    'Subject\n\nBody\n\nSigned-off-by: A <a@b>\nnot\none\nat\nall',
    'Subject\n\nBody\n \nTicket: 7',
    'Subject\n\n- Update units/a\n- Remove units/b',
    '',
  ])('after the message %j: those that it has stay, ours are added', (message) => {
    const folder = temporaryFolder()
    try {
      writeFiles(folder.path, {
        before: canonicalMessage(message),
        after: `${withTrailers(message, ['Ticket: 7', 'Reviewed-by: X <x@y>', 'Ticket: 7'])}\n`,
      })
      const parse = (name: string): readonly string[] =>
        git(folder.path, 'interpret-trailers', '--parse', name).split('\n').filter(Boolean)
      const before = parse('before')
      const ours = ['Ticket: 7', 'Reviewed-by: X <x@y>'].filter((line) => !before.includes(line))
      const after = parse('after')
      expect(after.slice(-ours.length)).toEqual(ours)
      const others = after.slice(0, -ours.length)
      // Git keeps no block that is followed by another one.
      expect(others.length === 0 || others.join('\n') === before.join('\n')).toBe(true)
      if (!message.includes('not')) expect(others).toEqual(before)
      const text = readFileSync(join(folder.path, 'after'), 'utf8')
      expect(text.startsWith(canonicalMessage(message).trimEnd())).toBe(true)
    } finally {
      folder.remove()
    }
  })

  test.each([
    [{ 'Reviewed by': 'X' }, 'Reviewed by'],
    [{ 'a:b': 'X' }, 'a:b'],
    [{ '': 'X' }, ''],
    [{ Ticket: '7\nSigned-off-by: Eve' }, 'Ticket'],
    [{ Ticket: '7\u0000' }, 'Ticket'],
    [{ Ticket: ' ' }, 'Ticket'],
    [{ Ticket: 7 }, 'Ticket'],
    [{ Ticket: ['7', undefined] }, 'Ticket'],
  ])('%j are refused', (trailers, named) => {
    const message: unknown = expect.stringContaining(`"${named}"`)
    expect(() => trailerLines(trailers as never)).toThrow(
      expect.objectContaining({ ...badArgument, message }),
    )
  })
})

describe('audit', () => {
  test('tells the operations, the client and the time zone, where it is asked for', async () => {
    const { db, bare } = await openHosted(host, 'audit')
    const units = db.collection('units')
    await units.update('foot', { symbol: 'a' })
    await db.collection('geo.countries').update('ie', { population: 1 })
    await units.update('foot', { symbol: 'b' })
    await db.commit({ message: 'Feet', audit: true, records: { collection: 'units' } })
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(await pushed(db, bare, '%(trailers)')).toMatch(
      new RegExp(
        `^Espalier-Operations: 1 3\nEspalier-Client: espalier/${libraryVersion} [0-9a-f]{12}\nEspalier-Time-Zone: ${zone}$`,
      ),
    )
    await db.commit({ message: 'Ireland' })
    expect(await pushed(db, bare, '%B')).toBe('Ireland')
    await db.close()
  })

  test('names a call of many rows once', async () => {
    const { db, bare } = await openHosted(host, 'audit-bulk')
    const units = db.collection('units')
    const rows = Array.from({ length: 600 }, (_, n) => ({ $id: `unit-${n}`, symbol: `u${n}` }))
    await units.insertMany(rows, { validate: 'off' })
    await units.update('unit-599', { symbol: 'last' }, { validate: 'off' })
    await db.commit({ message: 'Units', audit: true, records: [{ collection: 'units', key: 'unit-599' }] })
    expect(await pushed(db, bare, '%(trailers)')).toMatch(/^Espalier-Operations: 1 \d\n/)
    await db.close()
  })

  test('lists 50 operations', async () => {
    const { db } = await openHosted(host, 'audit-many')
    for (let at = 0; at < 53; at++) await db.collection('units').update('foot', { factor: at })
    const { message } = await db.commit({ audit: true })
    expect(message).toMatch(/^Update units\/foot\n\nEspalier-Operations: 1 2 .* 50 \+3\n/)
    await db.close()
  })

  test('names the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }
    expect(libraryVersion).toBe(version)
  })
})

test('options that are none are refused by name, and nothing is committed', async () => {
  const { db } = await openHosted(host, 'refused-options')
  await db.collection('units').update('foot', { symbol: 'f' })
  const slips: readonly (readonly [options: unknown, named: string])[] = [
    [{ message: 'Feet', comitter: grace, amend: true }, '`comitter`, `amend`'],
    [{ message: 7 }, 'message'],
    ['Feet', 'object'],
    [null, 'object'],
    [{ message: 'Feet', timeZone: 'Europe/Berlin' }, 'timeZone'],
    [{ message: 'Feet', committer: { name: 'Grace' } }, '`committer`'],
    [{ author: 'Grace' }, '`author`'],
    [{ message: 'Feet', author: { name: 'Grace' } }, '`author`'],
    [{ audit: 'yes' }, 'audit'],
    [{ trailers: ['a'] }, 'trailers'],
  ]
  for (const [options, named] of slips) {
    const message: unknown = expect.stringContaining(named)
    await expect(db.commit(options as never)).rejects.toMatchObject({ ...badArgument, message })
  }
  expect(await db.changes()).toHaveLength(1)
  await db.close()
})
