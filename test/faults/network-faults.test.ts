import { beforeEach, describe, expect, test } from 'vitest'
import type { GitFault, GitRequestKind } from '../../demo/server/git-faults.ts'
import type { Database } from '../../src/client/database.ts'
import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { auditDisk, copyDisk, inTime, openOn, until, viewOf } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'

/** What a request answers, and the code that an app then sees. */
const answers: readonly (readonly [string, GitFault, ErrorCode])[] = [
  ['a web page', { kind: 'html' }, 'remote/protocol'],
  ['401', { kind: 'status', status: 401 }, 'remote/unauthorized'],
  ['403', { kind: 'status', status: 403 }, 'remote/forbidden'],
  ['404', { kind: 'status', status: 404 }, 'remote/not-found'],
  ['413', { kind: 'status', status: 413 }, 'remote/too-large'],
  ['429', { kind: 'status', status: 429, headers: { 'Retry-After': '7' } }, 'remote/rate-limited'],
  ['500', { kind: 'status', status: 500 }, 'remote/server-error'],
  ['a redirect loop', { kind: 'redirect', to: (path) => path }, 'remote/redirect'],
  ['no connection', { kind: 'refuse-connection' }, 'remote/network'],
]

const cutCodes: readonly ErrorCode[] = [
  'remote/truncated',
  'remote/network',
  'remote/protocol',
  'git/pack-corrupt',
]

/** A message helps when it names a way out. */
const wayOut =
  /\b(try|check|give|ask|open|push|pull|wait|sign|use|split|go|fetch|reload|report|allow|log in|commit)\b/i

/** The three conversations with a remote. */
interface Conversation {
  readonly name: string
  readonly requests: readonly GitRequestKind[]
  /** Local or remote work that gives the conversation something to do. */
  before(db: Database, bare: string): Promise<void>
  run(db: Database): Promise<unknown>
}

const conversations: readonly Conversation[] = [
  {
    name: 'pull',
    requests: ['info/refs', 'git-upload-pack'],
    before: async (db, bare) => {
      await db.collection('units').update('metre', { factor: 2 })
      commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' })
    },
    run: (db) => db.pull(),
  },
  {
    name: 'push',
    requests: ['info/refs', 'git-receive-pack'],
    before: async (db) => {
      await db.collection('units').update('metre', { factor: 2 })
      await db.commit({ message: 'Two metres' })
    },
    run: (db) => db.push(),
  },
]

describe('when the network or the host fails, the error says so and nothing is half done', () => {
  const host = useGitHost()
  beforeEach(() => {
    host.server.settings.fault = undefined
    host.server.requests.length = 0
  })

  const failOn = (kind: GitRequestKind, fault: GitFault): void => {
    host.server.settings.fault = (request) => (request.kind === kind ? fault : null)
  }
  const errorOf = async (what: string, work: Promise<unknown>): Promise<EspalierError | undefined> => {
    try {
      await inTime(what, work)
      return undefined
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error
      expect(error.message, what).toMatch(wayOut)
      return error
    }
  }
  /** Where to cut an answer of this size: near both ends, and evenly in between. */
  const offsets = (size: number): readonly number[] => {
    const chosen = new Set([0, 1, 3, 4, 5, 8, size - 21, size - 5, size - 4, size - 1])
    for (let part = 1; part < 12; part++) chosen.add(Math.floor((size * part) / 12))
    return [...chosen].filter((at) => at >= 0 && at < size).sort((a, b) => a - b)
  }
  const answerSizes = (): ReadonlyMap<GitRequestKind, number> =>
    new Map(host.server.requests.map(({ kind, responseBytes }) => [kind, responseBytes]))

  test('clone: an odd answer at any request keeps nothing, and the next try works', async () => {
    makeBareRepository(host.path, 'clone')
    const url = `${host.server.url}/clone.git`
    for (const kind of ['info/refs', 'git-upload-pack'] as const) {
      for (const [name, fault, code] of answers) {
        const what = `${name} to ${kind}`
        const disk = createMemoryDisk()
        failOn(kind, fault)
        const error = await errorOf(what, openOn(createMemoryStorage(disk), url, { history: 'tip' }))
        expect(error?.code, what).toBe(code)
        if (code === 'remote/rate-limited') expect(error?.data['retryAfterSeconds']).toBe(7)
        expect(disk, what).toEqual(createMemoryDisk())
        host.server.settings.fault = undefined
        const db = await openOn(createMemoryStorage(disk), url, { history: 'tip' })
        expect(await db.collection('units').count()).toBe(2)
        await db.close()
      }
    }
  })

  test('clone: a stream that ends early, anywhere, keeps nothing, and the next try works', async () => {
    makeBareRepository(host.path, 'cut')
    const url = `${host.server.url}/cut.git`
    await (await openOn(createMemoryStorage(), url, { history: 'tip' })).close()
    const sizes = answerSizes()
    for (const kind of ['info/refs', 'git-upload-pack'] as const) {
      for (const afterBytes of offsets(sizes.get(kind) ?? 0)) {
        for (const polite of [true, false]) {
          const what = `${kind} cut ${polite ? 'politely' : 'hard'} after ${afterBytes}`
          const disk = createMemoryDisk()
          failOn(kind, { kind: 'cut', afterBytes, polite })
          let db: Database | undefined
          const error = await errorOf(
            what,
            openOn(createMemoryStorage(disk), url, { history: 'tip' }).then((opened) => (db = opened)),
          )
          host.server.settings.fault = undefined
          if (error) {
            expect(cutCodes, `${what}: ${error.message}`).toContain(error.code)
            expect(disk.image, what).toEqual(createMemoryDisk().image)
            db = await openOn(createMemoryStorage(disk), url, { history: 'tip' })
          }
          // Only framing was missing when it worked.
          expect(await db?.collection('units').count(), what).toBe(2)
          await db?.close()
          await auditDisk(disk)
        }
      }
    }
  })

  conversations.forEach((conversation, number) => {
    const prepare = async (name: string): Promise<{ bare: string; url: string; disk: MemoryDisk }> => {
      const bare = makeBareRepository(host.path, name)
      const url = `${host.server.url}/${name}.git`
      const disk = createMemoryDisk()
      const db = await openOn(createMemoryStorage(disk), url)
      await until('history', async () => (await db.status()).history === 'full')
      await conversation.before(db, bare)
      await db.close()
      return { bare, url, disk }
    }

    test(`${conversation.name}: an odd answer at any request changes nothing, and the next try works`, async () => {
      const { bare, url, disk: clean } = await prepare(`odd-${number}`)
      const tip = git(bare, 'rev-parse', 'main').trim()
      for (const kind of conversation.requests) {
        for (const [name, fault, code] of answers) {
          const what = `${name} to ${kind}`
          const disk = copyDisk(clean)
          const db = await openOn(createMemoryStorage(disk), url)
          const before = await viewOf(db)
          failOn(kind, fault)
          const error = await errorOf(what, conversation.run(db))
          // After a push was sent, an answer that is not git's tells nothing about it.
          const isUnclear = kind === 'git-receive-pack' && code === 'remote/protocol'
          expect(error?.code, what).toBe(isUnclear ? 'remote/network' : code)
          expect(disk.image, what).toEqual(clean.image)
          expect(await viewOf(db), what).toEqual(before)
          expect(git(bare, 'rev-parse', 'main').trim(), what).toBe(tip)
          host.server.settings.fault = undefined
          expect(await conversation.run(db), what).toMatchObject({
            status: conversation.name === 'pull' ? 'fast-forwarded' : 'pushed',
          })
          await db.close()
          git(bare, 'update-ref', 'refs/heads/main', tip)
        }
      }
    })

    test(`${conversation.name}: an answer that ends early, anywhere, leaves both sides whole`, async () => {
      const { bare, url, disk: clean } = await prepare(`cut-${number}`)
      const tip = git(bare, 'rev-parse', 'main').trim()
      host.server.requests.length = 0
      const first = await openOn(createMemoryStorage(copyDisk(clean)), url)
      await conversation.run(first)
      const after = await viewOf(first)
      await first.close()
      const tipAfter = git(bare, 'rev-parse', 'main').trim()
      const sizes = answerSizes()
      for (const kind of conversation.requests) {
        for (const afterBytes of offsets(sizes.get(kind) ?? 0)) {
          const what = `${kind} cut after ${afterBytes}`
          git(bare, 'update-ref', 'refs/heads/main', tip)
          const disk = copyDisk(clean)
          const db = await openOn(createMemoryStorage(disk), url)
          let cuts = 0
          // The first answer of this kind only: what the engine then asks to make sure is answered.
          host.server.settings.fault = (request) =>
            request.kind === kind && cuts++ === 0 ? { kind: 'cut', afterBytes, polite: cuts % 2 === 0 } : null
          const error = await errorOf(what, conversation.run(db))
          host.server.settings.fault = undefined
          if (error) {
            expect(cutCodes, `${what}: ${error.message}`).toContain(error.code)
            expect(disk.image, what).toEqual(clean.image)
          }
          await conversation.run(db)
          expect(await viewOf(db), what).toEqual(after)
          expect(git(bare, 'rev-parse', 'main').trim(), what).toBe(tipAfter)
          await db.close()
          await auditDisk(disk)
        }
      }
    })
  })

  test('a push whose answer is lost has happened once, however often it is repeated', async () => {
    const bare = makeBareRepository(host.path, 'lost')
    const disk = createMemoryDisk()
    const db = await openOn(createMemoryStorage(disk), `${host.server.url}/lost.git`)
    for (const isReachable of [true, false]) {
      await db.collection('units').update('metre', { factor: isReachable ? 2 : 3 })
      const { oid } = await db.commit({ message: 'Metre' })
      let lost = false
      host.server.settings.fault = ({ kind }) => {
        if (kind === 'git-receive-pack') {
          lost = true
          return { kind: 'lose-response' }
        }
        return lost && !isReachable ? { kind: 'refuse-connection' } : null
      }
      const error = await errorOf('push', db.push())
      if (isReachable) expect(error).toBeUndefined()
      else expect(error?.code).toBe('remote/network')
      host.server.settings.fault = undefined
      await until('the push', () => git(bare, 'rev-parse', 'main').trim() === oid)
      expect(await db.push()).toMatchObject({ status: isReachable ? 'up-to-date' : 'pushed' })
      expect(await db.push()).toEqual({ status: 'up-to-date' })
      expect((await db.status()).unpushed).toBe(0)
    }
    expect(git(bare, 'rev-list', '--count', 'main').trim()).toBe('3')

    await db.tags.create('v1')
    await db.tags.create('v2')
    host.server.settings.fault = ({ kind }) =>
      kind === 'git-receive-pack' ? { kind: 'lose-response' } : null
    expect(await db.tags.push('v1')).toEqual([{ name: 'v1', status: 'pushed' }])
    host.server.settings.fault = ({ kind }) =>
      kind === 'git-receive-pack' ? { kind: 'status', status: 503 } : null
    expect((await errorOf('tags', db.tags.push('v2')))?.code).toBe('remote/server-error')
    host.server.settings.fault = undefined
    expect((await db.tags.push()).map(({ status }) => status)).toEqual(['up-to-date', 'pushed'])
    await db.close()
  })

  test('history that could not come in the background comes when it is asked for', async () => {
    const bare = makeBareRepository(host.path, 'history')
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\n' })
    let fetches = 0
    host.server.settings.fault = ({ kind }) =>
      kind === 'git-upload-pack' && ++fetches > 1 ? { kind: 'cut', afterBytes: 300 } : null
    const db = await openOn(createMemoryStorage(), `${host.server.url}/history.git`)
    const warnings: string[] = []
    db.subscribe((event) => event.type === 'warning' && warnings.push(event.message))
    await until('the failed try', async () => (await db.status()).history === 'tip')
    await expect(db.log()).rejects.toMatchObject({ code: 'git/history-missing' })
    await db.collection('units').update('foot', { factor: 2 })
    await db.commit({ message: 'Without history' })
    host.server.settings.fault = undefined
    expect((await db.log()).map(({ message }) => message.trim())).toEqual([
      'Without history',
      'Elsewhere',
      'Start',
    ])
    expect(await db.push()).toMatchObject({ status: 'pushed', commits: 1 })
    expect(git(bare, 'fsck', '--strict')).toBe('')
    await db.close()
  })

  test('a pull beside the background history leaves history complete', async () => {
    const bare = makeBareRepository(host.path, 'beside')
    for (let n = 0; n < 5; n++)
      commitElsewhere(bare, { 'units/$records/foot.yaml': `symbol: ft\nfactor: ${n}\n` })
    const url = `${host.server.url}/beside.git`
    const disk = createMemoryDisk()
    // The pull starts with the boundary of the tip, and ends after the history has come.
    const tip = await openOn(createMemoryStorage(disk), url, { history: 'tip' })
    await tip.settled()
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 9\n' })
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    let held = false
    const slow = createMemoryStorage(disk)
    const puller = await openOn(
      {
        ...slow,
        commit: async (batch) => {
          held = true
          await gate
          return slow.commit(batch)
        },
      },
      url,
      { history: 'tip' },
    )
    const pulling = puller.pull()
    await until('the pull has its pack', () => held)
    await tip.log()
    expect((await tip.status()).history).toBe('full')
    release()
    expect(await pulling).toMatchObject({ status: 'fast-forwarded' })
    expect(await puller.log()).toHaveLength(7)
    await Promise.all([tip.close(), puller.close()])
    const again = await openOn(createMemoryStorage(disk), url)
    expect(await again.log()).toHaveLength(7)
    expect((await again.status()).history).toBe('full')
    await again.close()
    await auditDisk(disk)
  })

  test('a push never overwrites, however little history is here and however much is known', async () => {
    for (const history of ['tip', 'full'] as const) {
      const bare = makeBareRepository(host.path, `never-${history}`)
      commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\n' })
      const db = await openOn(createMemoryStorage(), `${host.server.url}/never-${history}.git`, { history })
      await db.collection('units').update('metre', { factor: 2 })
      await db.commit({ message: 'Ours' })
      const theirs = commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: foot\n' })
      expect(await db.push()).toMatchObject({ status: 'diverged' })
      expect(await db.pull()).toEqual({ status: 'diverged', ahead: 1, behind: 1 })
      expect(await db.push()).toMatchObject({ status: 'diverged' })
      expect(git(bare, 'rev-parse', 'main').trim()).toBe(theirs)
      // Elsewhere they merged what we did not push, or threw theirs away: then ours is the newer one.
      git(bare, 'update-ref', 'refs/heads/main', `${theirs}~1`)
      await db.pull()
      expect(await db.push()).toMatchObject({ status: 'pushed', commits: 1 })
      await db.close()
    }
  })

  test('history completes also when the remote has left the tip that we track', async () => {
    const bare = makeBareRepository(host.path, 'forced')
    const start = git(bare, 'rev-parse', 'main').trim()
    commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\n' })
    const disk = createMemoryDisk()
    const url = `${host.server.url}/forced.git`
    const first = await openOn(createMemoryStorage(disk), url, { history: 'tip' })
    await first.close()
    git(bare, 'update-ref', 'refs/heads/main', start)
    git(bare, 'reflog', 'expire', '--expire=now', '--all')
    commitElsewhere(bare, { 'units/$records/metre.yaml': 'symbol: m\n' })
    const again = await openOn(createMemoryStorage(disk), url)
    await until('history', async () => (await again.status()).history === 'full')
    expect((await again.log()).length).toBe(2)
    expect(await again.pull()).toMatchObject({ status: 'diverged' })
    await again.close()
    await auditDisk(disk)
  })

  test('an empty repository and one that is no database are named, not kept, and open once they are filled', async () => {
    const url = `${host.server.url}/empty.git`
    git(host.path, 'init', '-q', '--bare', '-b', 'main', 'empty.git')
    const disk = createMemoryDisk()
    const tryToOpen = (): Promise<EspalierError | undefined> =>
      errorOf('opening', openOn(createMemoryStorage(disk), url))
    expect((await tryToOpen())?.code).toBe('remote/empty')
    makeBareRepository(host.path, 'stranger', { 'README.md': '# Hello\n' })
    git(`${host.path}/stranger.git`, 'push', '-q', '../empty.git', 'main')
    expect((await tryToOpen())?.code).toBe('format/not-a-database')
    expect(disk.image).toEqual(createMemoryDisk().image)
    const bare = makeBareRepository(host.path, 'filled')
    git(bare, 'push', '-q', '-f', '../empty.git', 'main')
    expect(await tryToOpen()).toBeUndefined()
  })
})
