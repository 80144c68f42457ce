import type { Storage } from '../../storage/storage.ts'

/** Size of a segment of a large pack. */
export const defaultSegmentBytes: number = 4 * 1024 * 1024

/** A pack's bytes in segments, of which some are in memory. Segments have `segmentBytes` bytes but for the last. */
export interface PackBytes {
  readonly sizeBytes: number
  readonly segmentBytes: number
  /** The segment when it is in memory. It may be longer than the pack's part that it holds. */
  peek(segment: number): Uint8Array | undefined
  /** Brings a segment into memory. Throws what the storage throws. */
  load(segment: number): Promise<Uint8Array>
}

/**
 * Copies `start … end` of a pack into `into`, as far as its segments are in memory; answers the position in the
 * pack up to which it came.
 */
export function copyPackBytes(pack: PackBytes, start: number, end: number, into: Uint8Array, at = 0): number {
  let position = start
  while (position < end) {
    const segment = Math.floor(position / pack.segmentBytes)
    const bytes = pack.peek(segment)
    if (bytes === undefined) return position
    const segmentStart = segment * pack.segmentBytes
    const stop = Math.min(end, segmentStart + pack.segmentBytes)
    into.set(bytes.subarray(position - segmentStart, stop - segmentStart), at + position - start)
    position = stop
  }
  return end
}

/** Reads `start … end` of a pack, loading segments as needed: one after another, whatever the cache can hold. */
export async function readPackBytes(pack: PackBytes, start: number, end: number): Promise<Uint8Array> {
  const into = new Uint8Array(end - start)
  let position = start
  for (;;) {
    position = copyPackBytes(pack, position, end, into, position - start)
    if (position >= end) return into
    await pack.load(Math.floor(position / pack.segmentBytes))
  }
}

/** Keeps the memory of loaded segments within a bound; the oldest loaded ones go first. */
export interface SegmentCache {
  /** Announces a segment in memory; `drop` is called when its room is needed. */
  add(sizeBytes: number, drop: () => void): void
}

export function createSegmentCache(capacityBytes: number): SegmentCache {
  const entries: { sizeBytes: number; drop: () => void }[] = []
  let total = 0
  return {
    add(sizeBytes, drop) {
      entries.push({ sizeBytes, drop })
      total += sizeBytes
      while (total > capacityBytes && entries.length > 1) {
        const oldest = entries.shift()
        if (oldest === undefined) break
        total -= oldest.sizeBytes
        oldest.drop()
      }
    },
  }
}

/** The bytes of a pack row: inline ones as they are, others from the storage as they are needed. */
export function createStoredPackBytes(
  row: {
    readonly id: string
    readonly sizeBytes: number
    readonly inline: Uint8Array | null
    readonly segmentBytes: number
    readonly segmentCount: number
  },
  storage: Pick<Storage, 'readSegment'>,
  cache: SegmentCache,
  resident: readonly (Uint8Array | undefined)[] = [],
): PackBytes {
  if (row.inline !== null) {
    const inline = row.inline
    return {
      sizeBytes: row.sizeBytes,
      segmentBytes: Math.max(row.sizeBytes, 1),
      peek: (segment) => (segment === 0 ? inline : undefined),
      load: async () => inline,
    }
  }
  const segments: (Uint8Array | undefined)[] = []
  const loading = new Map<number, Promise<Uint8Array>>()
  const keep = (segment: number, bytes: Uint8Array): void => {
    segments[segment] = bytes
    cache.add(bytes.byteLength, () => {
      segments[segment] = undefined
    })
  }
  resident.forEach((bytes, segment) => {
    if (bytes !== undefined) keep(segment, bytes)
  })
  return {
    sizeBytes: row.sizeBytes,
    segmentBytes: row.segmentBytes,
    peek: (segment) => segments[segment],
    load(segment) {
      const present = segments[segment]
      if (present !== undefined) return Promise.resolve(present)
      const running = loading.get(segment)
      if (running !== undefined) return running
      const started = storage.readSegment(row.id, segment).then(
        (bytes) => {
          loading.delete(segment)
          keep(segment, bytes)
          return bytes
        },
        (error: unknown) => {
          loading.delete(segment)
          throw error
        },
      )
      loading.set(segment, started)
      return started
    },
  }
}

/** A pack that is being received: grows at its end, hands over each segment as it fills. */
export interface PackBuffer extends PackBytes {
  append(bytes: Uint8Array): void
  /** Overwrites bytes near the start or the end; the segments concerned are handed over again by the caller. */
  overwrite(at: number, bytes: Uint8Array): void
  /** Cuts bytes off the end. */
  truncate(sizeBytes: number): void
  /** Forgets a segment that lies in storage; `load` brings it back. */
  release(segment: number): void
  segmentCount(): number
  /** The pack's part of a segment in memory. */
  segmentContent(segment: number): Uint8Array | undefined
}

export interface PackBufferOptions {
  readonly segmentBytes?: number
  /** Called when a segment is full. */
  readonly onSegment?: (segment: number) => void
  /** Reads back a released segment. */
  readonly reload?: (segment: number) => Promise<Uint8Array>
}

const firstCapacity = 4 * 1024

export function createPackBuffer(options: PackBufferOptions = {}): PackBuffer {
  const segmentBytes = options.segmentBytes ?? defaultSegmentBytes
  const segments: (Uint8Array | undefined)[] = []
  let size = 0
  /** Bytes that have already been handed over as full segments. */
  let announced = 0

  /** The segment of the write position, grown so that it can take `more` bytes or is at its full size. */
  function room(more: number): Uint8Array {
    const segment = Math.floor(size / segmentBytes)
    const used = size - segment * segmentBytes
    const present = segments[segment]
    const wanted = Math.min(segmentBytes, used + more)
    if (present !== undefined && present.length >= wanted) return present
    // The first segment grows by doubling, so that small packs stay small; later ones start at full size.
    const capacity =
      segment > 0 ? segmentBytes : Math.min(segmentBytes, Math.max(wanted, firstCapacity, used * 2))
    const grown = new Uint8Array(capacity)
    if (present !== undefined) grown.set(present.subarray(0, used))
    segments[segment] = grown
    return grown
  }

  const buffer: PackBuffer = {
    get sizeBytes() {
      return size
    },
    segmentBytes,
    peek: (segment) => segments[segment],
    async load(segment) {
      const present = segments[segment]
      if (present !== undefined) return present
      if (options.reload === undefined) throw new RangeError(`Segment ${segment} is gone.`)
      // A copy: the ends of a pack may be rewritten, the storage's bytes may not.
      const bytes = (await options.reload(segment)).slice()
      segments[segment] = bytes
      return bytes
    },
    append(bytes) {
      let from = 0
      while (from < bytes.length) {
        const target = room(bytes.length - from)
        const at = size % segmentBytes
        const take = Math.min(bytes.length - from, segmentBytes - at)
        target.set(take === bytes.length ? bytes : bytes.subarray(from, from + take), at)
        from += take
        size += take
        if (size % segmentBytes === 0 && size > announced) {
          announced = size
          options.onSegment?.(size / segmentBytes - 1)
        }
      }
    },
    overwrite(at, bytes) {
      for (let i = 0; i < bytes.length; i++) {
        const segment = segments[Math.floor((at + i) / segmentBytes)]
        if (segment === undefined) throw new RangeError('Load a segment before overwriting it.')
        segment[(at + i) % segmentBytes] = bytes[i] as number // i < length
      }
    },
    truncate(sizeBytes) {
      size = sizeBytes
      segments.length = Math.ceil(size / segmentBytes)
    },
    release(segment) {
      segments[segment] = undefined
    },
    segmentCount: () => Math.ceil(size / segmentBytes),
    segmentContent(segment) {
      const bytes = segments[segment]
      const length = Math.min(segmentBytes, size - segment * segmentBytes)
      return bytes === undefined || bytes.length === length ? bytes : bytes.subarray(0, length)
    },
  }
  return buffer
}
