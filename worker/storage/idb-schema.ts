import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { LandedBatch } from '../../src/protocol/first-screen.ts'
import type { StoredRef } from './batch-plan.ts'
import type { BatchOutcome, LogRow, PackRow } from './storage.ts'

/**
 * The stored-format version is the IndexedDB version, so that the browser itself refuses an older library
 * (VersionError). A new version adds a step to `upgradeStores` and a fixture that must open for ever.
 */
export const idbFormatVersion = 2

/** The meta value (a `StorageLoss`) of a store that replaces one that was lost. */
export const lossKey = 'lost'

/** The object stores. Version 2 has those of version 1; an older library would give numbers of the journal out twice. */
export interface StoreSchema extends DBSchema {
  packs: { key: string; value: PackRow }
  /** Key: [pack, index]. */
  segments: { key: [string, number]; value: Uint8Array }
  refs: { key: string; value: StoredRef }
  journal: { key: [string, number]; value: LogRow }
  /**
   * The number given out last per scope when entries were last trimmed: it outlives them. Entries that came later have
   * higher ones; an edit is one row less to write, and for Chromium to read again at every start (decision 013).
   */
  journalHeads: { key: string; value: LogHead }
  reflog: { key: [string, number]; value: LogRow }
  /** The number given out last per scope. */
  reflogHeads: { key: string; value: LogHead }
  meta: { key: string; value: MetaRow }
  /** `epoch`, `identity` (which tells this database from one that was deleted and made again), the first screen. */
  system: { key: string; value: SystemRow }
  /** The last batch of each open instance: how a replay sees that its batch had landed. Key: instance. */
  landed: { key: string; value: LandedRow }
}

export interface LogHead {
  readonly scope: string
  readonly seq: number
}

export interface MetaRow {
  readonly key: string
  readonly value: unknown
}

export interface SystemRow {
  readonly key: string
  readonly value: number | string
}

export interface LandedRow extends LandedBatch {
  readonly outcome: BatchOutcome & { ok: true }
  readonly atMs: number
}

export type StoreDatabase = IDBPDatabase<StoreSchema>
export type StoreName = StoreNames<StoreSchema>
type UpgradeTransaction = IDBPTransaction<StoreSchema, StoreName[], 'versionchange'>

/** Every store, for transactions that read the whole state. */
export const stateStores: readonly StateStoreName[] = [
  'packs',
  'refs',
  'journal',
  'journalHeads',
  'meta',
  'system',
  'landed',
]

export type StateStoreName = Exclude<StoreName, 'segments' | 'reflog' | 'reflogHeads'>

/** Every store that a batch may touch. */
export const batchStores: readonly StoreName[] = [...stateStores, 'segments', 'reflog', 'reflogHeads']

/** Brings a database from any older version (0: new) to the present one. */
export function upgradeStores(
  db: StoreDatabase,
  oldVersion: number,
  tx: UpgradeTransaction,
  identity: string,
): void {
  if (oldVersion < 1) {
    db.createObjectStore('packs', { keyPath: 'id' })
    db.createObjectStore('segments')
    db.createObjectStore('refs', { keyPath: 'name' })
    db.createObjectStore('journal', { keyPath: ['scope', 'seq'] })
    db.createObjectStore('journalHeads', { keyPath: 'scope' })
    db.createObjectStore('reflog', { keyPath: ['scope', 'seq'] })
    db.createObjectStore('reflogHeads', { keyPath: 'scope' })
    db.createObjectStore('meta', { keyPath: 'key' })
    db.createObjectStore('system', { keyPath: 'key' })
    db.createObjectStore('landed', { keyPath: 'instance' })
    const system = tx.objectStore('system')
    void system.put({ key: 'epoch', value: 1 })
    void system.put({ key: 'identity', value: identity })
  }
}
