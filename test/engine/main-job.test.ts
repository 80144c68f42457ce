import { describe, expect, test } from 'vitest'
import { open } from '../../src/node.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository, smallDatabase } from '../support/git-repositories.ts'

const author = { name: 'Ada', email: 'ada@example.com' }

describe('an app opens a repository, edits a record, commits and pushes', () => {
  const host = useGitHost()

  test('and native git sees a one-line change by that author', async () => {
    const bare = makeBareRepository(host.path, 'main-job')
    const db = await open(`${host.server.url}/main-job.git`, { author })
    const countries = db.collection('geo.countries')
    expect(await countries.get('ie')).toMatchObject({ $id: 'ie', name: 'Ireland', population: 5262382 })
    expect((await countries.all()).map(({ $id }) => $id)).toEqual(['de', 'fr', 'ie'])

    const row = await countries.update('ie', { population: 5_300_000 })
    expect(row).toMatchObject({ population: 5_300_000, name: 'Ireland' })
    expect(await db.changes()).toMatchObject([{ collection: 'geo.countries', key: 'ie', kind: 'update' }])

    const commit = await db.commit({ message: 'Update Ireland' })
    expect(await db.changes()).toEqual([])
    expect(await db.push()).toMatchObject({ status: 'pushed', to: commit.oid, commits: 1 })

    expect(git(bare, 'rev-parse', 'main').trim()).toBe(commit.oid)
    expect(git(bare, 'log', '-1', '--format=%an <%ae> %s', 'main').trim()).toBe(
      'Ada <ada@example.com> Update Ireland',
    )
    expect(git(bare, 'diff', '--numstat', 'main~1', 'main').trim()).toBe(
      '1\t1\tgeo/countries/$records/ie.json',
    )
    expect(git(bare, 'fsck', '--strict')).toBe('')
    await db.close()
  })

  test('pull fast-forwards and keeps working changes of other records', async () => {
    const bare = makeBareRepository(host.path, 'pull')
    const db = await open(`${host.server.url}/pull.git`, { author })
    const units = db.collection('units')
    await units.update('metre', { factor: 2 })
    const theirs = commitElsewhere(bare, {
      'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.31 # exactly\n',
    })
    expect(await db.pull()).toMatchObject({
      status: 'fast-forwarded',
      to: theirs,
      records: [{ collection: 'units', key: 'foot' }],
    })
    expect(await units.get('foot')).toMatchObject({ factor: 0.31 })
    expect(await units.get('metre')).toMatchObject({ factor: 2 })
    await db.commit({ message: 'Metre' })
    await db.push()
    expect(git(bare, 'show', 'main:units/$records/metre.yaml')).toBe(
      '# the base unit\nsymbol: m\nfactor: 2.0\n',
    )
    await db.close()
  })

  test('pull is blocked where a working change and an incoming one meet, and changes nothing', async () => {
    const bare = makeBareRepository(host.path, 'blocked')
    const db = await open(`${host.server.url}/blocked.git`, { author })
    const units = db.collection('units')
    await units.update('foot', { factor: 2 })
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.31 # exactly\n' })
    const before = await db.status()
    expect(await db.pull()).toEqual({ status: 'blocked', records: [{ collection: 'units', key: 'foot' }] })
    expect((await db.status()).commit).toBe(before.commit)
    expect(await units.get('foot')).toMatchObject({ factor: 2 })
    await db.close()
  })

  test('push and pull say diverged when both sides have commits', async () => {
    const bare = makeBareRepository(host.path, 'diverged')
    const db = await open(`${host.server.url}/diverged.git`, { author })
    await db.collection('units').update('foot', { factor: 2 })
    await db.commit({ message: 'Ours' })
    commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: m\n' })
    expect(await db.push()).toMatchObject({ status: 'diverged' })
    expect(await db.pull()).toEqual({ status: 'diverged', ahead: 1, behind: 1 })
    // Knowing their tip now must not make the push overwrite it.
    const theirs = git(bare, 'rev-parse', 'main')
    expect(await db.push()).toMatchObject({ status: 'diverged' })
    expect(git(bare, 'rev-parse', 'main')).toBe(theirs)
    await db.close()
  })

  test('several branches are open at once, and any commit is read as it was', async () => {
    makeBareRepository(host.path, 'branches')
    const db = await open(`${host.server.url}/branches.git`, { author })
    const first = (await db.log())[0]?.oid ?? ''
    const draft = await db.branches.create('draft')
    await draft.collection('units').update('foot', { factor: 3 })
    await draft.commit({ message: 'Draft' })
    expect(await db.collection('units').get('foot')).toMatchObject({ factor: 0.3048 })
    expect(await draft.collection('units').get('foot')).toMatchObject({ factor: 3 })
    expect(await draft.push()).toMatchObject({ status: 'pushed', commits: 1 })
    const then = await db.at('draft')
    expect(await then.collection('units').get('foot')).toMatchObject({ factor: 3 })
    expect(await (await db.at(first)).collection('units').get('foot')).toMatchObject({ factor: 0.3048 })
    expect((await db.branches.list()).map(({ name }) => name)).toEqual(['draft', 'main'])
    await db.close()
  })

  test('a key that a file system could take for another is refused, unless the other one goes', async () => {
    const bare = makeBareRepository(host.path, 'twins')
    const db = await open(`${host.server.url}/twins.git`, { author })
    const units = db.collection('units')
    await expect(units.insert({ $id: 'FOOT', symbol: 'ft' })).rejects.toMatchObject({
      code: 'record/bad-key',
      data: { other: 'foot' },
    })
    await units.insert({ $id: 'Åre', symbol: 'a' })
    await expect(units.insert({ $id: 'åre', symbol: 'a' })).rejects.toMatchObject({ code: 'record/bad-key' })
    await units.delete('foot')
    await units.insert({ $id: 'FOOT', symbol: 'ft' })
    await db.commit({ message: 'Shout' })
    await db.push()
    expect(
      git(bare, '-c', 'core.quotePath=false', 'ls-tree', '--name-only', 'main', 'units/$records/')
        .trim()
        .split('\n'),
    ).toEqual(['units/$records/FOOT.yaml', 'units/$records/metre.yaml', 'units/$records/Åre.yaml'])
    await db.close()
  })

  test('a file whose name is spelt with combining characters keeps its name when its record is edited', async () => {
    const decomposed = 'units/$records/cafe\u0301.yaml'
    const bare = makeBareRepository(host.path, 'spelling', {
      ...smallDatabase,
      [decomposed]: 'symbol: c\n',
    })
    const db = await open(`${host.server.url}/spelling.git`, { author })
    const units = db.collection('units')
    expect(await units.get('caf\u00e9')).toMatchObject({ symbol: 'c' })
    await units.update('caf\u00e9', { symbol: 'd' })
    await db.commit({ message: 'Coffee' })
    await db.push()
    expect(git(bare, 'diff', '--name-status', '-z', 'main~1', 'main')).toBe(`M\0${decomposed}\0`)
    await units.delete('caf\u00e9')
    await db.commit({ message: 'No coffee' })
    await db.push()
    expect(git(bare, 'diff', '--name-status', '-z', 'main~1', 'main')).toBe(`D\0${decomposed}\0`)
    await db.close()
  })
})
