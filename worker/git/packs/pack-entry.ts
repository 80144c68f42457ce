import { inflate, inflateCorrupt, inflatePadding } from '../zlib/inflate.ts'
import type { PackBytes } from './pack-bytes.ts'
import { copyPackBytes } from './pack-bytes.ts'
import type { EntryHeader } from './pack-format.ts'
import { packCorrupt } from '../objects/pack-corrupt.ts'
import { createEntryHeader, maxEntryHeaderBytes, packTrailerBytes, readEntryHeader } from './pack-format.ts'

/**
 * Reads one entry at a time out of a pack's segments, without promises: when a segment is not in memory a call
 * answers false, `missing` names the segment to load, and the call is made again.
 */
export interface EntryReader {
  /** Valid after `open` answered true. Positions refer to `source`. */
  readonly header: EntryHeader
  readonly source: Uint8Array
  readonly missing: number
  /** Reads the entry's header. Throws `git/pack-corrupt`. */
  open(pack: PackBytes, offset: number): boolean
  /** Inflates the opened entry's data into `header.size` bytes of `out`. Throws `git/pack-corrupt`. */
  inflateInto(out: Uint8Array, at: number): boolean
  /** Bytes that the inflated stream took; valid after `inflateInto` answered true. */
  readonly packedBytes: number
}

export function createEntryReader(): EntryReader {
  const header = createEntryHeader()
  let pack: PackBytes | undefined
  let offset = 0
  let source: Uint8Array = new Uint8Array(0)
  /** Up to here the inflater may read. */
  let sourceEnd = 0
  /** How many bytes were gathered from several segments; 0 while reading straight from one. */
  let gathered = 0
  let missing = -1
  let packedBytes = 0

  /** A gathering that waits for a segment. It goes on where it was: the cache may not hold all segments at once. */
  let pending:
    | { pack: PackBytes; offset: number; joined: Uint8Array; end: number; copied: number }
    | undefined

  /** Copies the bytes from the entry's start on into one array: entries may cross segments. */
  function gather(length: number): boolean {
    if (pack === undefined) return false
    const end = Math.min(offset + length, pack.sizeBytes)
    let job = pending
    if (job === undefined || job.pack !== pack || job.offset !== offset || job.end < end) {
      job = { pack, offset, joined: new Uint8Array(end - offset + inflatePadding), end, copied: offset }
    }
    job.copied = copyPackBytes(pack, job.copied, job.end, job.joined, job.copied - offset)
    if (job.copied < job.end) {
      pending = job
      missing = Math.floor(job.copied / pack.segmentBytes)
      return false
    }
    pending = undefined
    source = job.joined
    sourceEnd = job.end - offset
    gathered = sourceEnd
    if (!readEntryHeader(source, 0, sourceEnd, header)) throw corrupt('is truncated')
    return true
  }

  function corrupt(what: string): Error {
    return packCorrupt(`the entry at byte ${offset} ${what}`, { offset })
  }

  return {
    header,
    get source() {
      return source
    },
    get missing() {
      return missing
    },
    get packedBytes() {
      return packedBytes
    },
    open(from, at) {
      pack = from
      offset = at
      gathered = 0
      if (!(at >= 0) || at > from.sizeBytes - packTrailerBytes) throw corrupt('lies outside of the pack')
      const segment = Math.floor(at / from.segmentBytes)
      const bytes = from.peek(segment)
      if (bytes === undefined) {
        missing = segment
        return false
      }
      const start = at - segment * from.segmentBytes
      const end = Math.min(bytes.length, from.sizeBytes - segment * from.segmentBytes) - inflatePadding
      if (start + maxEntryHeaderBytes < end && readEntryHeader(bytes, start, end, header)) {
        source = bytes
        sourceEnd = end
      } else if (!gather(4096)) {
        return false
      }
      if (header.type === 0) throw corrupt('has no valid header')
      return true
    },
    inflateInto(out, at) {
      for (;;) {
        const used = inflate(source, header.dataStart, sourceEnd, out, at, header.size)
        if (used > 0) {
          packedBytes = used
          return true
        }
        if (used === inflateCorrupt) throw corrupt('does not inflate to its size and checksum')
        if (pack === undefined || offset + gathered >= pack.sizeBytes) throw corrupt('is truncated')
        const length = Math.max(gathered * 4, 4096, Math.min(header.size, 1 << 24))
        if (!gather(length)) return false
      }
    },
  }
}
