import { mkdir, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { IdentityInput } from '../objects/identity.ts'
import { formatIdentity } from '../objects/identity.ts'
import type { GitFolders } from './node-folder.ts'
import { findGitFolders, hasCode, isMissing, readText } from './node-folder.ts'
import type { NodeObjects } from './node-objects.ts'
import { createNodeObjects } from './node-objects.ts'
import { parsePackedRefs, readReflogFile, readRefs, readRefValue, refFile, reflogFile } from './node-refs.ts'
import type { NewObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { isOid, oidFromBytes, zeroOid } from '../objects/oid.ts'
import { writePack } from '../packs/pack-writer.ts'
import type { ReflogEntry } from '../refs/reflog.ts'
import { formatReflogLine } from '../refs/reflog.ts'
import type { Refs } from '../refs/refs.ts'
import { assertRefName } from '../refs/refs-name.ts'

/** Someone's repository of native git on this disk. */
export interface NodeRepository {
  readonly folders: GitFolders
  readonly objects: NodeObjects
  readRefs(): Promise<Refs>
  readReflog(ref: string): Promise<readonly ReflogEntry[]>
  /**
   * Stores new objects as one pack, durably, then moves refs one after another under git's own locks. Throws
   * `git/ref-moved` when a ref has another value than `oldValue` (refs before it in the list have moved:
   * several refs are ordered, not atomic) and `storage/locked` when another git process holds a lock.
   */
  write(update: RepositoryUpdate): Promise<void>
  close(): Promise<void>
}

/** Objects to store and refs to move. */
export interface RepositoryUpdate {
  readonly objects: readonly NewObject[]
  readonly refs: readonly RefUpdate[]
  /** Who moves the refs, for their reflogs. */
  readonly committer: IdentityInput
  readonly message: string
}

/** One move of a ref. Values are object ids or `ref: …`; null stands for "does not exist". */
export interface RefUpdate {
  readonly name: string
  readonly oldValue: string | null
  readonly newValue: string | null
}

/** Opens the repository at a path: a working tree, a `.git` folder or file, or a bare repository. */
export async function openNodeRepository(path: string): Promise<NodeRepository> {
  const folders = await findGitFolders(path)
  const objects = createNodeObjects(folders.objectDirs)
  return {
    folders,
    objects,
    readRefs: () => readRefs(folders),
    readReflog: (ref) => readReflogFile(folders, ref),
    async write({ objects: added, refs, committer, message }) {
      const identity = formatIdentity(committer)
      for (const { name } of refs) if (name !== 'HEAD') assertRefName(name)
      const fresh: NewObject[] = []
      for (const object of added) if (!(await objects.has(object.oid))) fresh.push(object)
      if (fresh.length > 0) await writePackFiles(folders.objectDirs[0] as string, fresh) // our own is always there
      for (const update of refs) await moveRef(folders, update, identity, message)
    },
    close: () => objects.close(),
  }
}

/** Writes one complete pack with its index: both durable before the index makes them visible. */
async function writePackFiles(objectDir: string, objects: readonly NewObject[]): Promise<void> {
  // A pack on disk must be complete: deltas only against bases in it.
  const own = new Set(objects.map(({ oid }) => oid))
  const complete = objects.map(({ oid, type, bytes, delta }) =>
    delta !== undefined && own.has(delta.base) ? { oid, type, bytes, delta } : { oid, type, bytes },
  )
  const { buffer, index, packHash } = writePack(complete, { compress: true })
  const folder = join(objectDir, 'pack')
  await mkdir(folder, { recursive: true })
  const name = join(folder, `pack-${oidFromBytes(packHash)}`)
  const pieces: Uint8Array[] = []
  for (let i = 0; i < buffer.segmentCount(); i++)
    pieces.push(buffer.segmentContent(i) ?? (await buffer.load(i)))
  await writeDurably(`${name}.pack`, pieces, folder)
  await writeDurably(`${name}.idx`, [index], folder)
  await syncFolder(folder)
}

async function writeDurably(path: string, pieces: readonly Uint8Array[], folder: string): Promise<void> {
  // git's own prefix: its gc removes what a crash leaves behind.
  const temporary = join(folder, `tmp_espalier_${process.pid}_${Math.random().toString(36).slice(2)}`)
  const file = await open(temporary, 'wx', 0o444)
  try {
    for (const piece of pieces) await file.writeFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders; there the rename is durable by itself as far as Node can tell.
  const folder = await open(path, 'r').catch(() => null)
  if (folder === null) return
  await folder.sync().catch(() => undefined)
  await folder.close()
}

async function moveRef(
  folders: GitFolders,
  { name, oldValue, newValue }: RefUpdate,
  identity: string,
  message: string,
): Promise<void> {
  const path = refFile(folders, name)
  const lock = await takeLock(path, name)
  let done = false
  try {
    const present = await readRefValue(folders, name)
    if (present !== oldValue) {
      throw new EspalierError(
        'git/ref-moved',
        `${name} is at ${present ?? 'nothing'}, not at ${oldValue ?? 'nothing'}. Read the repository again.`,
        { data: { ref: name, expected: oldValue, actual: present } },
      )
    }
    if (newValue === null) {
      await deletePackedRef(folders, name)
      await unlink(path).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
      await rm(reflogFile(folders, name), { force: true })
    } else {
      if (oldValue === null) await refuseNeighbours(folders, name)
      await lock.file.writeFile(`${newValue}\n`)
      await lock.file.sync()
      await lock.file.close()
      await appendReflog(folders, name, oldValue, newValue, identity, message)
      // Folders that deleted refs left behind would be in the way.
      await removeEmptyFolders(path)
      await rename(lock.path, path)
      done = true
    }
    await syncFolder(dirname(path))
  } finally {
    if (!done) {
      await lock.file.close().catch(() => undefined)
      await unlink(lock.path).catch(() => undefined)
    }
  }
}

/** Removes a folder that holds nothing but folders; anything else stays (rmdir takes only empty folders). */
async function removeEmptyFolders(path: string): Promise<void> {
  const rows = await readdir(path, { withFileTypes: true }).catch(() => null)
  if (rows === null) return
  for (const row of rows) if (row.isDirectory()) await removeEmptyFolders(join(path, row.name))
  await rmdir(path).catch(() => undefined)
}

interface Lock {
  readonly path: string
  readonly file: Awaited<ReturnType<typeof open>>
}

async function takeLock(path: string, name: string): Promise<Lock> {
  const lockPath = `${path}.lock`
  try {
    await mkdir(dirname(path), { recursive: true })
    return { path: lockPath, file: await open(lockPath, 'wx') }
  } catch (error) {
    if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOTDIR')) {
      const held = hasCode(error, 'EEXIST') && (await readText(lockPath)) !== null
      throw new EspalierError(
        held ? 'storage/locked' : 'git/ref-exists',
        held
          ? `Another git process holds ${lockPath}. Wait for it, or delete the file when no git runs.`
          : `${name} cannot be made: a ref stands where its folder is needed. Choose another name.`,
        { data: { ref: name }, cause: error },
      )
    }
    throw error
  }
}

/** `a` and `a/b` cannot both be refs, also where one of them is packed. */
async function refuseNeighbours(folders: GitFolders, name: string): Promise<void> {
  const refs = await readRefs(folders)
  for (const other of refs.list()) {
    if (!other.name.startsWith(`${name}/`) && !name.startsWith(`${other.name}/`)) continue
    throw new EspalierError(
      'git/ref-exists',
      `${name} cannot be made beside ${other.name}. Choose another name.`,
      {
        data: { ref: name, other: other.name },
      },
    )
  }
}

async function deletePackedRef(folders: GitFolders, name: string): Promise<void> {
  const path = join(folders.commonDir, 'packed-refs')
  const text = (await readText(path)) ?? ''
  if (!parsePackedRefs(text).has(name)) return
  const lock = await takeLock(path, 'packed-refs')
  try {
    const kept: string[] = []
    let dropping = false
    for (const line of ((await readText(path)) ?? '').split('\n')) {
      dropping = line.startsWith('^') ? dropping : line.slice(41) === name
      if (!dropping) kept.push(line)
    }
    await lock.file.writeFile(kept.join('\n'))
    await lock.file.sync()
    await lock.file.close()
    await rename(lock.path, path)
  } catch (error) {
    await lock.file.close().catch(() => undefined)
    await unlink(lock.path).catch(() => undefined)
    throw error
  }
}

async function appendReflog(
  folders: GitFolders,
  name: string,
  oldValue: string | null,
  newValue: string,
  committer: string,
  message: string,
): Promise<void> {
  const oidOf = async (value: string | null): Promise<Oid | null> => {
    if (value === null) return zeroOid
    return isOid(value) ? value : (await readRefs(folders)).oid(value.slice('ref: '.length))
  }
  const [oldOid, newOid] = [await oidOf(oldValue), await oidOf(newValue)]
  if (oldOid === null || newOid === null) return
  const line = `${formatReflogLine({ oldOid, newOid, committer, message: message.replace(/\s+/g, ' ').trim() })}\n`
  const head = await readRefValue(folders, 'HEAD')
  // git logs a branch's move under HEAD too while HEAD names it.
  for (const ref of head === `ref: ${name}` ? [name, 'HEAD'] : [name]) {
    const path = reflogFile(folders, ref)
    const wanted = folders.logsRefs && /^(?:HEAD$|refs\/(?:heads|remotes|notes)\/)/.test(ref)
    if (!wanted && (await readText(path)) === null) continue
    await removeEmptyFolders(path)
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a')
    try {
      await file.writeFile(line)
      await file.sync()
    } finally {
      await file.close()
    }
  }
}
