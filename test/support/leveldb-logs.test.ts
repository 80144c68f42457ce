import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './git-repositories.ts'
import { cutTornRecords, wholeRecords } from './leveldb-logs.ts'

/** One physical record; checksums do not matter here. */
function record(kind: 1 | 2 | 3 | 4, length: number): Buffer {
  const bytes = Buffer.alloc(7 + length, 0x61)
  bytes.writeUInt32LE(0, 0)
  bytes.writeUInt16LE(length, 4)
  bytes.writeUInt8(kind, 6)
  return bytes
}

const whole = Buffer.concat([
  record(1, 10),
  record(2, 32_768 - 17 - 7),
  record(3, 32_768 - 7),
  record(4, 100),
])

test('a log of complete records is whole, also when a block ends with padding', () => {
  expect(wholeRecords(whole)).toBe(whole.length)
  const padded = Buffer.concat([record(1, 32_768 - 7 - 5), Buffer.alloc(5), record(1, 3)])
  expect(wholeRecords(padded)).toBe(padded.length)
  expect(wholeRecords(padded.subarray(0, 32_768))).toBe(32_768)
  expect(wholeRecords(new Uint8Array())).toBe(0)
})

test('an unfinished last record is not: half a header, half a payload, or fragments without their last one', () => {
  for (const length of [18, 23, 24, 32_767, 32_768, 40_000, 65_536, 65_540, whole.length - 1])
    expect(wholeRecords(whole.subarray(0, length)), `${length} bytes`).toBe(17)
  expect(wholeRecords(whole.subarray(0, 5))).toBe(0)
})

test('damage in the middle is left for LevelDB to find', () => {
  const damaged = Buffer.from(whole)
  damaged.writeUInt16LE(65_535, 17 + 4)
  expect(wholeRecords(damaged)).toBe(damaged.length)
})

test('only logs and manifests are cut, and only what is unfinished', async () => {
  const { path, remove } = temporaryFolder()
  try {
    const store = join(path, 'IndexedDB', 'http_localhost_1.indexeddb.leveldb')
    await mkdir(store, { recursive: true })
    await writeFile(join(store, '000003.log'), whole.subarray(0, 100))
    await writeFile(join(store, 'MANIFEST-000001'), whole)
    await writeFile(join(store, '000005.ldb'), whole.subarray(0, 100))
    expect(await cutTornRecords(path)).toEqual([
      'http_localhost_1.indexeddb.leveldb/000003.log: 83 of 100 bytes',
    ])
    expect((await readFile(join(store, '000003.log'))).length).toBe(17)
    expect((await readFile(join(store, 'MANIFEST-000001'))).length).toBe(whole.length)
    expect((await readFile(join(store, '000005.ldb'))).length).toBe(100)
    expect(await cutTornRecords(path)).toEqual([])
    expect(await cutTornRecords(join(path, 'absent'))).toEqual([])
  } finally {
    remove()
  }
})
