import LightningFS from '@isomorphic-git/lightning-fs'
import { unzlibSync } from 'fflate'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { NewObject, ObjectType } from '../git/object.ts'
import type { ObjectStore } from '../git/object-store.ts'
import { isOid, type Oid, oidToBytes } from '../git/oid.ts'
import { readPackIndex } from '../git/pack-index.ts'
import { hashObject } from '../git/sha1.ts'
import type { RepositoryLock } from '../storage/lock.ts'
import type { PackRow, Requirement, Storage, Write } from '../storage/storage.ts'
import { createLightningBackend } from './lightning-backend.ts'
import { configKey, gitdir, newHead, refsOfFiles, repositoryFiles } from './repository-files.ts'
import type { VirtualFiles } from './virtual-files.ts'

/** What a callback gets: pass all three to isomorphic-git's functions. */
export interface GitFace {
  readonly fs: LightningFS
  readonly gitdir: string
  readonly cache: object
}

/** The repository behind the face. */
export interface GitFaceHost {
  readonly storage: Storage
  readonly store: ObjectStore
  readonly lock: RepositoryLock
}

/**
 * Gives a callback the repository as a standard bare one, for isomorphic-git. It holds the writer lock; what the
 * callback writes stays in memory and is stored as one transaction when it resolves, not at all when it throws.
 * Throws what the callback throws, `git/object-corrupt`, `git/object-missing`, `git/pack-corrupt`, `git/ref-moved`
 * and `storage/*`.
 */
export function withGit<T>(
  host: GitFaceHost,
  work: (face: GitFace) => Promise<T>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  return host.lock.exclusive(async () => {
    const { storage, store } = host
    const state = await storage.readState()
    await store.refresh()
    const files = repositoryFiles(state, store)
    // Its types do not know the option that its README documents.
    const face = { backend: createLightningBackend(files) } as unknown as LightningFS.Options
    const result = await work({ fs: new LightningFS('espalier', face), gitdir, cache: {} })
    const before = new Map(state.refs.map(({ name, value }) => [name, value]))
    await storeChanges(host, files, before, state.epoch)
    return result
  }, options)
}

async function storeChanges(
  { storage, store }: GitFaceHost,
  files: VirtualFiles,
  before: ReadonlyMap<string, string>,
  epoch: number,
): Promise<void> {
  const packs = await newPacks(files, store)
  const after = new Map(await refsOfFiles(files))
  const indexes = packs.map((row) => readPackIndex(row.index))
  const holds = (oid: Oid): boolean =>
    store.has(oid) || indexes.some((index) => index.find(oidToBytes(oid), 0) >= 0)
  const require: Requirement[] = [{ kind: 'epoch', value: epoch }]
  const writes: Write[] = packs.map((row) => ({ kind: 'putPack', row }))
  const isUntouched = after.get('HEAD') === newHead && after.size === 1 && packs.length === 0
  if (before.size === 0 && isUntouched) after.delete('HEAD')
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name) ?? null, after.get(name) ?? null]
    if (was === is) continue
    if (is !== null && isOid(is) && !holds(is)) throw missing(name, is)
    require.push({ kind: 'ref', name, value: was })
    writes.push({ kind: 'setRef', name, value: is })
  }
  const config = files.below(gitdir).find(({ path, isNew }) => isNew && path === `${gitdir}/config`)
  if (config) {
    writes.push({
      kind: 'setMeta',
      key: configKey,
      value: withoutUserInfo(new TextDecoder().decode(await files.read(config.path))),
    })
  }
  if (writes.length === 0) return
  const outcome = await storage.commit({ require, writes })
  if (!outcome.ok) {
    throw new EspalierError('git/ref-moved', 'The repository changed while the callback ran: run it again.', {
      data: { failed: outcome.failed, actual: outcome.actual },
    })
  }
  for (const row of packs) store.adopt(row) // not before: an object that was not stored must not count as there
}

/** The rows of everything that the callback wrote: received packs as they are, loose objects as one more pack. */
async function newPacks(files: VirtualFiles, store: ObjectStore): Promise<readonly PackRow[]> {
  const rows: PackRow[] = []
  const objects: NewObject[] = []
  for (const { path, isNew } of files.below(`${gitdir}/objects`)) {
    if (!isNew) continue
    const [, head, tail] = /\/objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/.exec(path) ?? []
    if (head && tail) objects.push(parseLoose(path, `${head}${tail}` as Oid, await files.read(path))) // 40 hex digits
    if (!path.endsWith('.pack')) continue
    const ingest = store.ingest()
    await ingest.write(await files.read(path))
    const row = await ingest.finish()
    if (row) rows.push(row)
  }
  if (objects.some(({ oid }) => !store.has(oid))) rows.push(await store.pack(objects))
  return rows
}

function parseLoose(path: string, oid: Oid, deflated: Uint8Array): NewObject {
  const bytes = unzlibSync(deflated)
  const end = bytes.indexOf(0)
  const [type] = new TextDecoder().decode(bytes.subarray(0, end)).split(' ', 1) as [ObjectType] // the id covers it
  const content = bytes.slice(end + 1)
  if (hashObject(type, content) === oid) return { oid, type, bytes: content }
  throw new EspalierError(
    'git/object-corrupt',
    `The loose object ${path} does not have the content of its name.`,
    {
      data: { oid },
    },
  )
}

/** A token in a remote's address must never be stored. */
function withoutUserInfo(config: string): string {
  return config.replaceAll(/(\w:\/\/)[^/\s]*@/g, '$1')
}

function missing(ref: string, oid: Oid): EspalierError {
  return new EspalierError(
    'git/object-missing',
    `${ref} was set to ${oid}, which is in no pack: write it first.`,
    {
      data: { ref, oid },
    },
  )
}
