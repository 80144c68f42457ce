import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { createNodeTabs, type NodeTabs } from '../../worker/node-engine.ts'
import { isOid, type Oid } from '../../worker/git/objects/oid.ts'
import { reflogWrite } from '../../worker/git/refs/reflog.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git } from '../support/git-repositories.ts'
import { auditDisk, author, openOn, until } from './world.ts'

function toOid(text = ''): Oid {
  if (isOid(text)) return text
  throw new Error(`${text} is no object id`)
}

const daySeconds = 24 * 3600

describe('branches and tags', () => {
  const host = useGitHost()
  let count = 0

  interface Opened {
    readonly db: Database
    readonly disk: MemoryDisk
    readonly bare: string
    again(tabs?: NodeTabs): Promise<Database>
  }
  const start = async (tabs?: NodeTabs): Promise<Opened> => {
    const { bare, url } = host.make('branches')
    const disk = createMemoryDisk()
    const again = async (among?: NodeTabs): Promise<Database> => {
      const db = await openOn(createMemoryStorage(disk), url, {
        history: 'full',
        ...(among ? { tabs: among } : {}),
      })
      await until('history', async () => (await db.status()).history === 'full')
      return db
    }
    return { db: await again(tabs), disk, bare, again }
  }
  const edit = async (db: Pick<Database, 'collection' | 'commit'>, population: number): Promise<string> => {
    await db.collection('geo.countries').update('ie', { population })
    return (await db.commit({ message: `Population ${population}` })).oid
  }
  /** The store as native git sees it. */
  const exported = async (db: Database): Promise<string> => {
    const bundle = join(host.path, `${++count}.bundle`)
    writeFileSync(bundle, await db.exportBundle())
    const clone = join(host.path, `${count}.git`)
    git(host.path, 'clone', '-q', '--mirror', bundle, clone)
    return clone
  }

  test('the list says how far each branch is from the remote and from another branch, as git counts', async () => {
    const { db, bare } = await start()
    const draft = await db.branches.create('draft')
    await edit(db, 1)
    await db.push()
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' })
    await edit(db, 2)
    await edit(draft, 3)
    await edit(draft, 4)
    const tip = await edit(draft, 5)
    expect((await db.pull()).status).toBe('diverged')

    const list = await db.branches.list()
    expect(list.map(({ name }) => name)).toEqual(['draft', 'main'])
    const [drafted, main] = list
    expect(drafted).toMatchObject({ oid: tip, remoteOid: null, isDefault: false, remote: null })
    expect(drafted?.commit).toMatchObject({ oid: tip, message: 'Population 5\n', author })
    const clone = await exported(db)
    const counted = (one: string, other: string): { ahead: number; behind: number } => {
      const range = `${one}...${other}`
      const [ahead, behind] = git(clone, 'rev-list', '--left-right', '--count', range).trim().split('\t')
      return { ahead: Number(ahead), behind: Number(behind) }
    }
    expect(drafted?.base).toEqual(counted('draft', 'main'))
    expect(main?.remote).toEqual(counted('main', 'refs/remotes/origin/main'))
    expect(main?.base).toEqual({ ahead: 0, behind: 0 })
    const [, against] = await db.branches.list({ against: 'draft' })
    expect(against?.base).toEqual(counted('main', 'draft'))
    await expect(db.branches.list({ against: 'nothing' })).rejects.toMatchObject({ code: 'git/ref-missing' })
    await db.close()
  })

  test('a branch that only the remote has is listed with its last commit', async () => {
    const { db, bare } = await start()
    git(bare, 'branch', 'theirs')
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' }, 'theirs', 'Theirs')
    await db.pull()
    const theirs = (await db.branches.list()).find(({ name }) => name === 'theirs')
    expect(theirs).toMatchObject({ oid: null, remote: null, base: { ahead: 1, behind: 0 } })
    expect(theirs?.commit?.message).toBe('Theirs\n')
    await db.close()
  })

  test('a shallow clone does not guess how far branches are apart', async () => {
    const { bare, url } = host.make('branches')
    git(bare, 'branch', 'theirs')
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' }, 'theirs')
    const db = await openOn(createMemoryStorage(createMemoryDisk()), url, {
      history: 'tip',
    })
    await edit(db, 1)
    const [main, theirs] = await db.branches.list()
    expect(main?.remote).toEqual({ ahead: 1, behind: 0 })
    expect(theirs?.base).toBeNull()
    await db.close()
  })

  test('what begins behind a shallow clone is fetched before it has a name', async () => {
    const { bare, url } = host.make('branches')
    for (const factor of [0.31, 0.32])
      commitElsewhere(bare, { 'units/$records/foot.yaml': `symbol: ft\nfactor: ${factor}\n` })
    git(bare, 'branch', 'theirs', 'main~1')
    const begin = [
      async (db: Database) => (await db.branches.create('older', { from: 'HEAD~1' })).branch,
      async (db: Database) => (await db.tags.create('older', { at: 'HEAD~1' })).oid,
      async (db: Database) => (await db.diff('HEAD...theirs')).length,
      async (db: Database) => (await db.diff('HEAD', 'theirs', { base: 'merge-base' })).length,
    ]
    const answers = ['older', git(bare, 'rev-parse', 'main~1').trim(), 0, 0]
    for (const [index, call] of begin.entries()) {
      const disk = createMemoryDisk()
      const db = await openOn(createMemoryStorage(disk), url, { history: 'tip' })
      expect(await call(db)).toBe(answers[index])
      expect(await db.log()).toHaveLength(3)
      await db.close()
      await auditDisk(disk)
    }
  })

  test('a renamed branch takes its working changes, reflog and open handles along', async () => {
    const { db, disk, again } = await start()
    const draft = await db.branches.create('draft')
    await edit(draft, 1)
    await draft.collection('geo.countries').update('fr', { population: 2 })
    await db.branches.rename('draft', 'draft/two')

    expect((await draft.status()).branch).toBe('draft/two')
    expect(await draft.changes()).toMatchObject([{ key: 'fr', after: { population: 2 } }])
    await draft.collection('geo.countries').update('de', { population: 3 })
    await draft.commit({ message: 'Afterwards' })
    await expect(db.branches.open('draft')).rejects.toMatchObject({ code: 'git/ref-missing' })
    const second = await db.branches.open('draft/two')
    await second.collection('geo.countries').update('de', { population: 4 })
    expect(await draft.changes()).toMatchObject([{ key: 'de', after: { population: 4 } }])
    expect(git(await exported(db), 'for-each-ref', '--format=%(refname)', 'refs/heads').trim()).toBe(
      'refs/heads/draft/two\nrefs/heads/main',
    )
    await db.close()

    const log = await createMemoryStorage(disk).readReflog()
    expect(log.filter(({ scope }) => scope === 'refs/heads/draft')).toEqual([])
    expect(
      log.filter(({ scope }) => scope === 'refs/heads/draft/two').map(({ entry }) => entry),
    ).toMatchObject(
      [
        { message: /^branch: Created/ },
        { message: 'commit: Population 1' },
        { message: 'branch: renamed refs/heads/draft to refs/heads/draft/two' },
        { message: 'commit: Afterwards' },
      ].map(({ message }) => ({ message: expect.stringMatching(message) as unknown })),
    )
    await auditDisk(disk)
    const reopened = await again()
    expect(await (await reopened.branches.open('draft/two')).changes()).toHaveLength(1)
    await reopened.close()
  })

  test('the branch that a database opens on can be renamed', async () => {
    const { db, disk, again } = await start()
    await db.collection('geo.countries').update('ie', { population: 7 })
    await db.branches.rename('main', 'trunk')
    await db.close()
    const reopened = await again()
    expect(reopened.branch).toBe('trunk')
    expect(await reopened.changes()).toHaveLength(1)
    await auditDisk(disk)
    await reopened.close()
  })

  test('names that git could not keep side by side are refused', async () => {
    const { db } = await start()
    await db.branches.create('draft')
    for (const name of ['draft', 'draft/one', 'main/x']) {
      await expect(db.branches.create(name)).rejects.toMatchObject({ code: 'git/ref-exists' })
    }
    await expect(db.branches.rename('draft', 'main')).rejects.toMatchObject({ code: 'git/ref-exists' })
    await expect(db.branches.rename('draft', 'a b')).rejects.toMatchObject({ code: 'git/bad-ref-name' })
    await expect(db.branches.rename('none', 'other')).rejects.toMatchObject({ code: 'git/ref-missing' })
    await db.branches.rename('draft', 'draft')
    await db.close()
  })

  test('another tab that did not hear of it writes on under the new name', async () => {
    const { lock } = createNodeTabs()
    const deaf = { announce: () => {}, listen: () => {}, close: () => {} }
    const tabs: NodeTabs = { lock, announcer: () => deaf }
    const { db, again } = await start(tabs)
    const other = await again(tabs)
    const theirs = await other.branches.create('draft')
    await theirs.collection('geo.countries').update('ie', { population: 1 })
    await db.refresh()
    await db.branches.rename('draft', 'review')
    await theirs.collection('geo.countries').update('fr', { population: 2 })
    await db.branches.rename('review', 'done')
    await theirs.collection('geo.countries').update('de', { population: 3 })
    expect((await theirs.status()).branch).toBe('done')
    const here = await db.branches.open('done')
    expect((await here.changes()).map(({ key }) => key).sort()).toEqual(['de', 'fr', 'ie'])
    await theirs.commit({ message: 'Three' })

    expect(await db.branches.delete('done', { force: true })).toMatchObject({ status: 'deleted' })
    await expect(theirs.collection('geo.countries').update('ie', { population: 4 })).rejects.toMatchObject({
      code: 'git/ref-missing',
    })
    // A branch of the same name is another one, which the handle then shows.
    const anew = await db.branches.create('done')
    await anew.collection('geo.countries').update('ie', { population: 5 })
    await theirs.collection('geo.countries').update('fr', { population: 6 })
    await db.refresh()
    expect((await anew.changes()).map(({ key }) => key).sort()).toEqual(['fr', 'ie'])

    // A name that is used again means the new branch, whatever became of the one that had it.
    await db.branches.rename('done', 'gone')
    const reused = await db.branches.create('done', { from: 'main' })
    await other.refresh()
    const inOther = await other.branches.open('done')
    expect(await db.branches.delete('gone', { force: true })).toMatchObject({ status: 'deleted' })
    await reused.collection('geo.countries').update('de', { population: 7 })
    await other.refresh()
    expect((await inOther.changes()).map(({ key }) => key)).toEqual(['de'])
    await other.close()
    await db.close()
  })

  test('what only a branch has keeps it from being deleted, and is not lost when it is forced', async () => {
    const { db, disk, bare } = await start()
    const draft = await db.branches.create('draft')
    const tip = await edit(draft, 1)
    await draft.collection('geo.countries').update('fr', { population: 2 })
    expect(await db.branches.delete('draft')).toEqual({
      status: 'refused',
      reasons: ['unmerged', 'working-changes'],
      unmergedCommits: 1,
      workingChanges: 1,
    })
    await draft.discard()
    await draft.push()
    expect(await db.branches.delete('draft')).toEqual({ status: 'deleted', oid: tip })
    expect(git(bare, 'rev-parse', 'draft').trim()).toBe(tip)

    const own = await db.branches.create('own')
    const lost = await edit(own, 3)
    await own.collection('geo.countries').update('fr', { population: 4 })
    expect(await db.branches.delete('own', { force: true })).toEqual({ status: 'deleted', oid: lost })
    expect(await own.changes()).toEqual([])
    await db.compact()
    await auditDisk(disk)
    const found = await db.recover()
    expect(found.map(({ kind, name }) => `${kind} ${name}`)).toContain('branch own')
    const [first] = found.filter(({ name }) => name === 'own')
    expect(first?.commit).toMatchObject({ oid: lost, message: 'Population 3\n' })
    expect((first?.keptUntilMs ?? 0) - (first?.lostAtMs ?? 0)).toBe(90 * daySeconds * 1000)
    const back = await db.branches.create('own', { from: lost })
    expect(await back.collection('geo.countries').get('ie')).toMatchObject({ population: 3 })
    expect((await db.recover()).map(({ name }) => name)).not.toContain('own')
    expect(git(await exported(db), 'fsck', '--strict')).toBe('')
    await db.close()
  })

  test('the default and the last branch are not deleted by accident', async () => {
    const { db, again, disk } = await start()
    expect(await db.branches.delete('main')).toMatchObject({
      status: 'refused',
      reasons: ['default', 'last'],
    })
    expect((await db.branches.delete('main', { force: true })).status).toBe('refused')
    const draft = await db.branches.create('draft')
    expect(await draft.changes()).toEqual([])
    expect(await db.branches.delete('main')).toMatchObject({ status: 'refused', reasons: ['default'] })
    expect(await db.branches.delete('main', { force: true })).toMatchObject({ opensOn: 'draft' })
    await db.close()
    await auditDisk(disk)
    const reopened = await again()
    expect(reopened.branch).toBe('draft')
    await reopened.close()
  })

  test('a protected branch takes what is pulled and nothing else, in every tab', async () => {
    const { lock } = createNodeTabs()
    const deaf = { announce: () => {}, listen: () => {}, close: () => {} }
    const tabs: NodeTabs = { lock, announcer: () => deaf }
    const { db, bare, again } = await start(tabs)
    const other = await again(tabs)
    await db.collection('geo.countries').update('ie', { population: 1 })
    await db.branches.protect('main', true)
    const refused = { code: 'git/branch-protected', data: { branch: 'main' } }
    for (const tab of [other, db]) {
      await expect(tab.collection('geo.countries').update('fr', { population: 2 })).rejects.toMatchObject(
        refused,
      )
      await expect(tab.commit({ message: 'No' })).rejects.toMatchObject(refused)
      await expect(tab.transaction((tx) => tx.collection('units').delete('foot'))).rejects.toMatchObject(
        refused,
      )
    }
    await expect(db.files.replace('new.txt', 'x', { message: 'No' })).rejects.toMatchObject(refused)
    await expect(db.branches.rename('main', 'x')).rejects.toMatchObject(refused)
    await db.branches.create('draft')
    await expect(db.branches.delete('main', { force: true })).rejects.toMatchObject(refused)
    expect((await db.branches.list()).map(({ isProtected }) => isProtected)).toEqual([false, true])

    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' })
    expect((await db.pull()).status).toBe('fast-forwarded')
    await db.branches.protect('main', false)
    await db.collection('geo.countries').update('fr', { population: 2 })
    await expect(db.branches.protect('none', true)).rejects.toMatchObject({ code: 'git/ref-missing' })
    await other.close()
    await db.close()
  })

  test('tags are pushed with the commits that they need, and never moved', async () => {
    const { db, bare } = await start()
    const first = (await db.status()).commit
    const second = await edit(db, 1)
    await db.tags.create('start', { at: first })
    const annotated = await db.tags.create('v1', { message: 'The first', at: second })
    expect(await db.tags.push('start')).toEqual([{ name: 'start', status: 'pushed' }])
    expect(git(bare, 'tag')).toBe('start\n')
    // Its commit is on no branch of the remote.
    git(bare, 'tag', 'taken', first)
    await db.tags.create('taken', { at: second })
    expect(await db.tags.push()).toEqual([
      { name: 'start', status: 'up-to-date' },
      { name: 'taken', status: 'exists', oid: first },
      { name: 'v1', status: 'pushed' },
    ])
    expect(git(bare, 'rev-parse', 'v1', 'v1^{commit}', 'taken').trim().split('\n')).toEqual([
      annotated.annotation?.oid,
      second,
      first,
    ])
    expect(git(bare, 'fsck', '--strict', '--no-dangling')).toBe('')
    await expect(db.tags.push(['v1', 'none'])).rejects.toMatchObject({ code: 'git/ref-missing' })

    writeFileSync(join(bare, 'hooks/update'), '#!/bin/sh\ncase $1 in *no*) echo never >&2; exit 1;; esac\n', {
      mode: 0o755,
    })
    await db.tags.create('no')
    await db.tags.create('yes')
    expect(await db.tags.push(['no', 'yes'])).toMatchObject([
      { name: 'no', status: 'refused', reason: expect.stringContaining('never') },
      { name: 'yes', status: 'pushed' },
    ])
    await db.close()
  })

  test('tags are deleted on the remote, unless they are other ones there or the host refuses', async () => {
    const { db, bare } = await start()
    const first = (await db.status()).commit
    await edit(db, 1)
    const annotated = await db.tags.create('v1', { message: 'The first' })
    for (const name of ['v2', 'mine', 'kept']) await db.tags.create(name, { at: first })
    await db.tags.push()
    git(bare, 'tag', '-f', 'mine', 'v1^{commit}')
    git(bare, 'tag', 'theirs', first)
    expect(await db.tags.deleteRemote(['v1', 'v2', 'none', 'mine', 'theirs', 'v1'])).toEqual([
      { name: 'v1', status: 'deleted', oid: annotated.annotation?.oid },
      { name: 'v2', status: 'deleted', oid: first },
      { name: 'none', status: 'missing' },
      { name: 'mine', status: 'exists', oid: annotated.oid },
      { name: 'theirs', status: 'deleted', oid: first },
    ])
    expect(git(bare, 'tag')).toBe('kept\nmine\n')
    expect((await db.tags.list()).map(({ name }) => name)).toEqual(['kept', 'mine', 'v1', 'v2'])
    expect(await db.tags.deleteRemote('v1')).toEqual([{ name: 'v1', status: 'missing' }])

    writeFileSync(join(bare, 'hooks/update'), '#!/bin/sh\necho never >&2; exit 1\n', { mode: 0o755 })
    expect(await db.tags.deleteRemote('kept')).toEqual([
      { name: 'kept', status: 'refused', reason: expect.stringContaining('never') },
    ])
    rmSync(join(bare, 'hooks/update'))
    // Somebody moves the tag between the question and the push.
    host.server.settings.fault = ({ kind }) => {
      if (kind === 'git-receive-pack') git(bare, 'tag', '-f', 'kept', 'mine')
      return null
    }
    expect(await db.tags.deleteRemote('kept')).toEqual([{ name: 'kept', status: 'exists', oid: null }])
    // The answer is lost, and the tag is gone.
    git(bare, 'tag', '-f', 'kept', first)
    host.server.settings.fault = ({ kind }) =>
      kind === 'git-receive-pack' ? { kind: 'lose-response' } : null
    expect(await db.tags.deleteRemote('kept')).toEqual([{ name: 'kept', status: 'deleted', oid: first }])
    host.server.settings.fault = undefined
    expect(git(bare, 'tag')).toBe('mine\n')
    await db.close()
  })

  test('sending and deleting tags end with their signal', async () => {
    const { db, bare } = await start()
    await db.tags.create('v1')
    const aborted = { code: 'remote/aborted' }
    await expect(db.tags.push('v1', { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted)
    const calls = [
      (signal: AbortSignal) => db.tags.push('v1', { signal }),
      (signal: AbortSignal) => db.tags.deleteRemote('v1', { signal }),
    ]
    for (const call of calls) {
      for (const stalled of ['info/refs', 'git-receive-pack']) {
        const controller = new AbortController()
        host.server.settings.fault = ({ kind }) => {
          if (kind !== stalled) return null
          controller.abort()
          return { kind: 'stall' }
        }
        await expect(call(controller.signal)).rejects.toMatchObject(aborted)
        host.server.settings.fault = undefined
      }
      await call(new AbortController().signal)
    }
    expect(git(bare, 'tag')).toBe('')
    await db.close()
  })

  test('a pull brings tags that are new on the remote, and moves none that is here', async () => {
    const { db, bare } = await start()
    const first = (await db.status()).commit
    await db.tags.create('mine', { message: 'Here' })
    const mine = await db.tags.list()
    git(bare, 'tag', 'light', first)
    git(bare, 'tag', 'mine', first)
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\n' }, 'main')
    git(bare, 'tag', '-a', '-m', 'Published', 'v1', 'main')
    await db.pull()
    const tip = (await db.status()).commit
    expect(await db.tags.list()).toMatchObject([
      { name: 'light', oid: first },
      ...mine,
      { name: 'v1', oid: tip, annotation: { message: 'Published\n' } },
    ])
    git(bare, 'tag', 'later', first)
    expect(await db.pull()).toEqual({ status: 'up-to-date' })
    expect((await db.tags.list()).map(({ name }) => name)).toEqual(['later', 'light', 'mine', 'v1'])
    await db.close()
  })

  test('tags are those that git reads; deleted ones are found again', async () => {
    const { db, bare, disk } = await start()
    const first = (await db.status()).commit
    const second = await edit(db, 1)
    const third = await edit(db, 2)
    await db.tags.create('light', { at: first })
    const annotated = await db.tags.create('v1/rc', { message: 'The first\n\nReviewed.', at: second })
    expect(annotated).toMatchObject({
      oid: second,
      annotation: { message: 'The first\n\nReviewed.\n', tagger: author },
    })
    expect(await db.tags.list()).toMatchObject([{ name: 'light', oid: first, annotation: null }, annotated])
    for (const name of ['light', 'v1', 'light/x'])
      await expect(db.tags.create(name)).rejects.toMatchObject({ code: 'git/ref-exists' })
    const clone = await exported(db)
    const format = '--format=%(refname) %(objecttype) %(objectname) %(*objectname)'
    expect(git(clone, 'for-each-ref', format, 'refs/tags').trim()).toBe(
      `refs/tags/light commit ${first} \nrefs/tags/v1/rc tag ${annotated.annotation?.oid} ${second}`,
    )
    expect(git(clone, 'cat-file', '-p', 'v1/rc')).toContain('tagger Ada <ada@example.com>')
    expect(git(clone, 'fsck', '--strict')).toBe('')
    expect(await (await db.at('v1/rc')).collection('geo.countries').get('ie')).toMatchObject({
      population: 1,
    })

    await db.push()
    expect(git(bare, 'tag')).toBe('')
    expect(await db.tags.delete('v1/rc')).toBe(true)
    expect(await db.tags.delete('v1/rc')).toBe(false)
    await db.compact()
    await auditDisk(disk)
    expect(await db.recover()).toMatchObject([{ kind: 'tag', name: 'v1/rc', commit: { oid: second } }])
    expect((await db.status()).commit).toBe(third)
    await db.close()
  })

  test('a deleted branch is brought back under its name or another one, and open handles go on', async () => {
    const tabs = createNodeTabs()
    const { db, disk, again } = await start(tabs)
    const other = await again(tabs)
    const draft = await db.branches.create('draft')
    await draft.collection('geo.countries').insert({ $id: 'es', name: 'Spain' })
    const held = (await draft.commit({ message: 'Spain' })).oid
    await draft.collection('geo.countries').delete('es')
    const tip = (await draft.commit({ message: 'No Spain' })).oid
    await db.branches.delete('draft', { force: true })
    await db.compact()
    const [lost] = await db.recover()
    if (!lost) throw new Error('It is listed.')
    expect(lost).toMatchObject({ kind: 'branch', name: 'draft', oid: tip })

    await expect(db.recover(lost, { as: 'main' })).rejects.toMatchObject({ code: 'git/ref-exists' })
    await expect(db.recover(lost, { as: 'main/a' })).rejects.toMatchObject({ code: 'git/ref-exists' })
    await expect(db.recover(lost, { as: 'a..b' })).rejects.toMatchObject({ code: 'git/bad-ref-name' })
    expect(await db.recover(lost)).toEqual({ kind: 'branch', name: 'draft', oid: tip })
    await expect(db.recover(lost)).rejects.toMatchObject({ code: 'git/ref-exists' })
    expect(await db.recover()).toEqual([])
    // The handle that was open on it goes on; a deleted record is within reach again.
    await draft.restore({ from: held, collections: ['geo.countries'], keys: ['es'] })
    expect(await draft.collection('geo.countries').get('es')).toMatchObject({ name: 'Spain' })
    await draft.commit({ message: 'Spain again' })
    expect((await (await other.branches.open('draft')).log()).map(({ message }) => message)).toContain(
      'Spain again\n',
    )

    expect(await db.recover(lost, { as: 'before' })).toMatchObject({ name: 'before', oid: tip })
    expect((await (await db.branches.open('before')).status()).commit).toBe(tip)
    const moves = await createMemoryStorage(disk).readReflog('refs/heads/before')
    expect(moves.map(({ entry }) => entry)).toMatchObject([
      { newOid: tip, message: 'branch: recovered branch draft' },
    ])
    expect(git(await exported(db), 'fsck', '--strict')).toBe('')
    await auditDisk(disk)
    await other.close()
    await db.close()
  })

  test('a deleted tag is brought back as it was; what is no lost one is refused', async () => {
    const { db, disk } = await start()
    const annotated = await db.tags.create('v1', { message: 'One' })
    await db.tags.create('light')
    await db.tags.delete('v1')
    await db.tags.delete('light')
    await db.compact()
    const found = await db.recover()
    expect(found.map(({ kind, name }) => [kind, name]).sort()).toEqual([
      ['tag', 'light'],
      ['tag', 'v1'],
    ])
    for (const lost of found) await db.recover(lost)
    expect(await db.recover()).toEqual([])
    expect((await db.tags.list()).find(({ name }) => name === 'v1')).toEqual(annotated)
    const clone = await exported(db)
    expect(git(clone, 'rev-parse', 'v1').trim()).toBe(annotated.annotation?.oid)
    expect(git(clone, 'fsck', '--strict')).toBe('')
    await auditDisk(disk)

    const [one] = found
    if (!one) throw new Error('It was listed.')
    for (const slip of [undefined, null, 'v1', {}, { ...one, oid: 7 }] as unknown as (typeof one)[])
      await expect(db.recover(slip), String(slip)).rejects.toMatchObject({ code: 'engine/bad-argument' })
    const never = { ...one, oid: (await db.status()).commit.replace(/./, 'f') }
    for (const slip of [never, { ...one, name: 'other' }, { ...one, kind: 'branch' as const }])
      await expect(db.recover(slip, { as: 'back' })).rejects.toMatchObject({ code: 'git/ref-missing' })
    await expect(db.recover(one, { as: '-x' })).rejects.toMatchObject({
      code: 'git/bad-ref-name',
      message: expect.stringContaining('a tag name') as unknown,
    })
    expect((await db.tags.list()).map(({ name }) => name)).toEqual(['light', 'v1'])
    await db.close()
  })

  test('what was deleted is let go after 90 days, not before', async () => {
    const { db, disk, again } = await start()
    const now = Math.floor(Date.now() / 1000)
    const tips = new Map<string, string>()
    for (const name of ['old', 'young']) {
      const branch = await db.branches.create(name)
      await branch.collection('geo.countries').update('ie', { population: name.length })
      tips.set(name, (await branch.commit({ message: name })).oid)
      await db.branches.delete(name, { force: true })
    }
    await db.close()
    // As if it had been long ago.
    const storage = createMemoryStorage(disk)
    for (const [name, days] of [
      ['old', 91],
      ['young', 89],
    ] as const) {
      const ref = `refs/heads/${name}`
      const log = await storage.readReflog(ref)
      const gone = reflogWrite(
        ref,
        toOid(tips.get(name)),
        null,
        { ...author, timestamp: now - days * daySeconds },
        '',
      )
      await storage.commit({
        writes: [gone, { kind: 'deleteReflog', ref, through: log.at(-1)?.seq ?? 0 }],
      })
    }
    const reopened = await again()
    await reopened.branches.create('another')
    expect((await reopened.recover()).map(({ name }) => name)).toEqual(['young', 'old'])
    await reopened.branches.delete('another')
    expect((await reopened.recover()).map(({ name }) => name)).toEqual(['another', 'young'])
    await reopened.compact()
    await expect(reopened.at(tips.get('old') ?? '')).rejects.toMatchObject({ code: 'git/object-missing' })
    await reopened.at(tips.get('young') ?? '')
    await reopened.close()
    await auditDisk(disk)
  })

  test('what a reflog names is listed although nothing else does', async () => {
    const { db, disk, again } = await start()
    const tip = await edit(db, 1)
    const second = await edit(db, 2)
    const root = (await db.log()).at(-1)?.oid ?? ''
    await db.close()
    const storage = createMemoryStorage(disk)
    await storage.commit({
      writes: [
        { kind: 'setRef', name: 'refs/heads/main', value: root },
        reflogWrite('refs/heads/main', toOid(second), toOid(root), { ...author, timestamp: 5 }, 'reset'),
      ],
    })
    const reopened = await again()
    // The newest of them leads to the other.
    expect(await reopened.recover()).toMatchObject([
      { kind: 'commit', name: 'main', commit: { oid: second, parents: [tip] }, keptUntilMs: null },
    ])
    const [lost] = await reopened.recover()
    if (!lost) throw new Error('It is listed.')
    // Nothing is moved back: it comes as another branch.
    await expect(reopened.recover(lost)).rejects.toMatchObject({ code: 'git/ref-exists' })
    expect(await reopened.recover(lost, { as: 'before' })).toEqual({
      kind: 'branch',
      name: 'before',
      oid: second,
    })
    expect(await reopened.recover()).toEqual([])
    const before = await reopened.branches.open('before')
    expect(await before.collection('geo.countries').get('ie')).toMatchObject({ population: 2 })
    expect((await reopened.status()).commit).toBe(root)
    await reopened.close()
  })
})
