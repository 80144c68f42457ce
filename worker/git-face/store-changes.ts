import { EspalierError } from '../../src/protocol/errors.ts'
import { parseCommitLinks } from '../git/objects/commit.ts'
import type { ObjectStore } from '../git/packs/object-store.ts'
import { isOid, type Oid, oidToBytes } from '../git/objects/oid.ts'
import { reflogWrite } from '../git/refs/reflog.ts'
import { createRefs } from '../git/refs/refs.ts'
import { isRefName } from '../git/refs/refs-name.ts'
import type { Requirement, Storage, StorageState, Write } from '../storage/storage.ts'
import { checkClosure, type Needed } from './check-closure.ts'
import { configKey, gitdir, newHead, refsOfFiles } from './repository-files.ts'
import type { VirtualFiles } from './virtual-files.ts'
import { writtenPacks } from './written-packs.ts'

/** The repository as it was when the callback began. */
export interface GitFaceBase {
  readonly storage: Storage
  readonly store: ObjectStore
  readonly state: StorageState
}

/** Who moved a ref, in the reflog: the commit itself says who made it. */
const mover = { name: 'espalier/git', email: 'git@espalier.localhost' }
/** The engine's note that the whole history is here; a fetch with a depth makes it untrue. */
const historyKey = 'history'

/**
 * Stores everything that changed in the files as one batch, and answers the refs that moved. Throws
 * `git/object-missing`, `git/object-type`, `git/object-corrupt`, `git/pack-corrupt`, `git/bad-ref-name`,
 * `git/ref-moved` and `storage/*`; then nothing is stored.
 */
export async function storeChanges(base: GitFaceBase, files: VirtualFiles): Promise<readonly string[]> {
  const { storage, store, state } = base
  const old = store.packs()
  const packs = await writtenPacks(files, store)
  const before = new Map(state.refs.map(({ name, value }) => [name, value]))
  const after = await refsNow(files, before, packs.length > 0)

  const moved = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  )
  const require: Requirement[] = [{ kind: 'epoch', value: state.epoch }]
  const writes: Write[] = packs.map((row) => ({ kind: 'putPack', row }))
  const timestamp = Math.floor(Date.now() / 1000)
  for (const name of moved) {
    const [was, is] = [before.get(name) ?? null, after.get(name) ?? null]
    require.push({ kind: 'ref', name, value: was })
    writes.push({ kind: 'setRef', name, value: is })
    if (!name.startsWith('refs/heads/')) continue
    // So that a branch that was forced or deleted keeps its commits through a compaction.
    writes.push(reflogWrite(name, oidOrNull(was), oidOrNull(is), { ...mover, timestamp }, 'espalier/git'))
  }
  const shallow = { before: shallowOf(before), after: shallowOf(after) }
  if (moved.includes('shallow') && [...shallow.after].some((oid) => !shallow.before.has(oid)))
    writes.push({ kind: 'setMeta', key: historyKey, value: undefined })
  const config = await changedConfig(files)
  if (config !== null) writes.push({ kind: 'setMeta', key: configKey, value: config })
  if (writes.length === 0) return []

  await checkClosure({
    reader: store,
    wasStored: (oid) => old.some(({ index }) => index.find(oidToBytes(oid), 0) >= 0),
    shallow: shallow.after,
    roots: [...refTargets(moved, after), ...(await deepened(store, shallow))],
  })
  const outcome = await storage.commit({ require, writes })
  if (!outcome.ok) {
    throw new EspalierError('git/ref-moved', 'The repository changed while the callback ran: run it again.', {
      data: { failed: outcome.failed, actual: outcome.actual },
    })
  }
  return moved
}

async function refsNow(
  files: VirtualFiles,
  before: ReadonlyMap<string, string>,
  hasPacks: boolean,
): Promise<ReadonlyMap<string, string>> {
  const after = new Map(await refsOfFiles(files))
  const isUntouched = after.size === 1 && after.get('HEAD') === newHead && !hasPacks
  if (before.size === 0 && isUntouched) after.delete('HEAD')
  return after
}

function refTargets(moved: readonly string[], after: ReadonlyMap<string, string>): readonly Needed[] {
  const roots: Needed[] = []
  for (const name of moved) {
    const value = after.get(name)
    if (value === undefined || name === 'shallow') continue
    const target = value.startsWith('ref: ') ? value.slice('ref: '.length) : undefined
    const isValid = isOid(value) || (target !== undefined && isRefName(target))
    if (!isValid || !(name === 'HEAD' || isRefName(name))) throw badRef(name, value)
    if (!isOid(value)) continue
    roots.push({ oid: value, type: /^(HEAD$|refs\/heads\/)/.test(name) ? 'commit' : null, why: name })
  }
  return roots
}

/** Where the shallow boundary went, the commits behind it must have come. */
async function deepened(
  store: ObjectStore,
  shallow: { readonly before: ReadonlySet<Oid>; readonly after: ReadonlySet<Oid> },
): Promise<readonly Needed[]> {
  const parents: Needed[] = []
  for (const oid of shallow.before) {
    if (shallow.after.has(oid) || !store.has(oid)) continue
    for (const parent of parseCommitLinks((await store.read(oid)).bytes).parents)
      parents.push({ oid: parent, type: 'commit', why: `The commit ${oid}` })
  }
  return parents
}

async function changedConfig(files: VirtualFiles): Promise<string | null> {
  const file = files.below(gitdir).find(({ path, isNew }) => isNew && path === `${gitdir}/config`)
  if (file === undefined) return null
  // A token in a remote's address must never be stored.
  return new TextDecoder().decode(await files.read(file.path)).replaceAll(/(\w:\/\/)[^/\s]*@/g, '$1')
}

function shallowOf(refs: ReadonlyMap<string, string>): ReadonlySet<Oid> {
  return createRefs([{ name: 'shallow', value: refs.get('shallow') ?? '' }]).shallow
}

function oidOrNull(value: string | null): Oid | null {
  return value !== null && isOid(value) ? value : null
}

function badRef(name: string, value: string): EspalierError {
  return new EspalierError(
    'git/bad-ref-name',
    `${name} was set to ${JSON.stringify(value.slice(0, 100))}: give a valid name and an object id, or another ref. Nothing was stored.`,
    { data: { name } },
  )
}
