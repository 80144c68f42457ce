import { EspalierError } from '../../src/protocol/errors.ts'
import { type ByteReader, truncatedError } from './byte-reader.ts'
import { expectPacket } from './pkt-line.ts'

const decoder = new TextDecoder()

/** The three bands of `side-band-64k`: data, progress text, and the host's last words (gitprotocol-pack(5)). */
export interface SideBandSink {
  readonly onData: (bytes: Uint8Array) => void | Promise<void>
  readonly onText: (bytes: Uint8Array) => void
}

/** Splits the bands up to the closing flush; awaits `onData`, so a slow consumer slows the host down. */
export async function readSideBand(reader: ByteReader, sink: SideBandSink): Promise<void> {
  for (;;) {
    const packet = await expectPacket(reader)
    if (packet.kind !== 'data') return
    if (packet.bytes.length === 0) continue
    const data = packet.bytes.subarray(1)
    switch (packet.bytes[0]) {
      case 1:
        if (data.length > 0) {
          const slow = sink.onData(data)
          if (slow !== undefined) await slow
        }
        break
      case 2:
        sink.onText(data)
        break
      case 3:
        throw hostError(decoder.decode(data))
      default:
        throw new EspalierError('remote/protocol', 'The host sent a side band that git does not know.')
    }
  }
}

/** Reads a pack that comes without bands: everything up to the end of the stream. */
export async function readPlainPack(
  reader: ByteReader,
  onData: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  let any = false
  for (let bytes = await reader.readSome(); bytes !== null; bytes = await reader.readSome()) {
    any = true
    await onData(bytes)
  }
  if (!any) throw truncatedError()
}

function hostError(text: string): EspalierError {
  const words = text.trim().slice(0, 500)
  return new EspalierError('remote/protocol', `The host gave up: ${words}`, { data: { hostMessage: words } })
}
