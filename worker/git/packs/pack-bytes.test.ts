import { describe, expect, it } from 'vitest'
import {
  copyPackBytes,
  createPackBuffer,
  createSegmentCache,
  createStoredPackBytes,
  readPackBytes,
} from './pack-bytes.ts'

const numbers = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 255)

describe('a pack buffer', () => {
  it('hands over each segment once it is full, and copies across their borders', () => {
    const full: number[] = []
    const buffer = createPackBuffer({ segmentBytes: 10, onSegment: (segment) => full.push(segment) })
    const bytes = numbers(37)
    for (let at = 0; at < bytes.length; at += 4) buffer.append(bytes.subarray(at, at + 4))
    expect(full).toEqual([0, 1, 2])
    expect(buffer.segmentContent(3)).toEqual(bytes.subarray(30))
    const copy = new Uint8Array(25)
    expect(copyPackBytes(buffer, 7, 32, copy)).toBe(32)
    expect(copy).toEqual(bytes.subarray(7, 32))
  })

  it('brings released segments back from the storage', async () => {
    const bytes = numbers(30)
    const buffer = createPackBuffer({
      segmentBytes: 10,
      reload: async (i) => bytes.subarray(i * 10, i * 10 + 10),
    })
    buffer.append(bytes)
    buffer.release(1)
    expect(copyPackBytes(buffer, 5, 25, new Uint8Array(20))).toBe(10)
    expect(await readPackBytes(buffer, 5, 25)).toEqual(bytes.subarray(5, 25))
  })
})

describe('a stored pack', () => {
  const row = { id: 'p', sizeBytes: 35, inline: null, segmentBytes: 10, segmentCount: 4 }
  const bytes = numbers(35)

  it('loads a segment once for all who wait, and keeps no more than the cache allows', async () => {
    const reads: number[] = []
    const readSegment = async (_: string, i: number): Promise<Uint8Array> => {
      reads.push(i)
      return bytes.subarray(i * 10, i * 10 + 10)
    }
    const pack = createStoredPackBytes(row, { readSegment }, createSegmentCache(20))
    await Promise.all([pack.load(0), pack.load(0)])
    expect(reads).toEqual([0])
    expect(await readPackBytes(pack, 8, 22)).toEqual(bytes.subarray(8, 22))
    expect(pack.peek(2)).toEqual(bytes.subarray(20, 30))
    expect(pack.peek(0)).toBe(undefined)
  })

  it('passes on why a segment cannot be read, and tries again next time', async () => {
    let broken = true
    const readSegment = async (): Promise<Uint8Array> => {
      if (broken) throw new Error('gone')
      return bytes.subarray(0, 10)
    }
    const pack = createStoredPackBytes(row, { readSegment }, createSegmentCache(20))
    await expect(pack.load(0)).rejects.toThrow('gone')
    broken = false
    expect(await pack.load(0)).toEqual(bytes.subarray(0, 10))
  })
})
