import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGitServer, type GitServer } from '../../demo/server/git-server.ts'
import { open } from '../../src/node.ts'
import { commitElsewhere, git, makeBareRepository, temporaryFolder } from '../support/git-repositories.ts'

const author = { name: 'Ada', email: 'ada@example.com' }

describe('an app opens a repository, edits a record, commits and pushes', () => {
  const folder = temporaryFolder()
  let server: GitServer
  beforeAll(async () => {
    server = await startGitServer({ root: folder.path })
  })
  afterAll(async () => {
    await server.close()
    folder.remove()
  })

  test('and native git sees a one-line change by that author', async () => {
    const bare = makeBareRepository(folder.path, 'main-job')
    const db = await open(`${server.url}/main-job.git`, { author })
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
    const bare = makeBareRepository(folder.path, 'pull')
    const db = await open(`${server.url}/pull.git`, { author })
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
    const bare = makeBareRepository(folder.path, 'blocked')
    const db = await open(`${server.url}/blocked.git`, { author })
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
    const bare = makeBareRepository(folder.path, 'diverged')
    const db = await open(`${server.url}/diverged.git`, { author })
    await db.collection('units').update('foot', { factor: 2 })
    await db.commit({ message: 'Ours' })
    commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: m\n' })
    expect(await db.push()).toMatchObject({ status: 'diverged' })
    expect(await db.pull()).toEqual({ status: 'diverged', ahead: 1, behind: 1 })
    await db.close()
  })

  test('several branches are open at once, and any commit is read as it was', async () => {
    makeBareRepository(folder.path, 'branches')
    const db = await open(`${server.url}/branches.git`, { author })
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
})
