import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as isomorphic from 'isomorphic-git'
import http from 'isomorphic-git/http/node'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/index.ts'
import { open } from '../../src/node.ts'
import { git, type GitFace } from '../../worker/git-face/index.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git as native } from '../support/git-repositories.ts'

const token = 'secret-token-9f2c41'
const author = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000, timezoneOffset: 0 }
const onAuth = (): { username: string; password: string } => ({ username: 'ada', password: token })
const irelandPath = 'geo/countries/$records/ie.json'

const host = useGitHost({ auth: { username: 'ada', password: token } })

async function openDatabase(name: string): Promise<{ db: Database; bare: string }> {
  const { bare, url } = host.make(name)
  const db = await open(url, { auth: onAuth, author })
  await db.settled()
  return { db, bare }
}

/** Commits one file's new text with isomorphic-git's plumbing: a bare repository has no index to add to. */
async function commitFile(face: GitFace, path: string, text: string, ref: string): Promise<string> {
  const parent = await isomorphic.resolveRef({ ...face, ref })
  const blob = await isomorphic.writeBlob({ ...face, blob: new TextEncoder().encode(text) })
  const { commit } = await isomorphic.readCommit({ ...face, oid: parent })
  const tree = await withFile(face, commit.tree, path.split('/'), blob)
  return isomorphic.commit({ ...face, ref, tree, message: `Edit ${path}`, author, parent: [parent] })
}

async function withFile(
  face: GitFace,
  oid: string,
  [name = '', ...rest]: readonly string[],
  blob: string,
): Promise<string> {
  const { tree } = await isomorphic.readTree({ ...face, oid })
  const old = tree.find(({ path }) => path === name)
  const entry: isomorphic.TreeEntry =
    rest.length === 0
      ? { mode: '100644', path: name, oid: blob, type: 'blob' }
      : { mode: '040000', path: name, oid: await withFile(face, old?.oid ?? '', rest, blob), type: 'tree' }
  return isomorphic.writeTree({ ...face, tree: [...tree.filter(({ path }) => path !== name), entry] })
}

/** Clones what the database exports with native git, and checks it strictly. */
async function exported(db: Database, name: string): Promise<string> {
  writeFileSync(join(host.path, `${name}.bundle`), await db.exportBundle())
  native(host.path, 'clone', '-q', '--mirror', `${name}.bundle`, `${name}-exported.git`)
  const clone = join(host.path, `${name}-exported.git`)
  expect(native(clone, 'fsck', '--strict', '--full')).toBe('')
  return clone
}

describe('isomorphic-git on the repository behind an open database', () => {
  test('fetch, fast-forward, commit, branch, tag, log and push; the database follows', async () => {
    const { db, bare } = await openDatabase('work')
    const theirs = commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.3\n' })
    const mine = await git(db, async (face) => {
      const fetched = await isomorphic.fetch({ ...face, http, onAuth, remote: 'origin', ref: 'main' })
      expect(fetched.fetchHead).toBe(theirs)
      const merged = await isomorphic.merge({ ...face, ours: 'main', theirs: 'origin/main', author })
      expect(merged.fastForward).toBe(true)
      await isomorphic.branch({ ...face, ref: 'draft', object: 'main' })
      const oid = await commitFile(face, irelandPath, '{\n  "name": "Éire"\n}\n', 'refs/heads/main')
      await isomorphic.tag({ ...face, ref: 'v1', object: 'main' })
      const log = await isomorphic.log({ ...face, ref: 'main' })
      expect(log.map(({ commit }) => commit.message.trim())).toEqual([
        `Edit ${irelandPath}`,
        'Elsewhere',
        'Start',
      ])
      const pushed = await isomorphic.push({ ...face, http, onAuth, remote: 'origin', ref: 'main' })
      expect(pushed.ok).toBe(true)
      return oid
    })
    expect(native(bare, 'rev-parse', 'main').trim()).toBe(mine)
    expect(native(bare, 'fsck', '--strict')).toBe('')
    expect(await db.collection('geo.countries').get('ie')).toMatchObject({ name: 'Éire' })
    expect(await db.collection('units').get('foot')).toMatchObject({ factor: 0.3 })
    expect(await db.status()).toMatchObject({ commit: mine, unpushed: 0, behind: 0 })
    expect((await db.log()).map(({ oid }) => oid).slice(0, 2)).toEqual([mine, theirs])
    expect((await db.branches.list()).map(({ name }) => name)).toEqual(['draft', 'main'])
    expect((await (await db.at('v1')).status()).commit).toBe(mine)
    const clone = await exported(db, 'work')
    expect(native(clone, 'rev-parse', 'refs/heads/main', 'refs/heads/draft', 'refs/tags/v1')).toBe(
      `${mine}\n${theirs}\n${mine}\n`,
    )
    await db.close()
  })

  test('commits of both sides merge into one with two parents, which the database pushes', async () => {
    const { db, bare } = await openDatabase('merge')
    await db.collection('geo.countries').update('ie', { population: 1 })
    const ours = (await db.commit({ message: 'Ours' })).oid
    const theirs = commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.3\n' })
    expect(await db.pull()).toMatchObject({ status: 'diverged' })
    const { oid } = await git(db, (face) =>
      isomorphic.merge({ ...face, ours: 'main', theirs: 'origin/main', author, message: 'Merge' }),
    )
    expect((await db.log())[0]).toMatchObject({ oid, parents: [ours, theirs] })
    expect(await db.collection('geo.countries').get('ie')).toMatchObject({ population: 1 })
    expect(await db.collection('units').get('foot')).toMatchObject({ factor: 0.3 })
    expect(await db.push()).toMatchObject({ status: 'pushed', to: oid })
    expect(native(bare, 'log', '-1', '--format=%P', 'main').trim()).toBe(`${ours} ${theirs}`)
    expect(native(bare, 'fsck', '--strict')).toBe('')
    await exported(db, 'merge')
    await db.close()
  })

  test('a database in a folder keeps what was committed through git', async () => {
    const { url } = host.make('durable')
    const options = { auth: onAuth, author, folder: join(host.path, 'databases') }
    const db = await open(url, options)
    const oid = await git(db, (face) => commitFile(face, irelandPath, '{}\n', 'refs/heads/main'))
    await db.close()
    const again = await open(url, options)
    expect(await again.collection('geo.countries').get('ie')).toMatchObject({ $id: 'ie' })
    expect(await git(again, (face) => isomorphic.resolveRef({ ...face, ref: 'main' }))).toBe(oid)
    await exported(again, 'durable')
    await again.close()
  })

  test('working changes are carried over a commit made underneath, and conflict where it changed the same record', async () => {
    const { db } = await openDatabase('carry')
    const countries = db.collection('geo.countries')
    await countries.update('ie', { population: 1 })
    await countries.update('fr', { population: 2 })
    await git(db, (face) => commitFile(face, irelandPath, '{\n  "name": "Éire"\n}\n', 'refs/heads/main'))
    expect(await db.changes()).toMatchObject([
      { key: 'fr', after: { population: 2 } },
      { key: 'ie', after: { population: 1 }, conflict: { theirs: { name: 'Éire' } } },
    ])
    await db.close()
  })

  test('a branch that is open may be deleted: the others follow, and its next write says so', async () => {
    const { db } = await openDatabase('deleted')
    const main = await db.status()
    const draft = await db.branches.create('draft')
    const other = await db.branches.create('other')
    const oid = await git(db, async (face) => {
      await isomorphic.deleteBranch({ ...face, ref: 'draft' })
      return commitFile(face, irelandPath, '{}\n', 'refs/heads/other')
    })
    expect(await other.status()).toMatchObject({ commit: oid })
    expect(await db.status()).toMatchObject({ commit: main.commit })
    const editing = draft.collection('units').update('foot', { factor: 1 })
    await expect(editing).rejects.toMatchObject({ code: 'git/ref-missing' })
    await db.close()
  })

  test('a callback that throws leaves everything as it was; so does one that names what nobody wrote', async () => {
    const { db } = await openDatabase('throw')
    const seen = async (): Promise<unknown> => [await db.branches.list(), await db.log(), await db.changes()]
    const before = await seen()
    const thrown = git(db, async (face) => {
      await commitFile(face, irelandPath, '{}\n', 'refs/heads/main')
      throw new Error('given up')
    })
    await expect(thrown).rejects.toThrow('given up')
    const missing = git(db, async (face) => {
      const entry = { mode: '100644', path: 'a', oid: 'a'.repeat(40), type: 'blob' } as const
      const tree = await isomorphic.writeTree({ ...face, tree: [entry] })
      await isomorphic.commit({ ...face, ref: 'refs/heads/main', tree, message: 'Hollow', author })
    })
    await expect(missing).rejects.toMatchObject({ code: 'git/object-missing', data: { oid: 'a'.repeat(40) } })
    expect(await seen()).toEqual(before)
    await exported(db, 'throw')
    await db.close()
    await expect(git(db, async () => {})).rejects.toMatchObject({ code: 'engine/closed' })
  })

  test('what it hands out is a repository for every git tool: packs complete, a strict fsck clean', async () => {
    const { bare, url } = host.make('files', manyRecords(300))
    const db = await open(url, { auth: onAuth, author })
    for (let n = 1; n <= 3; n++) {
      await db.collection('items').update('k7', { n })
      await db.commit({ message: `Commit ${n}` })
    }
    // Large trees of single commits are deltas against trees in other packs: not so in these files.
    const copy = join(host.path, 'files-copy.git')
    native(host.path, 'init', '-q', '--bare', copy)
    await git(db, async ({ fs, gitdir }) => {
      for (const name of await fs.promises.readdir(`${gitdir}/objects/pack`)) {
        const bytes = (await fs.promises.readFile(`${gitdir}/objects/pack/${name}`)) as Uint8Array
        writeFileSync(join(copy, 'objects/pack', name), bytes)
        if (name.endsWith('.idx')) continue
        // index-pack without --fix-thin refuses a pack that is not complete.
        native(copy, 'index-pack', '-o', join(host.path, `${name}.idx`), join(copy, 'objects/pack', name))
      }
      const text = async (path: string): Promise<string> =>
        String(await fs.promises.readFile(`${gitdir}/${path}`, { encoding: 'utf8' }))
      writeFileSync(join(copy, 'packed-refs'), await text('packed-refs'))
      writeFileSync(join(copy, 'HEAD'), await text('HEAD'))
      writeFileSync(join(copy, 'config'), await text('config'))
    })
    expect(native(copy, 'fsck', '--strict', '--full')).toBe('')
    expect(native(copy, 'rev-list', '--count', 'main').trim()).toBe('4')
    expect(native(copy, 'config', 'remote.origin.url').trim()).toBe(url)
    expect(native(bare, 'fsck', '--strict')).toBe('')
    await db.close()
  })
})

function manyRecords(count: number): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    '.ingitdb/root-collections.yaml': 'items: items\n',
    'items/.collection/definition.yaml':
      'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  n:\n    type: int\n',
  }
  for (let i = 0; i < count; i++) files[`items/$records/k${i}.json`] = `{\n  "n": 0\n}\n`
  return files
}
