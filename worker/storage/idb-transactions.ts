import type { IDBPTransaction } from 'idb'
import {
  type BatchPlan,
  type BatchView,
  type Change,
  namesInBatch,
  planBatch,
  type PreparedBatch,
} from './batch-plan.ts'
import { ended } from './idb-ended.ts'
import { openStrict } from './idb-strict.ts'
import {
  batchStores,
  type LogHead,
  type StoreDatabase,
  type StoreName,
  type StoreSchema,
  type SystemRow,
} from './idb-schema.ts'
import { notCloneable, segmentsIncomplete, systemRowMissing } from './storage-errors.ts'
import type { BatchOutcome, PackRow } from './storage.ts'

/** Who asks, and which of its batches this is: written with the batch, so that a replay can tell it landed. */
export interface BatchIdentity {
  readonly instance: string
  readonly batch: number
}

type BatchTransaction = IDBPTransaction<StoreSchema, StoreName[], 'readwrite'>

/**
 * Applies a prepared batch in the acknowledging transaction: it is strict, its bytes are ready, nothing but IndexedDB
 * requests is awaited inside, and it is acknowledged by `complete`.
 * A replay first looks whether its batch landed before the connection died.
 */
export async function applyBatch(
  db: StoreDatabase,
  batch: PreparedBatch,
  identity: BatchIdentity,
  isReplay: boolean,
): Promise<BatchOutcome> {
  const names = namesInBatch(batch)
  const tx: BatchTransaction = openStrict(db, [...batchStores])
  const requests: Promise<unknown>[] = []
  const track = (request: Promise<unknown>): void => void requests.push(request)
  try {
    const landed = tx.objectStore('landed')
    if (isReplay) {
      const row = await landed.get(identity.instance)
      if (row?.batch === identity.batch) {
        track(landed.put(row)) // a write, so that this transaction too reaches the disk before we answer
        await ended(tx, requests)
        return row.outcome
      }
    }
    const view = await readView(tx, names)
    const plan = planBatch(batch, view)
    if (!plan.ok) {
      await ended(tx, requests)
      return plan.outcome
    }
    for (const change of plan.changes) if (change.kind === 'putPack') await checkSegments(tx, change.row)
    for (const change of plan.changes) writeChange(tx, change, track)
    for (const head of trimmedHeads(plan, view)) track(tx.objectStore('journalHeads').put(head))
    track(landed.put({ ...identity, outcome: plan.outcome, atMs: Date.now() }))
    tx.commit()
    await ended(tx, requests)
    return plan.outcome
  } catch (error) {
    for (const request of [...requests, tx.done]) request.catch(() => {}) // `error` speaks for all of them
    abort(tx)
    if (error instanceof DOMException && error.name === 'DataCloneError') throw notCloneable(error)
    throw error
  }
}

async function readView(tx: BatchTransaction, names: ReturnType<typeof namesInBatch>): Promise<BatchView> {
  const [system, refs, journalHeads, journal, reflogHeads] = await Promise.all([
    tx.objectStore('system').get('epoch'),
    Promise.all([...names.refs].map((name) => tx.objectStore('refs').get(name))),
    Promise.all([...names.journalScopes].map((scope) => tx.objectStore('journalHeads').get(scope))),
    Promise.all([...names.journalScopes].map((scope) => lastRow(tx, scope))),
    Promise.all([...names.reflogScopes].map((scope) => tx.objectStore('reflogHeads').get(scope))),
  ])
  return {
    epoch: epochOf(system),
    refs: new Map(refs.flatMap((row) => (row ? [[row.name, row] as const] : []))),
    journalSeqs: seqsOf([...journalHeads, ...journal]),
    reflogSeqs: seqsOf(reflogHeads),
  }
}

/** The numbers given out last, of the scopes that have one: heads, and rows of the journal, which go on from its heads. */
export function seqsOf(heads: readonly (LogHead | undefined)[]): Map<string, number> {
  return new Map(heads.flatMap((row) => (row ? [[row.scope, row.seq] as const] : [])))
}

/** The place of the journal's last entry of a scope. */
async function lastRow(tx: BatchTransaction, scope: string): Promise<LogHead | undefined> {
  const cursor = await tx
    .objectStore('journal')
    .openKeyCursor(rowsOf(scope, 1, Number.POSITIVE_INFINITY), 'prev')
  return cursor ? { scope, seq: cursor.key[1] } : undefined
}

/** The heads of journals of which entries go: nothing else tells then which numbers were given out. */
function* trimmedHeads(
  { changes, outcome }: BatchPlan & { ok: true },
  { journalSeqs }: BatchView,
): Iterable<LogHead> {
  for (const change of changes) {
    if (change.kind !== 'trim' || change.log !== 'journal') continue
    const seq = outcome.journalSeqs.get(change.scope) ?? journalSeqs.get(change.scope)
    if (seq !== undefined) yield { scope: change.scope, seq }
  }
}

/** The epoch's number. Throws `storage/corrupt` where the row is damaged. */
export function epochOf(row: SystemRow | undefined): number {
  if (typeof row?.value === 'number') return row.value
  throw systemRowMissing('epoch')
}

async function checkSegments(tx: BatchTransaction, row: PackRow): Promise<void> {
  if (row.segmentCount === 0) return
  const found = await tx.objectStore('segments').count(segmentsOf(row.id, row.segmentCount))
  if (found < row.segmentCount) throw segmentsIncomplete(row.id, row.segmentCount, found)
}

function writeChange(tx: BatchTransaction, change: Change, track: (request: Promise<unknown>) => void): void {
  switch (change.kind) {
    case 'putPack':
      return track(tx.objectStore('packs').put(change.row))
    case 'deletePack':
      track(tx.objectStore('segments').delete(segmentsOf(change.id)))
      return track(tx.objectStore('packs').delete(change.id))
    case 'putRef':
      return track(tx.objectStore('refs').put(change.row))
    case 'append': {
      const { scope, seq } = change.row
      track(tx.objectStore(change.log).put(change.row))
      if (change.log === 'reflog') track(tx.objectStore('reflogHeads').put({ scope, seq }))
      return
    }
    case 'trim':
      return track(tx.objectStore(change.log).delete(rowsOf(change.scope, 1, change.through)))
    case 'putMeta':
      return track(tx.objectStore('meta').put({ key: change.key, value: change.value }))
    case 'deleteMeta':
      return track(tx.objectStore('meta').delete(change.key))
    case 'setEpoch':
      return track(tx.objectStore('system').put({ key: 'epoch', value: change.value }))
  }
}

function abort(tx: BatchTransaction): void {
  try {
    tx.abort()
  } catch {
    // It had ended already.
  }
}

/** The keys of a pack's segments, or of its first `count`. */
export function segmentsOf(pack: string, count: number = Number.POSITIVE_INFINITY): IDBKeyRange {
  return IDBKeyRange.bound([pack, 0], [pack, count], false, true)
}

/** The keys of a log's rows of one scope, both ends included. */
export function rowsOf(scope: string, from: number, through: number): IDBKeyRange {
  return from > through ? nothing(scope) : IDBKeyRange.bound([scope, from], [scope, through])
}

// A range must not be empty (`bound` throws), so this one names a row that never exists: numbers start at 1.
function nothing(scope: string): IDBKeyRange {
  return IDBKeyRange.only([scope, 0])
}
