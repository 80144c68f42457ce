import type { Batch, BatchOutcome, LogRow, PackRow, Requirement } from './storage.ts'

/** A ref as it is stored: a deleted one keeps its row, so that its version goes on counting. */
export interface StoredRef {
  readonly name: string
  readonly value: string | null
  readonly version: number
}

/** What a plan needs to know of the store. Names that are absent do not exist yet. */
export interface BatchView {
  readonly epoch: number
  readonly refs: ReadonlyMap<string, StoredRef>
  readonly journalSeqs: ReadonlyMap<string, number>
  readonly reflogSeqs: ReadonlyMap<string, number>
}

/** One row to change. A list of them is decided once and can be applied twice with the same result. */
export type Change =
  | { readonly kind: 'putPack'; readonly row: PackRow }
  | { readonly kind: 'deletePack'; readonly id: string }
  | { readonly kind: 'putRef'; readonly row: StoredRef }
  | { readonly kind: 'append'; readonly log: LogName; readonly row: LogRow }
  | { readonly kind: 'trim'; readonly log: LogName; readonly scope: string; readonly through: number }
  | { readonly kind: 'putMeta'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'deleteMeta'; readonly key: string }
  | { readonly kind: 'setEpoch'; readonly value: number }

export type LogName = 'journal' | 'reflog'

export type BatchPlan =
  | { readonly ok: true; readonly changes: readonly Change[]; readonly outcome: BatchOutcome & { ok: true } }
  | { readonly ok: false; readonly outcome: BatchOutcome & { ok: false } }

/** The rows a plan depends on, so that a store can read just these. */
export interface BatchNames {
  readonly refs: ReadonlySet<string>
  readonly journalScopes: ReadonlySet<string>
  readonly reflogScopes: ReadonlySet<string>
}

/** A batch whose bytes stand alone, see {@link prepareBatch}. */
export type PreparedBatch = Required<Batch>

/** Names what {@link planBatch} will ask its view for. */
export function namesInBatch(batch: PreparedBatch): BatchNames {
  const refs = new Set<string>()
  const journalScopes = new Set<string>()
  const reflogScopes = new Set<string>()
  for (const requirement of batch.require) {
    if (requirement.kind === 'ref') refs.add(requirement.name)
    if (requirement.kind === 'journal') journalScopes.add(requirement.scope)
  }
  for (const write of batch.writes) {
    if (write.kind === 'setRef') refs.add(write.name)
    if (write.kind === 'appendJournal' || write.kind === 'deleteJournal') journalScopes.add(write.scope)
    if (write.kind === 'appendReflog') reflogScopes.add(write.ref)
  }
  return { refs, journalScopes, reflogScopes }
}

/** Makes a batch's bytes ready to be stored, before any transaction opens. */
export function prepareBatch(batch: Batch): PreparedBatch {
  const writes = batch.writes.map((write) =>
    write.kind === 'putPack' ? { kind: write.kind, row: tightPack(write.row) } : write,
  )
  return { require: batch.require ?? [], writes }
}

/** Checks the requirements against the view, then turns the writes into row changes. Pure. */
export function planBatch(batch: PreparedBatch, view: BatchView): BatchPlan {
  for (const requirement of batch.require) {
    const actual = actualOf(requirement, view)
    const expected = requirement.kind === 'journal' ? requirement.seq : requirement.value
    if (actual !== expected) return { ok: false, outcome: { ok: false, failed: requirement, actual } }
  }

  const changes: Change[] = []
  const refs = new Map(view.refs)
  const journalSeqs = new Map<string, number>()
  const reflogSeqs = new Map<string, number>()
  let epoch = view.epoch

  for (const [at, write] of batch.writes.entries()) {
    switch (write.kind) {
      case 'putPack': {
        changes.push({ kind: 'putPack', row: write.row })
        break
      }
      case 'deletePack': {
        epoch = view.epoch + 1
        // A pack that is put again keeps the segments that its new row names.
        const putAgain = batch.writes
          .slice(at)
          .some((next) => next.kind === 'putPack' && next.row.id === write.id)
        if (!putAgain) changes.push({ kind: 'deletePack', id: write.id })
        break
      }
      case 'setRef': {
        const { name, value } = write
        const row = { name, value, version: (refs.get(name)?.version ?? 0) + 1 }
        refs.set(name, row)
        changes.push({ kind: 'putRef', row })
        break
      }
      case 'appendJournal': {
        const { scope, entry } = write
        const row = { scope, seq: nextSeq(scope, journalSeqs, view.journalSeqs), entry }
        changes.push({ kind: 'append', log: 'journal', row })
        break
      }
      case 'appendReflog': {
        const { ref: scope, entry } = write
        const row = { scope, seq: nextSeq(scope, reflogSeqs, view.reflogSeqs), entry }
        changes.push({ kind: 'append', log: 'reflog', row })
        break
      }
      case 'deleteJournal': {
        changes.push({ kind: 'trim', log: 'journal', scope: write.scope, through: write.through })
        break
      }
      case 'deleteReflog': {
        changes.push({ kind: 'trim', log: 'reflog', scope: write.ref, through: write.through })
        break
      }
      case 'setMeta': {
        const { key, value } = write
        changes.push(value === undefined ? { kind: 'deleteMeta', key } : { kind: 'putMeta', key, value })
        break
      }
    }
  }
  if (epoch !== view.epoch) changes.push({ kind: 'setEpoch', value: epoch })
  return { ok: true, changes, outcome: { ok: true, epoch, journalSeqs } }
}

function actualOf(requirement: Requirement, view: BatchView): string | number | null {
  switch (requirement.kind) {
    case 'ref':
      return view.refs.get(requirement.name)?.value ?? null
    case 'journal':
      return view.journalSeqs.get(requirement.scope) ?? 0
    case 'epoch':
      return view.epoch
  }
}

function nextSeq(scope: string, given: Map<string, number>, before: ReadonlyMap<string, number>): number {
  const seq = (given.get(scope) ?? before.get(scope) ?? 0) + 1
  given.set(scope, seq)
  return seq
}

function tightPack(row: PackRow): PackRow {
  return {
    id: row.id,
    sizeBytes: row.sizeBytes,
    index: tightBytes(row.index),
    inline: row.inline && tightBytes(row.inline),
    segmentBytes: row.segmentBytes,
    segmentCount: row.segmentCount,
  }
}

/**
 * Bytes with a buffer of their own. Structured clone keeps the whole buffer behind a view: a slice of a large
 * download would store all of it. Node's `Buffer` becomes plain bytes, whose `slice` copies everywhere.
 */
export function tightBytes(bytes: Uint8Array): Uint8Array {
  const isTight = bytes.byteLength === bytes.buffer.byteLength && bytes.constructor === Uint8Array
  return isTight ? bytes : new Uint8Array(bytes)
}
