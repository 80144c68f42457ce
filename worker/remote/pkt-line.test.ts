import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { readAdvertisement, readV2Refs } from './advertisement.ts'
import { readBundleHeader } from './bundle-header.ts'
import { concatBytes } from '../git/objects/object-text.ts'
import { createByteReader } from './byte-reader.ts'
import {
  delimiterPacket,
  encodePacket,
  flushPacket,
  maxPacketData,
  type Packet,
  readPacket,
} from './pkt-line.ts'
import { readSideBand } from './side-band.ts'

/** A stream that hands the bytes over in pieces of the given sizes, over and over. */
function streamOf(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  let at = 0
  let turn = 0
  return new ReadableStream({
    pull(controller) {
      const size = sizes[turn++ % sizes.length] ?? 1
      controller.enqueue(bytes.subarray(at, at + size))
      at += size
      if (at >= bytes.length) controller.close()
    },
  })
}

async function readAll(bytes: Uint8Array, sizes: readonly number[]): Promise<Packet[]> {
  const reader = createByteReader(streamOf(bytes, sizes))
  const packets: Packet[] = []
  for (let packet = await readPacket(reader); packet !== null; packet = await readPacket(reader)) {
    packets.push(packet.kind === 'data' ? { kind: 'data', bytes: packet.bytes.slice() } : packet)
  }
  return packets
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const packet = fc.oneof(
  fc.constant<Packet>({ kind: 'flush' }),
  fc.constant<Packet>({ kind: 'delimiter' }),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes): Packet => ({ kind: 'data', bytes })),
)
const encode = (packet: Packet): Uint8Array =>
  packet.kind === 'data'
    ? encodePacket(packet.bytes)
    : packet.kind === 'flush'
      ? flushPacket
      : delimiterPacket

/** Bytes that look like the protocol often enough to get deep into the parsers. */
const nearlyProtocol = fc
  .array(
    fc.oneof(
      packet.map(encode),
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom(
          '# service=git-upload-pack\n',
          'version 2\n',
          'version 1\n',
          `${'a'.repeat(40)} refs/heads/main\0 side-band-64k symref=HEAD:refs/heads/main\n`,
          `${'b'.repeat(40)} refs/tags/v1^{}\n`,
          'object-format=sha256\n',
          'ERR no\n',
          '\u0001pack',
          '\u0003fatal',
        )
        .map((text) => encodePacket(text)),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => concatBytes(pieces))

describe('pkt-line', () => {
  it('reads back what it wrote, however the stream is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 20 }), sizes, async (packets, sizes) => {
        const bytes = concatBytes(packets.map(encode))
        expect(await readAll(bytes, sizes)).toEqual(packets)
      }),
      { seed: 7, numRuns: 200 },
    )
  })

  it('holds as much as git allows, and refuses more and nothing', async () => {
    const full = encodePacket(new Uint8Array(maxPacketData))
    expect(new TextDecoder().decode(full.subarray(0, 4))).toBe('fff0')
    expect(await readAll(full, [1000])).toEqual([{ kind: 'data', bytes: new Uint8Array(maxPacketData) }])
    expect(() => encodePacket(new Uint8Array(maxPacketData + 1))).toThrow('cannot hold')
    expect(() => encodePacket('')).toThrow('cannot hold')
    await expect(readAll(new TextEncoder().encode('fff1'), [4])).rejects.toMatchObject({
      code: 'remote/protocol',
    })
  })

  it('says that the stream was cut at any byte inside a packet', async () => {
    const bytes = concatBytes([encodePacket('hello\n'), encodePacket('world\n')])
    for (let k = 1; k < bytes.length; k++) {
      if (k === 10) continue
      await expect(readAll(bytes.subarray(0, k), [3])).rejects.toMatchObject({ code: 'remote/truncated' })
    }
  })

  it('turns any bytes into packets or into a typed error, in every parser above it', async () => {
    await fc.assert(
      fc.asyncProperty(nearlyProtocol, sizes, async (bytes, sizes) => {
        const open = (): ReturnType<typeof createByteReader> => createByteReader(streamOf(bytes, sizes))
        const ignore = (): void => {}
        const parsers: readonly (() => Promise<unknown>)[] = [
          () => readAll(bytes, sizes),
          () => readAdvertisement(open(), 'git-upload-pack'),
          () => readV2Refs(open()),
          () => readSideBand(open(), { onData: ignore, onText: ignore }),
          () => readBundleHeader(open(), 'x.bundle'),
        ]
        for (const parse of parsers) {
          const failure: unknown = await parse().then(ignore, (error: unknown) => error)
          if (failure !== undefined && !isEspalierError(failure)) throw failure
        }
      }),
      { seed: 11, numRuns: 400 },
    )
  })
})
