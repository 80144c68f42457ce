import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { open, type NodeOpenOptions } from '../../src/node.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, temporaryFolder } from '../support/git-repositories.ts'
import { author, until } from './world.ts'

const token = 'tök/en+9f2c 41:%40'
const wrong = 'wrong-tök/en+77'

const host = useGitHost({ auth: { username: 'ada', password: token }, authReads: true })

/** Every spelling in which a secret could be written down. */
function spellings(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret)
  return [
    secret,
    encoded,
    encodeURI(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(`ada:${secret}`).toString('base64'),
    // Base64 of the secret alone, wherever in a text it begins.
    ...[0, 1, 2].map((shift) =>
      Buffer.from(' '.repeat(shift) + secret)
        .toString('base64')
        .slice(shift === 0 ? 0 : 4, -4),
    ),
  ]
}

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const file = join(path, entry.name)
    return entry.isDirectory() ? [file, ...filesBelow(file)] : [file]
  })
}

for (const way of ['user info in the address', 'the auth callback'] as const) {
  test(`a token from ${way} is in no file, event, error, status, log or commit`, async () => {
    const name = way.replaceAll(' ', '-')
    const { bare } = host.make(name)
    const store = temporaryFolder()
    const seen: string[] = []
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...args) => void seen.push(args.map(String).join(' '))),
    )
    const note = <T>(value: T): T => {
      seen.push(JSON.stringify(value) ?? '')
      return value
    }
    const caught = async (work: Promise<unknown>): Promise<void> => {
      const error: unknown = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(Error)
      for (let at = error; at instanceof Error; at = at.cause) seen.push(String(at), String(at.stack))
      note(error)
    }
    const inAddress = way === 'user info in the address'
    const address = (path: string, secret = token): string =>
      inAddress
        ? `${host.server.url.replace('://', `://ada:${encodeURIComponent(secret)}@`)}/${path}.git`
        : `${host.server.url}/${path}.git`
    const options = (secret = token): NodeOpenOptions => ({
      author,
      folder: store.path,
      onProgress: note,
      ...(inAddress ? {} : { auth: () => ({ username: 'ada', password: secret }) }),
    })
    try {
      await caught(open(address('absent'), options()))
      await caught(open(address(name, wrong), { ...options(wrong), namespace: 'other' }))
      await caught(open(`${address(name)}?token=${encodeURIComponent(token)}`, options()))
      const work = async (db: Database): Promise<void> => {
        db.subscribe(note)
        await until('history', async () => note(await db.status()).history === 'full')
        await db.collection('units').update('metre', { factor: Math.random() })
        note(await db.commit({ message: 'Metre' }))
        note(await db.push())
        commitElsewhere(bare, { 'units/$records/foot.yaml': `symbol: ft\nfactor: ${Math.random()}\n` })
        note(await db.pull())
        const draft = await db.branches.create('draft')
        await draft.collection('units').update('foot', { factor: 1 })
        await draft.commit({ message: 'Draft' })
        note(await draft.push())
        note([await db.branches.list(), await db.log(), await db.changes(), await db.status()])
        seen.push(Buffer.from(await db.exportBundle()).toString('latin1'))
        for (const status of [401, 403, 404, 500]) {
          host.server.settings.fault = () => ({
            kind: 'status',
            status,
            headers: { 'Content-Type': 'text/plain' },
          })
          await caught(db.pull())
        }
        // A host that repeats what it was sent.
        const body = `Bad credentials ${token} ${Buffer.from(`ada:${token}`).toString('base64')}`
        host.server.settings.fault = () => ({ kind: 'answer', contentType: 'text/html', body })
        await caught(db.pull())
        host.server.settings.fault = () => ({ kind: 'refuse-connection' })
        await caught(db.pull())
        host.server.settings.fault = () => ({ kind: 'redirect', to: (path) => path })
        await caught(db.pull())
        host.server.settings.fault = undefined
        await db.compact()
      }
      const db = await open(address(name), options())
      await work(db)
      await db.close()
      // Again from the folder, with the address in hand.
      const again = await open(address(name), options())
      await again.collection('units').update('metre', { factor: 5 })
      await again.commit({ message: 'Again' })
      note(await again.push())
      await again.close()
    } finally {
      for (const spy of spies) spy.mockRestore()
      host.server.settings.fault = undefined
    }

    const files = filesBelow(store.path)
    expect(files.length).toBeGreaterThan(2)
    const stored = files.map((file) => {
      try {
        return file + readFileSync(file).toString('utf8')
      } catch {
        return file // a folder: its name
      }
    })
    const texts = [...stored, ...seen, git(bare, 'log', '--all', '--format=raw')]
    expect(texts.join('\n')).toContain('Metre')
    for (const secret of [...spellings(token), ...spellings(wrong)]) {
      expect(
        texts.filter((text) => text.includes(secret)),
        secret,
      ).toEqual([])
    }
    store.remove()
  })
}
