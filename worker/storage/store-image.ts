import { type BatchView, type Change, type LogName, type StoredRef } from './batch-plan.ts'
import type { LogRow, PackRow, RefRow, StorageState } from './storage.ts'

/** A whole store as maps: what the memory store is, and what the Node store replays its log into. */
export interface StoreImage extends BatchView {
  epoch: number
  readonly packs: Map<string, PackRow>
  readonly refs: Map<string, StoredRef>
  readonly journal: Map<string, LogRow[]>
  readonly journalSeqs: Map<string, number>
  readonly reflog: Map<string, LogRow[]>
  readonly reflogSeqs: Map<string, number>
  readonly meta: Map<string, unknown>
}

export function emptyImage(): StoreImage {
  return {
    epoch: 1,
    packs: new Map(),
    refs: new Map(),
    journal: new Map(),
    journalSeqs: new Map(),
    reflog: new Map(),
    reflogSeqs: new Map(),
    meta: new Map(),
  }
}

/** Applies planned changes. Cannot fail half-way: everything that may throw happened before. */
export function applyChanges(image: StoreImage, changes: readonly Change[]): void {
  for (const change of changes) applyChange(image, change)
}

function applyChange(image: StoreImage, change: Change): void {
  switch (change.kind) {
    case 'putPack':
      image.packs.set(change.row.id, change.row)
      return
    case 'deletePack':
      image.packs.delete(change.id)
      return
    case 'putRef':
      image.refs.set(change.row.name, change.row)
      return
    case 'append':
      append(image, change.log, change.row)
      return
    case 'trim': {
      const log = image[change.log]
      const rows = log.get(change.scope) ?? []
      log.set(
        change.scope,
        rows.filter((row) => row.seq > change.through),
      )
      return
    }
    case 'putMeta':
      image.meta.set(change.key, change.value)
      return
    case 'deleteMeta':
      image.meta.delete(change.key)
      return
    case 'setEpoch':
      image.epoch = change.value
  }
}

function append(image: StoreImage, log: LogName, row: LogRow): void {
  const seqs = log === 'journal' ? image.journalSeqs : image.reflogSeqs
  const rows = image[log].get(row.scope)
  if (rows) rows.push(row)
  else image[log].set(row.scope, [row])
  seqs.set(row.scope, row.seq)
}

/** The state as callers see it. Entries and values are copies, so that no caller can change the store. */
export function readImage(image: StoreImage, knownPacks: ReadonlySet<string> = new Set()): StorageState {
  const packs = sorted([...image.packs.values()], (row) => row.id)
  return {
    epoch: image.epoch,
    packs: packs.filter((row) => !knownPacks.has(row.id)),
    packIds: packs.map((row) => row.id),
    refs: livingRefs([...image.refs.values()]),
    journal: readLog(image, 'journal'),
    journalSeqs: new Map(image.journalSeqs),
    meta: structuredClone(image.meta),
  }
}

/** One log's entries, of one scope after a number, or of all scopes in order. */
export function readLog(image: StoreImage, log: LogName, scope?: string, after = 0): readonly LogRow[] {
  const scopes = scope === undefined ? [...image[log].keys()].sort() : [scope]
  const rows = scopes.flatMap((name) => image[log].get(name) ?? [])
  return structuredClone(rows.filter((row) => row.seq > after))
}

/** Without the rows that only remember a deleted ref's version. In the order of names. */
export function livingRefs(rows: readonly StoredRef[]): readonly RefRow[] {
  const living: RefRow[] = []
  for (const { name, value, version } of rows) if (value !== null) living.push({ name, value, version })
  return sorted(living, (row) => row.name)
}

// The order of IndexedDB keys and of `<` on strings is the same: by UTF-16 code units.
function sorted<T>(rows: readonly T[], keyOf: (row: T) => string): readonly T[] {
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
