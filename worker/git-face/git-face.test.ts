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

it('A ref to an object that nobody wrote is refused', async () => {
  const host = hostOf(createMemoryDisk())
  const setting = withGit(host, (face) =>
    git.writeRef({ ...face, ref: 'refs/heads/main', value: 'a'.repeat(40), force: true }),
  )
  await expect(setting).rejects.toMatchObject({ code: 'git/object-missing' })
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
