import type { Change } from './batch-plan.ts'
import { planBatch, prepareBatch } from './batch-plan.ts'
import {
  closedError,
  notCloneable,
  quotaError,
  segmentMissing,
  segmentsIncomplete,
} from './storage-errors.ts'
import type { PackRow, Storage } from './storage.ts'
import { applyChanges, emptyImage, readImage, readLog, type StoreImage } from './store-image.ts'

/** What outlives a memory store's instances, as a disk would: open several stores on one for several "tabs". */
export interface MemoryDisk {
  readonly image: StoreImage
  readonly segments: Map<string, Map<number, Uint8Array>>
  /** When set, writes of more bytes than this at a time are refused like those of a full disk. */
  roomBytes: number
}

export function createMemoryDisk(): MemoryDisk {
  return { image: emptyImage(), segments: new Map(), roomBytes: Number.POSITIVE_INFINITY }
}

/** A store in memory, for tests and for databases that need not survive. */
export function createMemoryStorage(disk: MemoryDisk = createMemoryDisk()): Storage {
  const { image, segments } = disk
  let closed = false

  function checkOpen(): void {
    if (closed) throw closedError()
  }

  function checkSegments(row: PackRow): void {
    const found = segments.get(row.id)?.size ?? 0
    if (found < row.segmentCount) throw segmentsIncomplete(row.id, row.segmentCount, found)
  }

  function checkRoom(sizeBytes: number): void {
    if (sizeBytes > disk.roomBytes) throw quotaError('memory disk is full')
  }

  return {
    async readState(knownPacks) {
      checkOpen()
      return readImage(image, knownPacks)
    },

    async readPacks(known) {
      checkOpen()
      const { packs, packIds } = readImage(image, known)
      return { ids: packIds, added: packs }
    },

    async readJournal(scope, after) {
      checkOpen()
      return readLog(image, 'journal', scope, after)
    },

    async readReflog(ref) {
      checkOpen()
      return readLog(image, 'reflog', ref)
    },

    async readSegment(pack, index) {
      checkOpen()
      const bytes = segments.get(pack)?.get(index)
      if (!bytes) throw segmentMissing(pack, index)
      return bytes
    },

    async writeSegment(pack, index, bytes) {
      checkOpen()
      checkRoom(bytes.byteLength)
      const ofPack = segments.get(pack) ?? new Map<number, Uint8Array>()
      segments.set(pack, ofPack.set(index, bytes.slice()))
    },

    async dropOrphanSegments() {
      checkOpen()
      for (const pack of segments.keys()) if (!image.packs.has(pack)) segments.delete(pack)
    },

    async commit(batch) {
      checkOpen()
      const plan = planBatch(prepareBatch(batch), image)
      if (!plan.ok) return plan.outcome
      checkRoom(packBytes(plan.changes))
      for (const change of plan.changes) if (change.kind === 'putPack') checkSegments(change.row)
      applyChanges(image, cloned(plan.changes))
      for (const change of plan.changes) if (change.kind === 'deletePack') segments.delete(change.id)
      return plan.outcome
    },

    async close() {
      closed = true
    },
  }
}

function packBytes(changes: readonly Change[]): number {
  let total = 0
  for (const change of changes) {
    if (change.kind === 'putPack') total += change.row.index.byteLength + (change.row.inline?.byteLength ?? 0)
  }
  return total
}

function cloned(changes: readonly Change[]): readonly Change[] {
  try {
    return structuredClone(changes)
  } catch (error) {
    throw notCloneable(error)
  }
}
