import { EspalierError } from '../../src/protocol/errors.ts'
import { type ByteReader, truncatedError } from './byte-reader.ts'

/**
 * One packet of gitprotocol-common(5): a line of data, or one of the special packets
 * `0000` flush, `0001` delimiter, `0002` response end.
 */
export type Packet =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'flush' | 'delimiter' | 'response-end' }

/** The most bytes that one packet's data may have: 65520 with the four digits of its length. */
export const maxPacketData = 65_516

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const flushPacket: Uint8Array<ArrayBuffer> = encoder.encode('0000')
export const delimiterPacket: Uint8Array<ArrayBuffer> = encoder.encode('0001')

/** Encodes one data packet. Text is sent as UTF-8; callers add the newline where the protocol wants it. */
export function encodePacket(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  if (bytes.length === 0 || bytes.length > maxPacketData) {
    throw new EspalierError('engine/internal', `A packet cannot hold ${bytes.length} bytes.`)
  }
  const packet = new Uint8Array(bytes.length + 4)
  encoder.encodeInto((bytes.length + 4).toString(16).padStart(4, '0'), packet)
  packet.set(bytes, 4)
  return packet
}

const special: readonly Packet[] = [{ kind: 'flush' }, { kind: 'delimiter' }, { kind: 'response-end' }]

/** The next packet, or null at a clean end of the stream. Throws `remote/truncated` and `remote/protocol`. */
export async function readPacket(reader: ByteReader): Promise<Packet | null> {
  const head = await reader.read(4)
  if (head === null) return null
  const length = parseLength(head)
  if (length < 4) return special[length] ?? rejectLength(head)
  if (length === 4) return { kind: 'data', bytes: new Uint8Array(0) }
  if (length > maxPacketData + 4) rejectLength(head)
  const bytes = await reader.read(length - 4)
  if (bytes === null) throw truncatedError()
  return { kind: 'data', bytes }
}

/** Like {@link readPacket}, where the stream must not end yet. */
export async function expectPacket(reader: ByteReader): Promise<Packet> {
  const packet = await readPacket(reader)
  if (packet === null) throw truncatedError()
  return packet
}

/**
 * The next packet as text without its newline, or null for a flush or the like. `ERR` lines become
 * `remote/protocol` with the host's words.
 */
export async function readLine(reader: ByteReader): Promise<string | null> {
  const packet = await expectPacket(reader)
  return packet.kind === 'data' ? packetLine(packet.bytes) : null
}

/** A data packet as text without its newline. Throws for `ERR` lines. */
export function packetLine(bytes: Uint8Array): string {
  const end = bytes.length > 0 && bytes[bytes.length - 1] === 10 ? bytes.length - 1 : bytes.length
  const line = decoder.decode(bytes.subarray(0, end))
  if (line.startsWith('ERR ')) {
    throw new EspalierError('remote/protocol', `The host answered: ${line.slice(4, 500)}`, {
      data: { hostMessage: line.slice(4, 500) },
    })
  }
  return line
}

function parseLength(head: Uint8Array): number {
  let length = 0
  for (let i = 0; i < 4; i++) {
    const code = head[i] ?? 0
    const digit =
      code >= 48 && code <= 57
        ? code - 48
        : code >= 97 && code <= 102
          ? code - 87
          : code >= 65 && code <= 70
            ? code - 55
            : -1
    if (digit < 0) rejectLength(head)
    length = length * 16 + digit
  }
  return length
}

function rejectLength(head: Uint8Array): never {
  const shown = JSON.stringify(decoder.decode(head))
  throw new EspalierError(
    'remote/protocol',
    `The answer is not git's protocol: ${shown} stands where a packet length should. Check the address.`,
  )
}
