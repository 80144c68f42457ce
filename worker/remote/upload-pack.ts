import { EspalierError } from '../../src/protocol/errors.ts'
import type { Oid } from '../git/objects/oid.ts'
import { concatBytes } from '../git/objects/object-text.ts'
import type { ByteReader } from './byte-reader.ts'
import type { Capabilities } from './capabilities.ts'
import { abortedError } from './http-errors.ts'
import {
  createNegotiation,
  deepenLine,
  parseAcknowledgement,
  readShallowLine,
  unexpectedLine,
} from './negotiation.ts'
import { encodePacket, expectPacket, flushPacket, packetLine, readLine, readPacket } from './pkt-line.ts'
import { createProgressParser } from './progress.ts'
import type { FetchRequest, FetchResult } from './remote.ts'
import { readPlainPack, readSideBand } from './side-band.ts'

/** Sends a request body to the fetch service and gives the answer's bytes. */
export type Exchange = (body: Uint8Array<ArrayBuffer>) => Promise<ByteReader>

/** Fetches over protocol v0 (gitprotocol-pack(5)), stateless: each round is one request. */
export async function fetchV0(
  capabilities: Capabilities,
  request: FetchRequest,
  agent: string,
  exchange: Exchange,
): Promise<FetchResult> {
  const deepen = deepenLine(request.depth)
  refuseUnable(capabilities, deepen, request)
  const wanted = wantLines(capabilities, request, agent, deepen)
  const negotiation = createNegotiation(request.haves, capabilities.has('multi_ack_detailed'))
  for (;;) {
    const { haves, done } = negotiation.next()
    const body = concatBytes([
      wanted,
      ...haves.map((oid) => encodePacket(`have ${oid}\n`)),
      done ? encodePacket('done\n') : flushPacket,
    ])
    const reader = await exchange(body)
    try {
      const boundary = deepen === null ? { shallow: [], unshallow: [] } : await readBoundary(reader)
      if (await readAcknowledgements(reader, negotiation, done)) {
        await receivePack(reader, capabilities, request)
        reader.finish()
        return boundary
      }
      reader.finish()
    } catch (error) {
      reader.cancel()
      throw error
    }
  }
}

function refuseUnable(capabilities: Capabilities, deepen: string | null, request: FetchRequest): void {
  if ((deepen === null && request.shallow.length === 0) || capabilities.has('shallow')) return
  throw new EspalierError(
    'remote/protocol',
    'This host cannot send a part of the history. Fetch without a depth.',
  )
}

function wantLines(
  capabilities: Capabilities,
  request: FetchRequest,
  agent: string,
  deepen: string | null,
): Uint8Array<ArrayBuffer> {
  const usable = ['multi_ack_detailed', 'no-done', 'ofs-delta', 'thin-pack', 'include-tag']
  const asked = usable.filter((name) => capabilities.has(name))
  const band = ['side-band-64k', 'side-band'].find((name) => capabilities.has(name))
  if (band !== undefined) asked.push(band)
  if (request.onProgress === undefined && capabilities.has('no-progress')) asked.push('no-progress')
  if (capabilities.has('agent')) asked.push(`agent=${agent}`)
  const [first, ...others] = [...new Set(request.wants)]
  return concatBytes([
    encodePacket(`want ${first} ${asked.join(' ')}\n`),
    ...others.map((oid) => encodePacket(`want ${oid}\n`)),
    ...request.shallow.map((oid) => encodePacket(`shallow ${oid}\n`)),
    ...(deepen === null ? [] : [encodePacket(`${deepen}\n`)]),
    flushPacket,
  ])
}

async function readBoundary(reader: ByteReader): Promise<FetchResult> {
  const boundary: { shallow: Oid[]; unshallow: Oid[] } = { shallow: [], unshallow: [] }
  for (let line = await readLine(reader); line !== null; line = await readLine(reader)) {
    if (!readShallowLine(line, boundary)) throw unexpectedLine(line)
  }
  return boundary
}

/** Reads a round's answer. True: the pack follows. False: another round is needed. */
async function readAcknowledgements(
  reader: ByteReader,
  negotiation: ReturnType<typeof createNegotiation>,
  done: boolean,
): Promise<boolean> {
  let nak = false
  for (;;) {
    // After `NAK` a round without `done` may end here, or (with no-done) go on to the pack.
    const packet = nak ? await readPacket(reader) : await expectPacket(reader)
    if (packet === null) return false
    if (packet.kind !== 'data') throw unexpectedLine(null)
    const line = packetLine(packet.bytes)
    const acknowledgement = parseAcknowledgement(line)
    if (acknowledgement === null) throw unexpectedLine(line)
    switch (acknowledgement.kind) {
      case 'nak':
        if (done) return true
        nak = true
        break
      case 'final':
        return true
      case 'ready':
        negotiation.ready()
        negotiation.acknowledge(acknowledgement.oid)
        break
      case 'common':
        negotiation.acknowledge(acknowledgement.oid)
        break
    }
  }
}

async function receivePack(
  reader: ByteReader,
  capabilities: Capabilities,
  request: FetchRequest,
): Promise<void> {
  const onData = packSink(request)
  if (capabilities.has('side-band-64k') || capabilities.has('side-band')) {
    await readSideBand(reader, { onData, onText: createProgressParser(request) })
  } else {
    await readPlainPack(reader, onData)
  }
}

/** Hands the pack over, counts its bytes for the progress, and stops at once when the signal has fired. */
export function packSink(request: FetchRequest): (bytes: Uint8Array) => void | Promise<void> {
  let loaded = 0
  const check = (): void => {
    if (request.signal?.aborted === true) throw abortedError()
  }
  return (bytes) => {
    loaded += bytes.length
    request.onProgress?.({ phase: 'receiving', loaded })
    const slow = request.onPack(bytes)
    return slow instanceof Promise ? slow.then(check) : check()
  }
}
