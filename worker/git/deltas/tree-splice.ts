import { oidBytes } from '../objects/oid.ts'

/**
 * A new version of some bytes, as runs of the old version and inserted bytes. Gives the result and, from the
 * same plan, a git delta (gitformat-pack(5), "Deltified representation").
 */
export interface Splice {
  copy(from: number, to: number): void
  insert(bytes: Uint8Array): void
  /** The new version. */
  bytes(): Uint8Array
  /** The new version as a delta against the old one. */
  delta(): Uint8Array
}

// A copy instruction holds a size of three bytes and an offset of four; an insert holds up to 127 bytes.
const maximumCopy = 0xffffff
const maximumInsert = 127

/** Plans a new version of `old`. */
export function createSplice(old: Uint8Array): Splice {
  // Run i is [starts[i], ends[i]) of the old bytes, or of the inserted ones.
  const starts: number[] = []
  const ends: number[] = []
  const fresh: boolean[] = []
  let inserted = new Uint8Array(16 * oidBytes)
  let insertedLength = 0
  let size = 0

  function run(isFresh: boolean, from: number, to: number): void {
    size += to - from
    const last = starts.length - 1
    if (last >= 0 && fresh[last] === isFresh && ends[last] === from) {
      ends[last] = to
      return
    }
    starts.push(from)
    ends.push(to)
    fresh.push(isFresh)
  }

  return {
    copy(from, to) {
      if (to > from) run(false, from, to)
    },
    insert(bytes) {
      if (insertedLength + bytes.length > inserted.length) {
        const larger = new Uint8Array(2 * inserted.length + bytes.length)
        larger.set(inserted)
        inserted = larger
      }
      inserted.set(bytes, insertedLength)
      run(true, insertedLength, insertedLength + bytes.length)
      insertedLength += bytes.length
    },
    bytes() {
      const result = new Uint8Array(size)
      let at = 0
      for (let i = 0; i < starts.length; i++) {
        const from = starts[i] as number // i < length, for the three arrays
        const to = ends[i] as number
        result.set((fresh[i] ? inserted : old).subarray(from, to), at)
        at += to - from
      }
      return result
    },
    delta() {
      const writer = createDeltaWriter(starts.length * 16 + insertedLength * 2 + 32)
      writer.size(old.length)
      writer.size(size)
      for (let i = 0; i < starts.length; i++) {
        const from = starts[i] as number // i < length, for the three arrays
        const to = ends[i] as number
        if (fresh[i]) {
          for (let at = from; at < to; at += maximumInsert) {
            writer.insert(inserted.subarray(at, Math.min(at + maximumInsert, to)))
          }
        } else {
          for (let at = from; at < to; at += maximumCopy) writer.copy(at, Math.min(maximumCopy, to - at))
        }
      }
      return writer.done()
    },
  }
}

interface DeltaWriter {
  size(value: number): void
  copy(offset: number, size: number): void
  insert(bytes: Uint8Array): void
  done(): Uint8Array
}

function createDeltaWriter(capacity: number): DeltaWriter {
  let out = new Uint8Array(capacity)
  let at = 0

  function reserve(count: number): void {
    if (at + count <= out.length) return
    const larger = new Uint8Array(2 * out.length + count)
    larger.set(out)
    out = larger
  }

  return {
    size(value) {
      reserve(8)
      let rest = value
      while (rest >= 0x80) {
        out[at++] = (rest % 0x80) | 0x80
        rest = Math.floor(rest / 0x80)
      }
      out[at++] = rest
    },
    copy(offset, size) {
      reserve(8)
      const opcodeAt = at++
      let opcode = 0x80
      for (let i = 0; i < 4; i++) {
        const byte = (offset >>> (8 * i)) & 0xff
        if (byte === 0) continue
        out[at++] = byte
        opcode |= 1 << i
      }
      for (let i = 0; i < 3; i++) {
        const byte = (size >>> (8 * i)) & 0xff
        if (byte === 0) continue
        out[at++] = byte
        opcode |= 0x10 << i
      }
      out[opcodeAt] = opcode
    },
    insert(bytes) {
      reserve(bytes.length + 1)
      out[at++] = bytes.length
      out.set(bytes, at)
      at += bytes.length
    },
    done() {
      return out.slice(0, at)
    },
  }
}
