import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createCommit } from '../objects/commit.ts'
import { log } from '../history/log.ts'
import { createNativeRepository } from './node-native-git.testing.ts'
import { parseConfig } from './node-folder.ts'
import { openNodeRepository } from './node-repository.ts'
import type { NewObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { createRandom, randomHistory } from '../history/random-history.testing.ts'
import { resolveCommit } from '../refs/refs.ts'
import { hashObject } from '../objects/sha1.ts'
import { editTrees } from '../trees/tree-edit.ts'

const native = createNativeRepository()
afterAll(() => native.remove())
const git = native.git
const lines = (text: string): string[] => text.split('\n').filter(Boolean)
const path = (...names: readonly string[]): string => join(native.dir, ...names)
const ada = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000 }
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

// Packs, loose objects, packed and loose refs, an alternate and a worktree, all in one family of repositories.
git(['fast-import', '--quiet', '--force'], randomHistory(createRandom(51), 50))
git(['repack', '-adq'])
git(['pack-refs', '--all'])
git(['update-ref', 'refs/heads/main', 'refs/heads/b49'])
git(['tag', '-a', 'v1', '-m', 'one', 'main'])
git(
  ['fast-import', '--quiet', '--force'],
  randomHistory(createRandom(52), 5).replaceAll('refs/heads/b', 'refs/heads/second'),
)
git(['clone', '-q', '--shared', '.', 'work'])
git(['-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'loose'])
git(['-C', 'work', 'worktree', 'add', '-q', '--detach', '../linked'])

describe('a repository of native git', () => {
  it('is read whole: loose objects, packs, alternates, worktrees, refs', async () => {
    for (const where of ['.', 'work', 'work/.git', 'linked']) {
      const repository = await openNodeRepository(path(where))
      const refs = await repository.readRefs()
      const shown = lines(git(['-C', where, 'for-each-ref', '--format=%(refname) %(objectname)']))
      expect(refs.list().map(({ name, oid }) => `${name} ${oid}`)).toEqual(shown)
      const head = git(['-C', where, 'rev-parse', 'HEAD']).trim() as Oid
      expect(refs.head()?.oid).toBe(head)
      expect((await log(repository.objects, head)).map(({ oid }) => oid)).toEqual(
        lines(git(['-C', where, 'log', '--format=%H'])),
      )
      const all = lines(
        git(['-C', where, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']),
      )
      for (const line of all) {
        const [oid, type] = line.split(' ')
        const object = await repository.objects.read(oid as Oid)
        expect(object.type).toBe(type)
        expect(hashObject(object.type, object.bytes)).toBe(oid)
      }
      expect(await repository.objects.has('1'.repeat(40) as Oid)).toBe(false)
      await expect(repository.objects.read('1'.repeat(40) as Oid)).rejects.toMatchObject({
        code: 'git/object-missing',
      })
      expect(await repository.objects.findByPrefix(head.slice(0, 10))).toEqual([head])
      const found = await resolveCommit(
        refs,
        repository.objects,
        head.slice(0, 10),
        repository.objects.findByPrefix,
      )
      expect(found.oid).toBe(head)
      await repository.close()
    }
    expect((await (await openNodeRepository(path('linked'))).readRefs()).head()?.branch).toBeNull()
  })

  it('is found again after git repacked it while it was open', async () => {
    const repository = await openNodeRepository(path('work'))
    const head = git(['-C', 'work', 'rev-parse', 'HEAD']).trim() as Oid
    await repository.objects.read(head)
    git(['-C', 'work', 'commit', '-q', '--allow-empty', '-m', 'another'])
    git(['-C', 'work', 'repack', '-adq'])
    const next = git(['-C', 'work', 'rev-parse', 'HEAD']).trim() as Oid
    expect((await log(repository.objects, next, { limit: 2 })).map(({ oid }) => oid)).toEqual([next, head])
    await repository.close()
  })

  it('takes our commits, refs and reflogs, and stays clean for fsck', async () => {
    const repository = await openNodeRepository(path('work'))
    const refs = await repository.readRefs()
    const head = refs.head()
    if (head?.oid == null || head.branch === null) throw new Error('HEAD is unborn')
    const [tip] = await log(repository.objects, head.oid, { limit: 1 })
    const bytes = encode('hello\n')
    const blob: NewObject = { oid: hashObject('blob', bytes), type: 'blob', bytes }
    const trees = await editTrees(
      repository.objects,
      tip?.commit.tree ?? null,
      [{ path: 'new/file', oid: blob.oid }],
      {
        deltaDepth: () => 0,
        allowTwins: true,
      },
    )
    const commit = createCommit({ tree: trees.root, parents: [head.oid], author: ada, message: 'Ours' })
    const oid = hashObject('commit', commit)
    await repository.write({
      objects: [blob, ...trees.objects, { oid, type: 'commit', bytes: commit }],
      refs: [
        { name: head.branch, oldValue: head.oid, newValue: oid },
        { name: 'refs/heads/topic/one', oldValue: null, newValue: oid },
      ],
      committer: ada,
      message: 'commit: Ours',
    })
    expect(git(['-C', 'work', 'fsck', '--strict', '--full', '--no-dangling'])).toBe('')
    expect(git(['-C', 'work', 'show', 'HEAD:new/file'])).toBe('hello\n')
    expect(lines(git(['-C', 'work', 'reflog', '--format=%H %gs']))[0]).toBe(`${oid} commit: Ours`)
    expect((await repository.readReflog(head.branch)).at(-1)).toMatchObject({ oldOid: head.oid, newOid: oid })

    // Somebody else moved it, holds its lock, or stands in the way.
    const move = (name: string, oldValue: string | null, newValue: string | null): Promise<void> =>
      repository.write({ objects: [], refs: [{ name, oldValue, newValue }], committer: ada, message: '' })
    await expect(move(head.branch, head.oid, oid)).rejects.toMatchObject({ code: 'git/ref-moved' })
    await expect(move('refs/heads/topic', null, oid)).rejects.toMatchObject({ code: 'git/ref-exists' })
    await expect(move('refs/heads/topic/one/more', null, oid)).rejects.toMatchObject({
      code: 'git/ref-exists',
    })
    const lock = path('work/.git/refs/heads/topic/one.lock')
    writeFileSync(lock, '')
    await expect(move('refs/heads/topic/one', oid, head.oid)).rejects.toMatchObject({
      code: 'storage/locked',
    })
    expect(existsSync(lock)).toBe(true)
    await expect(move('refs/../x', null, oid)).rejects.toMatchObject({ code: 'git/bad-ref-name' })

    git(['-C', 'work', 'update-ref', 'refs/heads/gone', oid])
    git(['-C', 'work', 'pack-refs', '--all'])
    await move('refs/heads/gone', oid, null)
    expect(lines(git(['-C', 'work', 'for-each-ref', '--format=%(refname)', 'refs/heads/gone']))).toEqual([])
    await move('refs/heads/gone/again', null, oid)
    await move('refs/heads/gone/again', oid, null)
    await move('refs/heads/gone', null, oid)
    expect(git(['-C', 'work', 'rev-parse', 'refs/heads/gone']).trim()).toBe(oid)
    expect(readdirSync(path('work/.git')).filter((name) => name.endsWith('.lock'))).toEqual([])
    await repository.close()
  })

  it('of a shallow clone tells its boundary', async () => {
    git(['clone', '-q', '--depth=1', `file://${native.dir}`, 'shallow'])
    const repository = await openNodeRepository(path('shallow'))
    const refs = await repository.readRefs()
    const head = refs.head()?.oid
    expect([...refs.shallow]).toEqual(lines(readFileSync(path('shallow/.git/shallow'), 'utf8')))
    expect(await log(repository.objects, head as Oid, { shallow: refs.shallow })).toHaveLength(1)
    await expect(log(repository.objects, head as Oid)).rejects.toMatchObject({ code: 'git/history-missing' })
    await repository.close()
  })

  it('that we cannot read is refused with the reason', async () => {
    git(['init', '-q', '--object-format=sha256', 'sha256'])
    await expect(openNodeRepository(path('sha256'))).rejects.toMatchObject({ code: 'git/sha256-unsupported' })
    git(['init', '-q', 'future'])
    git(['-C', 'future', 'config', 'core.repositoryformatversion', '1'])
    git(['-C', 'future', 'config', 'extensions.refStorage', 'reftable'])
    await expect(openNodeRepository(path('future'))).rejects.toMatchObject({ code: 'git/unsupported' })
    mkdirSync(path('nothing'))
    await expect(openNodeRepository(path('nothing'))).rejects.toMatchObject({ code: 'remote/not-found' })
  })

  it('with a damaged loose object says which', async () => {
    git(['init', '-q', 'damaged'])
    const oid = git(['-C', 'damaged', 'hash-object', '-w', '--stdin'], 'fine').trim() as Oid
    const file = path('damaged/.git/objects', oid.slice(0, 2), oid.slice(2))
    const other = git(['-C', 'damaged', 'hash-object', '-w', '--stdin'], 'other').trim()
    const repository = await openNodeRepository(path('damaged'))
    const good = readFileSync(file)
    for (const bytes of [
      good.subarray(0, 5),
      Buffer.alloc(0),
      readFileSync(path('damaged/.git/objects', other.slice(0, 2), other.slice(2))),
    ]) {
      writeReadOnly(file, bytes)
      await expect(repository.objects.read(oid)).rejects.toMatchObject({
        code: 'git/object-corrupt',
        data: { oid },
      })
    }
    await repository.close()
  })
})

describe('parseConfig', () => {
  it('reads the settings of git config', () => {
    const text =
      '[core]\n\tbare = yes ; why\n\trepositoryformatversion = 1\n[remote "x"]\n\turl = y\n[Extensions] objectFormat = "sha256"\n'
    expect(Object.fromEntries(parseConfig(text))).toEqual({
      'core.bare': 'true',
      'core.repositoryformatversion': '1',
      'extensions.objectformat': 'sha256',
    })
  })
})

function writeReadOnly(file: string, bytes: Uint8Array): void {
  rmSync(file)
  writeFileSync(file, bytes)
}
