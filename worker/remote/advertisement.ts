import { EspalierError } from '../../src/protocol/errors.ts'
import { isOid, type Oid } from '../git/objects/oid.ts'
import type { ByteReader } from './byte-reader.ts'
import { addCapability, type Capabilities, parseCapabilities, symrefTarget } from './capabilities.ts'
import { chooseHead } from './head.ts'
import { packetLine, readLine, readPacket } from './pkt-line.ts'
import type { RemoteRefs } from './remote.ts'

export type GitService = 'git-upload-pack' | 'git-receive-pack'

/** The first answer of a host, in either protocol version. */
export type Advertisement =
  | { readonly version: 0; readonly capabilities: Capabilities; readonly refs: RemoteRefs }
  | { readonly version: 2; readonly capabilities: Capabilities }

/** Reads the answer to `info/refs?service=…` (gitprotocol-http(5), gitprotocol-pack(5), gitprotocol-v2(5)). */
export async function readAdvertisement(reader: ByteReader, service: GitService): Promise<Advertisement> {
  let line = await readLine(reader)
  if (line === `# service=${service}`) {
    while ((line = await readLine(reader)) !== null); // up to the flush
    line = await readLine(reader)
  }
  if (line === 'version 2') return readV2Capabilities(reader)
  if (line === 'version 1') line = await readLine(reader)
  return readV0Refs(reader, line)
}

async function readV2Capabilities(reader: ByteReader): Promise<Advertisement> {
  const capabilities = new Map<string, string[]>()
  for (let line = await readLine(reader); line !== null; line = await readLine(reader)) {
    addCapability(capabilities, line)
  }
  refuseOtherHashes(capabilities)
  return { version: 2, capabilities }
}

async function readV0Refs(reader: ByteReader, first: string | null): Promise<Advertisement> {
  const refs = new Map<string, Oid>()
  const peeled = new Map<string, Oid>()
  let headOid: Oid | null = null
  let capabilities: Capabilities = new Map()
  let line = first
  if (line !== null) {
    const nul = line.indexOf('\0')
    if (nul < 0) throw malformed(line)
    capabilities = parseCapabilities(line.slice(nul + 1))
    refuseOtherHashes(capabilities)
    line = line.slice(0, nul)
  }
  for (; line !== null; line = await readLine(reader)) {
    const space = line.indexOf(' ')
    const oid = line.slice(0, space)
    const name = line.slice(space + 1)
    if (oid === 'shallow') continue
    if (!isOid(oid) || name === '') throw malformed(line)
    if (name === 'capabilities^{}' || name === '.have') continue
    if (name === 'HEAD') headOid = oid
    else if (name.endsWith('^{}')) peeled.set(name.slice(0, -3), oid)
    else refs.set(name, oid)
  }
  const head = chooseHead(refs, symrefTarget(capabilities, 'HEAD'), headOid)
  return { version: 0, capabilities, refs: { refs, peeled, head, headOid } }
}

/** Reads lines up to a flush in protocol v2's `ls-refs` form: `oid name [symref-target:x] [peeled:oid]`. */
export async function readV2Refs(reader: ByteReader): Promise<RemoteRefs> {
  const refs = new Map<string, Oid>()
  const peeled = new Map<string, Oid>()
  let head: string | null = null
  let headOid: Oid | null = null
  for (let packet = await readPacket(reader); ; packet = await readPacket(reader)) {
    if (packet === null)
      throw new EspalierError('remote/truncated', 'The list of refs ended early. Try again.')
    if (packet.kind !== 'data') break
    const line = packetLine(packet.bytes)
    const [oid = '', name = '', ...attributes] = line.split(' ')
    const attribute = (key: string): string | undefined =>
      attributes.find((one) => one.startsWith(key))?.slice(key.length)
    if (name === 'HEAD') head = attribute('symref-target:') ?? null
    if (oid === 'unborn') continue
    if (!isOid(oid) || name === '') throw malformed(line)
    const target = attribute('peeled:')
    if (target !== undefined && isOid(target)) peeled.set(name, target)
    if (name === 'HEAD') headOid = oid
    else refs.set(name, oid)
  }
  return { refs, peeled, head: chooseHead(refs, head, headOid), headOid }
}

function refuseOtherHashes(capabilities: Capabilities): void {
  const format = capabilities.get('object-format')?.[0] ?? 'sha1'
  if (format === 'sha1') return
  throw new EspalierError(
    'git/sha256-unsupported',
    `This repository uses ${format} object ids. Espalier reads SHA-1 repositories only; convert it or use another.`,
    { data: { objectFormat: format } },
  )
}

function malformed(line: string): EspalierError {
  return new EspalierError(
    'remote/protocol',
    `The host's list of refs does not parse at ${JSON.stringify(line.slice(0, 80))}. Check the address.`,
  )
}
