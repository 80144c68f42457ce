import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { inTime, openOn, until } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'

const types = { commit: 1, blob: 3, offset: 6 } as const

/** An entry's type and size (gitformat-pack(5)). */
function entryHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size % 16)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80
    bytes.push(rest % 128)
  }
  return Buffer.from(bytes)
}

function pack(count: number, entries: readonly Buffer[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  head.writeUInt32BE(count, 8)
  const body = Buffer.concat([head, ...entries])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function sizeBytes(size: number): Buffer {
  const bytes: number[] = []
  for (let rest = size; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 0x80 : rest)
    if (rest < 128) return Buffer.from(bytes)
  }
}

/** A delta that copies its whole base `times` times. */
function repeatDelta(baseSize: number, times: number, claimed: number = baseSize * times): Buffer {
  const copy = [0x80 | 0x10 | 0x20 | 0x40, baseSize & 0xff, (baseSize >> 8) & 0xff, (baseSize >> 16) & 0xff]
  return Buffer.concat([
    sizeBytes(baseSize),
    sizeBytes(claimed),
    ...Array<Buffer>(times).fill(Buffer.from(copy)),
  ])
}

/** A blob and a chain of deltas on it, each `times` as large as the one before. */
function deltaBomb(times: number, depth: number): Buffer {
  const base = Buffer.alloc(60_000, 'x')
  const entries = [Buffer.concat([entryHead(types.blob, base.length), deflateSync(base)])]
  let size = base.length
  for (let level = 0; level < depth; level++) {
    const delta = repeatDelta(Math.min(size, 0xff_ff_ff), times, size * times)
    const previous = entries.at(-1)?.length ?? 0
    // The distance back to the entry before (its bytes are few enough for two).
    const distance =
      previous < 128 ? Buffer.from([previous]) : Buffer.from([0x80 | ((previous >> 7) - 1), previous & 0x7f])
    entries.push(Buffer.concat([entryHead(types.offset, delta.length), distance, deflateSync(delta)]))
    size *= times
  }
  return pack(entries.length, entries)
}

const small = deflateSync(Buffer.alloc(10, 'x'))
const hostilePacks: Readonly<Record<string, Buffer>> = {
  'four billion objects': pack(0xff_ff_ff_ff, [Buffer.concat([entryHead(types.blob, 10), small])]),
  'an entry that says it is a petabyte': pack(1, [Buffer.concat([entryHead(types.blob, 2 ** 50), small])]),
  'an entry that says nothing of its 200 MB': pack(1, [
    Buffer.concat([entryHead(types.blob, 10), deflateSync(Buffer.alloc(200_000_000))]),
  ]),
  'deltas that grow without end': deltaBomb(250, 8),
  'a delta on itself': pack(1, [Buffer.concat([entryHead(types.offset, 10), Buffer.from([0]), small])]),
  'a delta before the pack': pack(1, [
    Buffer.concat([entryHead(types.offset, 10), Buffer.from([0xff, 0x7f]), small]),
  ]),
  'an unknown type': pack(1, [Buffer.concat([entryHead(5, 10), small])]),
  'a commit that is none': pack(1, [Buffer.concat([entryHead(types.commit, 10), small])]),
  'no object that was wanted': pack(0, []),
  nothing: Buffer.alloc(0),
  'no pack': Buffer.from('This is not a pack at all, whatever it says.'),
}

describe('a hostile host', () => {
  const host = useGitHost()

  const line = (text: string | Buffer): Buffer =>
    Buffer.concat([Buffer.from((text.length + 4).toString(16).padStart(4, '0')), Buffer.from(text)])
  const answerWith = (bytes: Buffer, tip: string): Buffer => {
    const lines = [line(`shallow ${tip}\n`), Buffer.from('0000'), line('NAK\n')]
    for (let at = 0; at < bytes.length; at += 60_000) {
      lines.push(line(Buffer.concat([Buffer.from([1]), bytes.subarray(at, at + 60_000)])))
    }
    return Buffer.concat([...lines, Buffer.from('0000')])
  }

  for (const [name, bytes] of Object.entries(hostilePacks)) {
    test(`sends a pack with ${name}: it is refused soon, nothing is kept, and a later try works`, async () => {
      const repository = name.replaceAll(' ', '-')
      const bare = makeBareRepository(host.path, repository)
      const url = `${host.server.url}/${repository}.git`
      const body = answerWith(bytes, git(bare, 'rev-parse', 'main').trim())
      const contentType = 'application/x-git-upload-pack-result'
      host.server.settings.fault = ({ kind }) =>
        kind === 'git-upload-pack' ? { kind: 'answer', contentType, body } : null
      const disk = createMemoryDisk()
      const memoryBefore = process.memoryUsage().rss
      const error: unknown = await inTime(name, openOn(createMemoryStorage(disk), url)).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(isEspalierError(error) ? error.code : error, String(error)).toMatch(
        /^(git\/(pack-corrupt|object-missing|object-corrupt|unsupported)|remote\/(truncated|protocol))$/,
      )
      expect(disk.image).toEqual(createMemoryDisk().image)
      expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(600_000_000)
      host.server.settings.fault = undefined
      const db = await openOn(createMemoryStorage(disk), url)
      expect(await db.collection('units').count()).toBe(2)
      await db.close()
    })
  }

  for (const lacks of ['tree', 'blob', 'commit'] as const) {
    test(`sends commits without a ${lacks} that belongs to them: a pull refuses them and changes nothing`, async () => {
      const bare = makeBareRepository(host.path, `lacks-${lacks}`)
      const disk = createMemoryDisk()
      const db = await openOn(createMemoryStorage(disk), `${host.server.url}/lacks-${lacks}.git`)
      await until('history', async () => (await db.status()).history === 'full')
      const before = structuredClone(disk.image)
      const old = git(bare, 'rev-parse', 'main').trim()
      commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 1\n' })
      commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 2\n' })
      const fresh = git(bare, 'rev-list', '--objects', '--no-object-names', `${old}..main`).trim().split('\n')
      const typeOf = (oid: string): string => git(bare, 'cat-file', '-t', oid).trim()
      const tip = git(bare, 'rev-parse', 'main').trim()
      const left = fresh.filter((oid) => typeOf(oid) === lacks && oid !== tip).at(-1)
      const some = execFileSync('git', ['pack-objects', '--stdout', '-q'], {
        cwd: bare,
        input: fresh.filter((oid) => oid !== left).join('\n'),
      })
      const body = Buffer.concat([
        line('NAK\n'),
        line(Buffer.concat([Buffer.from([1]), some])),
        Buffer.from('0000'),
      ])
      const contentType = 'application/x-git-upload-pack-result'
      host.server.settings.fault = ({ kind }) =>
        kind === 'git-upload-pack' ? { kind: 'answer', contentType, body } : null
      await expect(db.pull()).rejects.toMatchObject({ code: 'git/pack-corrupt' })
      expect(disk.image).toEqual(before)
      host.server.settings.fault = undefined
      expect(await db.pull()).toMatchObject({ status: 'fast-forwarded', to: tip })
      await db.close()
    })
  }

  test('sends a pack with a flipped bit, anywhere: it is refused, or was not in the content', async () => {
    const bare = makeBareRepository(host.path, 'flipped')
    const url = `${host.server.url}/flipped.git`
    const tip = git(bare, 'rev-parse', 'main').trim()
    git(bare, 'repack', '-adfq')
    const [file = ''] = git(bare, 'count-objects', '-v').split('\n')
    expect(file).toBe('count: 0')
    const { readdirSync, readFileSync } = await import('node:fs')
    const packs = `${bare}/objects/pack`
    const name = readdirSync(packs).find((entry) => entry.endsWith('.pack')) ?? ''
    const good = readFileSync(`${packs}/${name}`)
    const contentType = 'application/x-git-upload-pack-result'
    for (let at = 0; at < good.length; at += 37) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
      const body = answerWith(bad, tip)
      host.server.settings.fault = ({ kind }) =>
        kind === 'git-upload-pack' ? { kind: 'answer', contentType, body } : null
      const disk = createMemoryDisk()
      await expect(
        inTime(`flipped at ${at}`, openOn(createMemoryStorage(disk), url, { history: 'tip' })),
      ).rejects.toMatchObject({
        code: expect.stringMatching(/^(git\/pack-corrupt|git\/unsupported|remote\/truncated)$/),
      })
      expect(disk.image).toEqual(createMemoryDisk().image)
    }
    host.server.settings.fault = undefined
  })
})
