import { EspalierError } from '../../src/protocol/errors.ts'
import type { Oid } from '../git/objects/oid.ts'
import { readV2Refs } from './advertisement.ts'
import { concatBytes } from '../git/objects/object-text.ts'
import type { ByteReader } from './byte-reader.ts'
import type { Capabilities } from './capabilities.ts'
import {
  createNegotiation,
  deepenLine,
  parseAcknowledgement,
  readShallowLine,
  unexpectedLine,
} from './negotiation.ts'
import { delimiterPacket, encodePacket, expectPacket, flushPacket, packetLine } from './pkt-line.ts'
import { createProgressParser } from './progress.ts'
import type { FetchRequest, FetchResult, RemoteRefs } from './remote.ts'
import { readSideBand } from './side-band.ts'
import { type Exchange, packSink } from './upload-pack.ts'

/** Lists refs by prefix with protocol v2's `ls-refs` (gitprotocol-v2(5)). */
export async function listRefsV2(
  capabilities: Capabilities,
  prefixes: readonly string[],
  agent: string,
  exchange: Exchange,
): Promise<RemoteRefs> {
  const unborn = capabilities.get('ls-refs')?.some((value) => value.split(' ').includes('unborn')) === true
  const reader = await exchange(
    command('ls-refs', capabilities, agent, [
      'peel',
      'symrefs',
      ...(unborn ? ['unborn'] : []),
      ...prefixes.map((prefix) => `ref-prefix ${prefix}`),
    ]),
  )
  try {
    const refs = await readV2Refs(reader)
    reader.finish()
    return refs
  } catch (error) {
    reader.cancel()
    throw error
  }
}

/** Fetches with protocol v2's `fetch`; each round of the negotiation is one request. */
export async function fetchV2(
  capabilities: Capabilities,
  request: FetchRequest,
  agent: string,
  exchange: Exchange,
): Promise<FetchResult> {
  const features = (capabilities.get('fetch')?.[0] ?? '').split(' ')
  const deepen = deepenLine(request.depth)
  if ((deepen !== null || request.shallow.length > 0) && !features.includes('shallow')) {
    throw new EspalierError(
      'remote/protocol',
      'This host cannot send a part of the history. Fetch without a depth.',
    )
  }
  const fixed = [
    'thin-pack',
    'ofs-delta',
    'include-tag',
    ...(request.onProgress === undefined ? ['no-progress'] : []),
    ...[...new Set(request.wants)].map((oid) => `want ${oid}`),
    ...request.shallow.map((oid) => `shallow ${oid}`),
    ...(deepen === null ? [] : [deepen]),
  ]
  const negotiation = createNegotiation(request.haves, true)
  for (;;) {
    const { haves, done } = negotiation.next()
    const lines = [...fixed, ...haves.map((oid) => `have ${oid}`), ...(done ? ['done'] : [])]
    const reader = await exchange(command('fetch', capabilities, agent, lines))
    try {
      const result = await readFetchSections(reader, request, negotiation)
      reader.finish()
      if (result !== null) return result
    } catch (error) {
      reader.cancel()
      throw error
    }
    if (done) throw unexpectedLine(null)
  }
}

function command(
  name: string,
  capabilities: Capabilities,
  agent: string,
  lines: readonly string[],
): Uint8Array<ArrayBuffer> {
  return concatBytes([
    encodePacket(`command=${name}\n`),
    ...(capabilities.has('agent') ? [encodePacket(`agent=${agent}\n`)] : []),
    ...(capabilities.has('object-format') ? [encodePacket('object-format=sha1\n')] : []),
    delimiterPacket,
    ...lines.map((line) => encodePacket(`${line}\n`)),
    flushPacket,
  ])
}

/** Reads the sections of an answer. Null: it held acknowledgements only, and another round is needed. */
async function readFetchSections(
  reader: ByteReader,
  request: FetchRequest,
  negotiation: ReturnType<typeof createNegotiation>,
): Promise<FetchResult | null> {
  const boundary: { shallow: Oid[]; unshallow: Oid[] } = { shallow: [], unshallow: [] }
  for (;;) {
    const header = await expectPacket(reader)
    if (header.kind !== 'data') throw unexpectedLine(null)
    const section = packetLine(header.bytes)
    if (section === 'packfile') {
      await readSideBand(reader, { onData: packSink(request), onText: createProgressParser(request) })
      return boundary
    }
    const takeLine =
      section === 'acknowledgments'
        ? (line: string): boolean => takeAcknowledgement(line, negotiation)
        : section === 'shallow-info'
          ? (line: string): boolean => readShallowLine(line, boundary)
          : null
    if (takeLine === null) throw unexpectedLine(section)
    for (;;) {
      const packet = await expectPacket(reader)
      if (packet.kind === 'delimiter') break
      if (packet.kind !== 'data') {
        if (section === 'acknowledgments') return null
        throw unexpectedLine(null)
      }
      const line = packetLine(packet.bytes)
      if (!takeLine(line)) throw unexpectedLine(line)
    }
  }
}

function takeAcknowledgement(line: string, negotiation: ReturnType<typeof createNegotiation>): boolean {
  if (line === 'ready') {
    negotiation.ready()
    return true
  }
  const acknowledgement = parseAcknowledgement(line)
  if (acknowledgement === null) return false
  if (acknowledgement.kind !== 'nak') negotiation.acknowledge(acknowledgement.oid)
  return true
}
