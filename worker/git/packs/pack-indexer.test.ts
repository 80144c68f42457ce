import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NativeRepository } from '../../../test/support/native-git.ts'
import {
  createNativeRepository,
  createRepositoryWithDeltas,
  readAllObjects,
} from '../../../test/support/native-git.ts'
import { isEspalierError } from '../../../src/protocol/errors.ts'
import type { ErrorCode } from '../../../src/protocol/error-codes.ts'
import { createDelta } from '../deltas/delta-create.ts'
import type { GitObject, NewObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { createPackBuffer } from './pack-bytes.ts'
import { entryTypeOf, writeBaseDistance, writeEntryHeader, writePackHeader } from './pack-format.ts'
import type { IndexedPack, PackIndexerOptions } from './pack-indexer.ts'
import { createPackIndexer } from './pack-indexer.ts'
import { writePack } from './pack-writer.ts'
import { hashObject, sha1Of } from '../objects/sha1.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Indexed extends IndexedPack {
  readonly bytes: Uint8Array
}

async function index(
  pack: Uint8Array,
  options: Partial<PackIndexerOptions> & { chunkBytes?: number; segmentBytes?: number } = {},
): Promise<Indexed> {
  const { chunkBytes = 65_536, segmentBytes = 1 << 20, ...rest } = options
  const buffer = createPackBuffer({ segmentBytes })
  const indexer = createPackIndexer({ buffer, ...rest })
  for (let at = 0; at < pack.length; at += chunkBytes) indexer.write(pack.subarray(at, at + chunkBytes))
  const indexed = await indexer.finish()
  const parts = Array.from(
    { length: buffer.segmentCount() },
    (_, i) => buffer.segmentContent(i) ?? new Uint8Array(),
  )
  return { ...indexed, bytes: Buffer.concat(parts) }
}

async function refuses(
  pack: Uint8Array,
  code: ErrorCode,
  options: Parameters<typeof index>[1] = {},
): Promise<void> {
  const error: unknown = await index(pack, options).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!isEspalierError(error, code)) throw new Error(`Expected ${code}, got ${String(error)}`)
}

/** A pack of ready entries (type and base, size, content), with a right checksum. */
function makePack(
  entries: readonly {
    type: number
    bytes: Uint8Array
    size?: number
    distance?: number
    base?: Uint8Array
  }[],
  count: number = entries.length,
): Uint8Array {
  const head = new Uint8Array(12)
  writePackHeader(head, count)
  const parts: Uint8Array[] = [head]
  for (const { type, bytes, size, distance, base } of entries) {
    const header = new Uint8Array(64)
    let at = writeEntryHeader(header, 0, type, size ?? bytes.length)
    if (distance !== undefined) at = writeBaseDistance(header, at, distance)
    if (base !== undefined) {
      header.set(base, at)
      at += 20
    }
    parts.push(header.subarray(0, at), deflateSync(bytes))
  }
  const body = Buffer.concat(parts)
  return Buffer.concat([body, sha1Of(body)])
}

const idOf = (oid: Oid): Uint8Array => Buffer.from(oid, 'hex')
const blob = entryTypeOf('blob')

describe('indexing packs of native git', () => {
  let repository: NativeRepository
  beforeAll(() => {
    repository = createRepositoryWithDeltas()
  })
  afterAll(() => repository.remove())

  it('writes the same index as git, whatever the size of the pieces', async () => {
    const { pack, index: expected } = repository.pack()
    for (const chunkBytes of [1, 7, 100, 4096, pack.length]) {
      for (const segmentBytes of [997, 1 << 20]) {
        const indexed = await index(pack, { chunkBytes, segmentBytes })
        expect(Buffer.compare(indexed.index, expected)).toBe(0)
        expect(Buffer.compare(indexed.bytes, pack)).toBe(0)
      }
    }
  })

  it('resolves chains also when no content can stay in memory', async () => {
    const { pack, index: expected } = repository.pack()
    for (const contentBudgetBytes of [0, 10_000]) {
      const indexed = await index(pack, { contentBudgetBytes, segmentBytes: 500 })
      expect(Buffer.compare(indexed.index, expected)).toBe(0)
    }
  })

  it('resolves deltas that name their base by id, also before the base', async () => {
    const ids = [...readAllObjects(repository).keys()].join('\n')
    const packed = new Uint8Array(
      repository.git(['pack-objects', '--stdout', '--no-reuse-delta', '--window=50'], `${ids}\n`),
    )
    const indexed = await index(packed)
    const other = createNativeRepository({ bare: true })
    try {
      other.git(['index-pack', '--stdin'], packed)
      expect(Buffer.compare(indexed.index, other.pack().index)).toBe(0)
    } finally {
      other.remove()
    }
    const base = encode('a base that is long enough to be worth it')
    const target = encode('a base that is long enough to be worth it!')
    const delta = Uint8Array.from([base.length, target.length, 0x90, base.length, 1, 33])
    const baseId = idOf(hashObject('blob', base))
    const reversed = await index(
      makePack([
        { type: 7, bytes: delta, base: baseId },
        { type: blob, bytes: base },
      ]),
    )
    expect(Buffer.from(reversed.entries.ids.subarray(0, 20)).toString('hex')).toBe(hashObject('blob', target))
  })

  it('completes thin packs so that native git takes them alone', async () => {
    const objects = readAllObjects(repository)
    const thin = new Uint8Array(
      repository.git(
        ['pack-objects', '--stdout', '--thin', '--revs', '--delta-base-offset'],
        'main\n^main~3\n',
      ),
    )
    const resolveBase = async (oid: Oid): Promise<GitObject | undefined> => {
      const found = objects.get(oid)
      return found && { type: found.type as GitObject['type'], bytes: found.bytes }
    }
    await refuses(thin, 'git/pack-corrupt')
    for (const segmentBytes of [300, 1 << 20]) {
      const indexed = await index(thin, { resolveBase, segmentBytes })
      expect(indexed.completed).toBe(true)
      const other = createNativeRepository({ bare: true })
      try {
        other.git(['index-pack', '--stdin'], indexed.bytes)
        const { index: expected } = other.pack()
        expect(Buffer.compare(indexed.index, expected)).toBe(0)
      } finally {
        other.remove()
      }
    }
  })
})

describe('indexing damaged packs', () => {
  // A commit, a tree, a text and a delta of it: small enough to try everything.
  const text = encode('line one\nline two\nline three\nline four\n')
  const first = { type: blob, bytes: text }
  const firstBytes = makePack([first]).length - 32
  const delta = Uint8Array.from([text.length, text.length + 1, 0x90, text.length, 1, 33])
  const tree = Buffer.concat([encode('100644 a\0'), idOf(hashObject('blob', text))])
  const commit = encode(
    `tree ${hashObject('tree', tree)}\nauthor A <a@e.com> 1 +0000\ncommitter A <a@e.com> 1 +0000\n\nm\n`,
  )
  const small = makePack([
    first,
    { type: 6, bytes: delta, distance: firstBytes },
    { type: entryTypeOf('tree'), bytes: tree },
    { type: entryTypeOf('commit'), bytes: commit },
  ])

  it('refuses a pack that is cut at any byte', async () => {
    for (let length = 0; length < small.length; length++) {
      await refuses(small.subarray(0, length), 'git/pack-corrupt')
    }
    expect((await index(small)).count).toBe(4)
  })

  it('refuses a pack in which any bit flipped', async () => {
    for (let bit = 0; bit < small.length * 8; bit++) await refuses(flip(small, bit), 'git/pack-corrupt')
  })

  it('refuses flipped bits behind a right checksum, or reads whole objects under their own ids', async () => {
    let survived = 0
    for (let bit = 12 * 8; bit < (small.length - 20) * 8; bit++) {
      const body = flip(small.subarray(0, -20), bit)
      try {
        const indexed = await index(Buffer.concat([body, sha1Of(body)]))
        expect(indexed.count).toBe(4)
        survived++
      } catch (error) {
        if (!isEspalierError(error, 'git/pack-corrupt')) throw error
      }
    }
    // Only flips of an entry's type and of unused padding survive the sizes and checksums of the streams.
    expect(survived).toBeLessThan(small.length)
  })
})

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return flipped
}

describe('indexing hostile packs', () => {
  const base = encode('the base of all these deltas')

  it('refuses wrong checksums, bytes after the end, unknown versions and wrong counts', async () => {
    const pack = makePack([{ type: blob, bytes: base }])
    await refuses(Buffer.concat([pack, encode('x')]), 'git/pack-corrupt')
    await refuses(Buffer.concat([pack.subarray(0, -1), encode('x')]), 'git/pack-corrupt')
    await refuses(encode('<html>404 not found, sorry, no pack here</html>'), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base }], 2), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base }], 0xffffffff), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base }], 0), 'git/pack-corrupt')
    await refuses(makePack([{ type: 5, bytes: base }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: 0, bytes: base }]), 'git/pack-corrupt')
  })

  it('refuses sizes that are not true or beyond the limits, without taking the room', async () => {
    await refuses(makePack([{ type: blob, bytes: base, size: base.length - 1 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base, size: base.length + 1 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base, size: 2 ** 52 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base, size: 500 * 1024 * 1024 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: blob, bytes: base }]), 'git/pack-corrupt', { maxObjectBytes: 10 })
  })

  it('refuses deltas without a base, with themselves as base, and in a circle', async () => {
    const delta = Uint8Array.from([base.length, 1, 1, 65])
    await refuses(makePack([{ type: 6, bytes: delta, distance: 5 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: 6, bytes: delta, distance: 0 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: 6, bytes: delta, distance: 2 ** 40 }]), 'git/pack-corrupt')
    await refuses(makePack([{ type: 7, bytes: delta, base: new Uint8Array(20) }]), 'git/pack-corrupt')
    const a = idOf(hashObject('blob', encode('A')))
    await refuses(makePack([{ type: 7, bytes: Uint8Array.from([1, 1, 1, 65]), base: a }]), 'git/pack-corrupt')
  })

  it('stops a bomb of deltas at the limit of all bytes together', async () => {
    // Each delta copies its base twice.
    let size = 1024
    const entries: { type: number; bytes: Uint8Array; distance?: number }[] = [
      { type: blob, bytes: new Uint8Array(size) },
    ]
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]
    const copies = (from: number): number[] => {
      const code: number[] = []
      for (let at = 0; at < from; at += 0xffff00) {
        const part = Math.min(0xffff00, from - at)
        code.push(
          0xff,
          at & 255,
          (at >> 8) & 255,
          (at >> 16) & 255,
          at >>> 24,
          part & 255,
          (part >> 8) & 255,
          part >> 16,
        )
      }
      return code
    }
    const lengths: number[] = []
    for (let i = 0; i < 15; i++) {
      const delta = Uint8Array.from([...varint(size), ...varint(size * 2), ...copies(size), ...copies(size)])
      const previous = entries.at(-1)
      if (previous === undefined) break
      const length = makePack([previous]).length - 32
      lengths.push(length)
      entries.push({ type: 6, bytes: delta, distance: length })
      size *= 2
    }
    await refuses(makePack(entries), 'git/pack-corrupt', { maxObjectBytes: 1 << 20 })
    await refuses(makePack(entries), 'git/pack-corrupt', { maxTotalBytes: 8 << 20 })
  })

  it('accepts an object that is there twice when both are equal', async () => {
    const indexed = await index(
      makePack([
        { type: blob, bytes: base },
        { type: blob, bytes: base },
      ]),
    )
    expect(indexed.count).toBe(2)
  })

  it('refuses the whole pack when an existing id has other bytes', async () => {
    const pack = makePack([{ type: blob, bytes: base }])
    const exists = (): boolean => true
    await index(pack, { exists, readExisting: async () => ({ type: 'blob', bytes: base }) })
    await refuses(pack, 'git/hash-collision', {
      exists,
      readExisting: async () => ({ type: 'blob', bytes: encode('the base of all these deltaz') }),
    })
  })

  it('stops when the signal aborts', async () => {
    const controller = new AbortController()
    controller.abort()
    await refuses(makePack([{ type: blob, bytes: base }]), 'remote/aborted', { signal: controller.signal })
  })
})

describe('the demo database', () => {
  const bundle = join(process.env['ESPALIER_SHARED'] ?? '../shared', 'data', 'demo-ingitdb.bundle')
  it.runIf(existsSync(bundle))('is indexed as git does it', async () => {
    const repository = createNativeRepository({ bare: true })
    try {
      repository.git(['fetch', '-q', join(process.cwd(), bundle), 'refs/*:refs/*'])
      repository.git(['repack', '-adfq', '--depth=50'])
      const { pack, index: expected } = repository.pack()
      expect(Buffer.compare((await index(pack)).index, expected)).toBe(0)
    } finally {
      repository.remove()
    }
  })
})

describe('deltas that come before their bases', () => {
  it('are resolved whatever their sizes: growing, shrinking, one upon the other', async () => {
    const noise = (seed: number, size: number): Uint8Array =>
      Uint8Array.from({ length: size }, (_, i) => (Math.imul(seed + i, 0x9e3779b1) >>> 13) & 255)
    const base = noise(1, 60_000)
    // Each delta inserts more than the scratch that read the one before it could hold.
    const targets = [100, 9_000, 40_000, 500, 120_000].map((size, i) =>
      Uint8Array.from([...base.subarray(0, 30_000), ...noise(i + 2, size), ...base.subarray(30_000)]),
    )
    const blob = (bytes: Uint8Array, on?: Uint8Array): NewObject => ({
      type: 'blob',
      bytes,
      oid: hashObject('blob', bytes),
      ...(on && { delta: { base: hashObject('blob', on), bytes: createDelta(on, bytes) } }),
    })
    const chained = Uint8Array.from([...(targets[2] as Uint8Array), 7])
    const objects = [blob(chained, targets[2]), ...targets.map((target) => blob(target, base)), blob(base)]
    const { buffer, index: expected } = writePack(objects)
    const parts = Array.from(
      { length: buffer.segmentCount() },
      (_, i) => buffer.segmentContent(i) ?? new Uint8Array(),
    )
    const { index: found } = await index(Buffer.concat(parts))
    expect(Buffer.compare(found, expected)).toBe(0)
  })
})
