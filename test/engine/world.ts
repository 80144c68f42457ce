import { createNodeEngine, createNodeTabs, type NodeTabs } from '../../worker/node-engine.ts'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { openOver, type OpenOptions } from '../../src/open.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { reachableObjects } from '../../worker/git/history/history-reachable.ts'
import { createObjectStore } from '../../worker/git/packs/object-store.ts'
import { createRefs } from '../../worker/git/refs/refs.ts'
import { zeroOid } from '../../worker/git/objects/oid.ts'
import { reflogEntryOf } from '../../worker/git/refs/reflog.ts'
import { parseJournalEntry } from '../../worker/engine/branches/journal.ts'
import type { Platform } from '../../worker/engine/platform/platform.ts'
import { createMemoryRegistry } from '../../worker/storage/memory-registry.ts'
import { createMemoryStorage, type MemoryDisk } from '../../worker/storage/memory-storage.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import type { GitHost } from '../support/git-host.ts'

/** For tests whose values follow no rules of their collections. */
export const anyValues = { validate: 'off' } as const

export const author = { name: 'Ada', email: 'ada@example.com' }

/** Of a platform whose stores are lost with it: there are none to list. */
export const unlisted: Pick<Platform, 'deleteStorage' | 'storages' | 'registry'> = {
  deleteStorage: async () => {},
  storages: async () => ({ has: () => false, names: [] }),
  registry: createMemoryRegistry,
}

/** Opens a database over a storage of the test's choice, as one tab of `tabs` (a browser of its own unless given). */
export function openOn(
  storage: Storage | (() => Storage),
  url: string,
  options: OpenOptions & { readonly tabs?: NodeTabs } = {},
): Promise<Database> {
  const { tabs = createNodeTabs(), ...rest } = options
  const engine = createNodeEngine({
    openStorage: async () => (typeof storage === 'function' ? storage() : storage),
    tabs,
  })
  return openOver(connectInProcess(engine), url, { author, ...rest })
}

/** What a later process would find: a copy that shares nothing with the disk. */
export function copyDisk(disk: MemoryDisk): MemoryDisk {
  return {
    image: structuredClone(disk.image),
    segments: structuredClone(disk.segments),
    roomBytes: disk.roomBytes,
  }
}

/**
 * Proves that a store is whole without any help: every ref, reflog entry and journal base resolves, and all that
 * they reach (up to the shallow boundary) is there and reads. Throws what is missing. Closes the store.
 */
export async function auditStorage(storage: Storage): Promise<void> {
  const state = await storage.readState()
  const objects = await createObjectStore(storage, state)
  const refs = createRefs(state.refs)
  const roots = new Set(refs.list().map(({ oid }) => oid))
  const head = refs.value('HEAD')
  if (head !== null && refs.head()?.oid === null) throw new Error(`HEAD names ${head}, which does not exist.`)
  for (const row of state.journal) roots.add(parseJournalEntry(row).base)
  for (const { entry } of await storage.readReflog()) {
    const known = reflogEntryOf(entry)
    // A ref that went: what it named is still promised.
    if (known) roots.add(known.newOid === zeroOid ? known.oldOid : known.newOid)
  }
  for (const oid of await reachableObjects(objects, roots, { shallow: refs.shallow })) await objects.read(oid)
  await storage.close()
}

/** {@link auditStorage} of what a later process would find. */
export function auditDisk(disk: MemoryDisk): Promise<void> {
  return auditStorage(createMemoryStorage(disk))
}

/** Everything that an app can see of a database, without ids and times: equal views mean equal states. */
export async function viewOf(db: Database): Promise<unknown> {
  const { collections, issues } = await db.collections()
  const records: Record<string, readonly RecordValue[]> = {}
  for (const { definition } of collections)
    records[definition.id] = (await db.collection(definition.id).all()) as readonly RecordValue[]
  return {
    records,
    issues,
    changes: await db.changes(),
    log: (await db.log()).map(({ message, author: { name } }) => `${name}: ${message}`),
    branches: (await db.branches.list()).map(({ name, oid }) => [name, oid !== null]),
  }
}

/** Fails when a promise neither resolves nor rejects: nothing may hang. */
export async function inTime<T>(what: string, work: Promise<T>, limitMs = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** mulberry32: small, seeded, good enough to choose moments and edits. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A database with its whole history, from a new repository that others may have changed first. */
export async function openHosted(
  host: GitHost,
  name: string,
  files?: Readonly<Record<string, string>>,
  change: (bare: string) => void = () => {},
): Promise<{ readonly db: Database; readonly bare: string }> {
  const { bare, url } = host.make(name, files)
  change(bare)
  return { db: await openOn(createMemoryStorage(), url, { history: 'full', ...anyValues }), bare }
}
