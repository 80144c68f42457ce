import * as git from 'isomorphic-git'
import { expect, it } from 'vitest'
import { failAt } from '../storage/faults.ts'
import { createLocalLock } from '../storage/lock.ts'
import { createMemoryDisk, createMemoryStorage, type MemoryDisk } from '../storage/memory-storage.ts'
import { type GitFace, type GitFaceHost, withGit as run } from './git-face.ts'

const author = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000, timezoneOffset: 0 }

function hostOf(disk: MemoryDisk): GitFaceHost {
  return { storage: createMemoryStorage(disk), lock: createLocalLock() }
}

async function withGit<T>(host: GitFaceHost, work: (face: GitFace) => Promise<T>): Promise<T> {
  return (await run(host, work)).result
}

async function commitFile(face: GitFace, text: string, ref = 'refs/heads/main'): Promise<string> {
  const blob = await git.writeBlob({ ...face, blob: new TextEncoder().encode(text) })
  const tree = await git.writeTree({
    ...face,
    tree: [{ mode: '100644', path: 'a.txt', oid: blob, type: 'blob' }],
  })
  return git.commit({ ...face, ref, tree, message: text, author })
}

it('isomorphic-git commits, branches, tags, logs and merges through the face; everything is there after reopening', async () => {
  const disk = createMemoryDisk()
  const oid = await withGit(hostOf(disk), async (face) => {
    await commitFile(face, 'one')
    await git.branch({ ...face, ref: 'draft' })
    await git.tag({ ...face, ref: 'v1' })
    return commitFile(face, 'two')
  })
  await withGit(hostOf(disk), async (face) => {
    expect(await git.resolveRef({ ...face, ref: 'HEAD' })).toBe(oid)
    const log = await git.log({ ...face, ref: 'main' })
    expect(log.map(({ commit }) => commit.message.trim())).toEqual(['two', 'one'])
    expect(await git.listBranches(face)).toEqual(['draft', 'main'])
    expect(await git.listTags(face)).toEqual(['v1'])
    await git.deleteBranch({ ...face, ref: 'draft' })
    await git.branch({ ...face, ref: 'behind', object: 'v1' })
    const merged = await git.merge({ ...face, ours: 'behind', theirs: 'main', author })
    expect(merged.fastForward).toBe(true)
  })
  const state = await createMemoryStorage(disk).readState()
  expect(state.refs.map(({ name }) => name)).toEqual([
    'HEAD',
    'refs/heads/behind',
    'refs/heads/main',
    'refs/tags/v1',
  ])
  expect(state.packs).toHaveLength(1)
})

it('A callback that throws leaves nothing, and one that writes nothing writes nothing', async () => {
  const disk = createMemoryDisk()
  const host = hostOf(disk)
  const failing = withGit(host, async (face) => {
    await commitFile(face, 'lost')
    throw new Error('given up')
  })
  await expect(failing).rejects.toThrow('given up')
  await withGit(host, async () => {})
  const state = await createMemoryStorage(disk).readState()
  expect([state.packs, state.refs]).toEqual([[], []])
})

it('The k-th storage call fails: nothing of the callback is stored, or all of it', async () => {
  for (const how of ['fail', 'crash', 'crash-after'] as const) {
    for (let k = 1, done = false; !done; k++) {
      const disk = createMemoryDisk()
      const storage = failAt(createMemoryStorage(disk), k, how)
      const run = async (): Promise<void> => {
        await withGit({ storage, lock: createLocalLock() }, async (face) => {
          await commitFile(face, 'one')
        })
      }
      done = await run().then(
        () => true,
        () => false,
      )
      const state = await createMemoryStorage(disk).readState()
      expect([0, 2]).toContain(state.refs.length)
      expect(state.packs.length * 2).toBe(state.refs.length)
    }
  }
})

it('After a failed store the same callback can run again, and stores all of its objects', async () => {
  const disk = createMemoryDisk()
  const host = hostOf(disk)
  const lock = createLocalLock()
  const once = (storage: GitFaceHost['storage']): Promise<string> =>
    withGit({ ...host, storage, lock }, (face) => commitFile(face, 'one'))
  await expect(once({ ...host.storage, commit: failAt(host.storage, 1, 'fail').commit })).rejects.toThrow(
    'fault',
  )
  const oid = await once(host.storage)
  await withGit(hostOf(disk), async (face) => {
    const { commit } = await git.readCommit({ ...face, oid })
    expect((await git.readTree({ ...face, oid: commit.tree })).tree).toHaveLength(1)
  })
})

it('Refs that cannot be kept are refused with a code, and nothing of the callback is stored', async () => {
  const disk = createMemoryDisk()
  const head = await withGit(hostOf(disk), (face) => commitFile(face, 'one'))
  const refused = async (work: (face: GitFace) => Promise<unknown>): Promise<unknown> => {
    const error = await withGit(hostOf(disk), work).catch(({ code }: { code: string }) => code)
    const { refs, packs } = await createMemoryStorage(disk).readState()
    expect([refs.find(({ name }) => name === 'refs/heads/main')?.value, packs.length]).toEqual([head, 1])
    return error
  }
  const nowhere = 'a'.repeat(40)
  const set = (face: GitFace, value: string): Promise<void> =>
    git.writeRef({ ...face, ref: 'refs/heads/main', value, force: true })
  const entry = (type: 'blob' | 'tree'): git.TreeEntry => ({
    mode: type === 'tree' ? '040000' : '100644',
    path: 'x',
    oid: nowhere,
    type,
  })

  expect(await refused((face) => set(face, nowhere))).toBe('git/object-missing')
  for (const type of ['blob', 'tree'] as const) {
    const hollow = async (face: GitFace): Promise<unknown> => {
      const below = await git.writeTree({ ...face, tree: [entry(type)] })
      const tree = await git.writeTree({ ...face, tree: [{ ...entry('tree'), oid: below }] })
      return git.commit({ ...face, ref: 'refs/heads/main', tree, message: 'hollow', author })
    }
    expect(await refused(hollow)).toBe('git/object-missing')
  }
  const orphan = async (face: GitFace): Promise<unknown> => {
    const { commit } = await git.readCommit({ ...face, oid: head })
    const options = { message: 'orphan', author, tree: commit.tree, parent: [nowhere] }
    return git.commit({ ...face, ref: 'refs/heads/main', ...options })
  }
  expect(await refused(orphan)).toBe('git/object-missing')
  const toTree = async (face: GitFace): Promise<void> =>
    set(face, (await git.readCommit({ ...face, oid: head })).commit.tree)
  expect(await refused(toTree)).toBe('git/object-type')
  const write = (face: GitFace, path: string, text: string): Promise<void> =>
    face.fs.promises.writeFile(`${face.gitdir}/${path}`, text)
  expect(await refused((face) => write(face, 'refs/heads/main', 'not an id'))).toBe('git/bad-ref-name')
  expect(await refused((face) => write(face, 'refs/heads/main.lock', head))).toBe('git/bad-ref-name')
  const loose = async (face: GitFace): Promise<void> => {
    await face.fs.promises.mkdir(`${face.gitdir}/objects/aa`)
    await write(face, `objects/aa/${'a'.repeat(38)}`, 'no zlib stream')
  }
  expect(await refused(loose)).toBe('git/object-corrupt')
})

it('A shallow boundary may cut history off, and moves back only when the commits behind it have come', async () => {
  const from = createMemoryDisk()
  const [first, second] = await withGit(hostOf(from), async (face) => [
    await commitFile(face, 'one'),
    await commitFile(face, 'two'),
  ])
  const packOf = (oid: string): Promise<Uint8Array> =>
    withGit(hostOf(from), async (face) => {
      const { commit } = await git.readCommit({ ...face, oid })
      const { tree } = await git.readTree({ ...face, oid: commit.tree })
      const oids = [oid, commit.tree, ...tree.map((entry) => entry.oid)]
      return (await git.packObjects({ ...face, oids })).packfile as Uint8Array
    })
  const disk = createMemoryDisk()
  const receive = async (face: GitFace, oid: string): Promise<void> =>
    face.fs.promises.writeFile(`${face.gitdir}/objects/pack/pack-${oid}.pack`, await packOf(oid))
  const setShallow = (face: GitFace, text: string): Promise<void> =>
    face.fs.promises.writeFile(`${face.gitdir}/shallow`, text)
  await createMemoryStorage(disk).commit({ writes: [{ kind: 'setMeta', key: 'history', value: 'full' }] })

  await withGit(hostOf(disk), async (face) => {
    await receive(face, second)
    await setShallow(face, `${second}\n`)
    await git.writeRef({ ...face, ref: 'refs/heads/main', value: second })
  })
  const state = await createMemoryStorage(disk).readState()
  expect(state.refs.find(({ name }) => name === 'shallow')?.value).toBe(second)
  expect(state.meta.get('history')).toBeUndefined()
  await withGit(hostOf(disk), async (face) => expect(await git.log({ ...face, ref: 'main' })).toHaveLength(1))
  const tooEarly = withGit(hostOf(disk), (face) => setShallow(face, ''))
  await expect(tooEarly).rejects.toMatchObject({ code: 'git/object-missing', data: { oid: first } })
  await withGit(hostOf(disk), async (face) => {
    await receive(face, first)
    await setShallow(face, '')
  })
  await withGit(hostOf(disk), async (face) => expect(await git.log({ ...face, ref: 'main' })).toHaveLength(2))
})

it('A branch that was forced or deleted keeps its commits in the reflog', async () => {
  const disk = createMemoryDisk()
  const [first, second] = await withGit(hostOf(disk), async (face) => {
    const oids = [await commitFile(face, 'one'), await commitFile(face, 'two')]
    await git.branch({ ...face, ref: 'draft' })
    return oids
  })
  await withGit(hostOf(disk), async (face) => {
    await git.writeRef({ ...face, ref: 'refs/heads/main', value: first as string, force: true })
    await git.deleteBranch({ ...face, ref: 'draft' })
  })
  const reflog = async (ref: string): Promise<unknown> =>
    (await createMemoryStorage(disk).readReflog(ref)).map(({ entry }) => entry)
  const none = '0'.repeat(40)
  expect(await reflog('refs/heads/main')).toMatchObject([
    { oldOid: none, newOid: second },
    { oldOid: second, newOid: first },
  ])
  expect(await reflog('refs/heads/draft')).toMatchObject([
    { oldOid: none, newOid: second },
    { oldOid: second, newOid: none },
  ])
})

it('A pack that was received and indexed, as a fetch does, is kept; so is the configuration', async () => {
  const from = hostOf(createMemoryDisk())
  const sent = await withGit(from, async (face) => {
    const oid = await commitFile(face, 'one')
    const { commit } = await git.readCommit({ ...face, oid })
    const { tree } = await git.readTree({ ...face, oid: commit.tree })
    const oids = [oid, commit.tree, ...tree.map((entry) => entry.oid)]
    return { oid, pack: await git.packObjects({ ...face, oids }) }
  })
  const disk = createMemoryDisk()
  await withGit(hostOf(disk), async (face) => {
    const path = `objects/pack/${sent.pack.filename}`
    await face.fs.promises.writeFile(`${face.gitdir}/${path}`, sent.pack.packfile as Uint8Array)
    await git.indexPack({ ...face, dir: face.gitdir, filepath: path })
    await git.writeRef({ ...face, ref: 'refs/heads/main', value: sent.oid })
    await git.addRemote({ ...face, remote: 'origin', url: 'https://ada:token@git.example.com/x.git' })
  })
  await withGit(hostOf(disk), async (face) => {
    expect((await git.log({ ...face, ref: 'HEAD' })).map(({ oid }) => oid)).toEqual([sent.oid])
    expect(await git.listRemotes(face)).toEqual([{ remote: 'origin', url: 'https://git.example.com/x.git' }])
  })
  expect((await createMemoryStorage(disk).readState()).packs).toHaveLength(1)
})
