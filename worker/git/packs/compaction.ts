import { EspalierError } from '../../../src/protocol/errors.ts'
import type { BatchOutcome, PackRow, Requirement, Storage } from '../../storage/storage.ts'
import { copyObjects, isStored } from './compaction-copy.ts'
import { reachableObjects } from '../history/history-reachable.ts'
import type { ObjectStore } from './object-store.ts'
import { inlinePackBytes } from './object-store.ts'
import type { Oid } from '../objects/oid.ts'
import { oidFromBytes, oidToBytes } from '../objects/oid.ts'
import { createEntryReader } from './pack-entry.ts'
import { refDeltaEntry } from './pack-format.ts'
import { readPackIndex } from './pack-index.ts'
import type { Pack } from './pack-reader.ts'
import { createPackReader } from './pack-reader.ts'
import type { WrittenPack } from './pack-writer.ts'
import { writePack } from './pack-writer.ts'
import { hashObjectAsync } from '../objects/sha1.ts'

/** What a compaction needs to know. Run it under the repository's writer lock. */
export interface CompactionRequest {
  /**
   * Everything that keeps objects alive: refs, reflogs, journal bases, merge state, outbox, rescue refs, open
   * `at()` handles. Objects of the compacted packs that these do not reach are dropped.
   */
  readonly roots: Iterable<Oid>
  readonly shallow?: ReadonlySet<Oid>
  /** The storage's epoch with which the roots were read. */
  readonly epoch: number
  /** Further requirements of the swap: the refs and journals from which the roots were taken. */
  readonly require?: readonly Requirement[]
  /** Larger packs stay as they are. Default 8 MB. */
  readonly maximumPackBytes?: number
  readonly signal?: AbortSignal
  /** Called between slices of work, so that the worker can answer meanwhile. */
  readonly pause?: () => Promise<void> | void
}

/** What became of it. */
export type CompactionResult =
  /** There was nothing worth doing. */
  | { readonly status: 'unneeded' }
  /** Somebody wrote meanwhile; nothing was changed. Try again later. */
  | { readonly status: 'overtaken'; readonly outcome: BatchOutcome }
  | {
      readonly status: 'done'
      readonly epoch: number
      /** Null when nothing of the old packs was still needed. */
      readonly pack: string | null
      readonly replaced: readonly string[]
      readonly objects: number
      readonly dropped: number
      readonly bytesBefore: number
      readonly bytesAfter: number
    }

const defaultMaximumPackBytes = 8 * 1024 * 1024

/**
 * Merges the small packs into one: unreachable objects go, compressed entries are copied, level-0 ones
 * compressed. The new pack is read back and checked, then takes the place of the old ones in one batch: a
 * crash before it leaves orphan segments at most, a crash after it nothing to do.
 */
export async function compact(
  storage: Storage,
  store: ObjectStore,
  request: CompactionRequest,
): Promise<CompactionResult> {
  const { maximumPackBytes = defaultMaximumPackBytes, shallow, signal, pause } = request
  const breathe = async (): Promise<void> => {
    signal?.throwIfAborted()
    await pause?.()
  }
  await store.refresh()
  const packs = store.packs()
  const small = packs.filter(({ bytes }) => bytes.sizeBytes <= maximumPackBytes)
  if (small.length === 0 || (small.length === 1 && !(await holdsStored(small[0] as Pack)))) {
    return { status: 'unneeded' }
  }
  const kept = packs.filter((pack) => !small.includes(pack))
  const keptHave = (oid: Oid): boolean => {
    const id = oidToBytes(oid)
    return kept.some(({ index }) => index.find(id, 0) >= 0)
  }

  const needed = new Set(
    await reachableObjects(
      store,
      request.roots,
      shallow === undefined ? { pause: breathe } : { shallow, pause: breathe },
    ),
  )
  for (const pack of kept) for (const base of await foreignBases(pack)) needed.add(base)
  const found = new Set<Oid>()
  let held = 0
  for (const { index } of small) {
    held += index.count
    for (let position = 0; position < index.count; position++) {
      const oid = index.oidAt(position)
      if (needed.has(oid) && !keptHave(oid)) found.add(oid)
    }
    await breathe()
  }
  // The order of the walk is the order of the pack: what is read together lies together.
  const oids: Oid[] = []
  for (const oid of needed) if (found.has(oid)) oids.push(oid)

  let row: PackRow | null = null
  if (oids.length > 0) {
    const written = writePack(
      await copyObjects(oids, { packs: small, reader: store.reader, hasBase: keptHave, pause: breathe }),
    )
    await verify(written, kept, oids, breathe)
    row = await rowOf(storage, written)
  }
  signal?.throwIfAborted()
  const replaced = small.map(({ id }) => id).filter((id) => id !== row?.id)
  if (replaced.length === 0) return { status: 'unneeded' }
  const outcome = await storage.commit({
    require: [{ kind: 'epoch', value: request.epoch }, ...(request.require ?? [])],
    writes: [
      ...(row === null ? [] : [{ kind: 'putPack' as const, row }]),
      ...replaced.map((id) => ({ kind: 'deletePack' as const, id })),
    ],
  })
  if (!outcome.ok) {
    await storage.dropOrphanSegments()
    return { status: 'overtaken', outcome }
  }
  await store.refresh()
  const bytesBefore = small.reduce((sum, { bytes }) => sum + bytes.sizeBytes, 0)
  return {
    status: 'done',
    epoch: outcome.epoch,
    pack: row?.id ?? null,
    replaced,
    objects: oids.length,
    dropped: held - oids.length,
    bytesBefore,
    bytesAfter: row?.sizeBytes ?? 0,
  }
}

/** True when a pack holds an entry that was stored without compressing. */
async function holdsStored(pack: Pack): Promise<boolean> {
  for await (const { stream } of entries(pack)) if (isStored(stream)) return true
  return false
}

/** Bases of a pack's deltas that the pack itself lacks. */
async function foreignBases(pack: Pack): Promise<readonly Oid[]> {
  const bases: Oid[] = []
  for await (const { base } of entries(pack)) {
    if (base !== null && pack.index.find(oidToBytes(base), 0) < 0) bases.push(base)
  }
  return bases
}

async function* entries(
  pack: Pack,
): AsyncGenerator<{ readonly base: Oid | null; readonly stream: Uint8Array }> {
  const reader = createEntryReader()
  for (let position = 0; position < pack.index.count; position++) {
    const offset = pack.index.offsetAt(position)
    while (!reader.open(pack.bytes, offset)) await pack.bytes.load(reader.missing)
    const { type, dataStart, baseIdStart } = reader.header
    yield {
      base: type === refDeltaEntry ? oidFromBytes(reader.source, baseIdStart) : null,
      stream: reader.source.subarray(dataStart, dataStart + 3),
    }
  }
}

/** Reads everything back from the new pack before an old one goes. */
async function verify(
  written: WrittenPack,
  kept: readonly Pack[],
  oids: readonly Oid[],
  pause: () => Promise<void>,
): Promise<void> {
  const pack: Pack = {
    id: oidFromBytes(written.packHash),
    index: readPackIndex(written.index),
    bytes: written.buffer,
    warm: undefined,
  }
  const reader = createPackReader((id, at, except) => {
    for (const other of [pack, ...kept]) {
      const position = other === except ? -1 : other.index.find(id, at)
      if (position >= 0) return { pack: other, offset: other.index.offsetAt(position) }
    }
    return undefined
  })
  let work = 0
  for (const oid of oids) {
    const position = pack.index.find(oidToBytes(oid), 0)
    const object = position < 0 ? null : await reader.read(pack, pack.index.offsetAt(position))
    if (object === null || (await hashObjectAsync(object)) !== oid) {
      throw new EspalierError(
        'engine/internal',
        `Compaction would have lost the object ${oid}; nothing was changed.`,
      )
    }
    work += object.bytes.length
    if (work > 1024 * 1024) {
      work = 0
      await pause()
    }
  }
}

async function rowOf(storage: Storage, written: WrittenPack): Promise<PackRow> {
  const { buffer, index, sizeBytes } = written
  const id = oidFromBytes(written.packHash)
  if (sizeBytes <= inlinePackBytes) {
    const inline = (buffer.segmentContent(0) ?? (await buffer.load(0))).slice()
    return { id, sizeBytes, index, inline, segmentBytes: sizeBytes, segmentCount: 0 }
  }
  const segmentCount = buffer.segmentCount()
  for (let segment = 0; segment < segmentCount; segment++) {
    await storage.writeSegment(id, segment, buffer.segmentContent(segment) ?? (await buffer.load(segment)))
  }
  return { id, sizeBytes, index, inline: null, segmentBytes: buffer.segmentBytes, segmentCount }
}
