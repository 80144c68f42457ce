import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import { EspalierError } from '../../src/protocol/errors.ts'
import { newerFormat, notCloneable } from './storage-errors.ts'

/** The stored-format version of the Node store's files. Each one keeps a fixture that must open for ever. */
export const nodeFormatVersion = 1

const magic = 0x4553504c // "ESPL"
const headerBytes = 12

/**
 * One value as file bytes: magic, format version, CRC-32 of the rest, then the value in V8's serialization, which
 * Node documents as safe to store on disk (`node:v8`, serialization API) and which keeps what structured clone keeps.
 */
export function formatRecord(value: unknown): Uint8Array {
  const body = serializeValue(value)
  const bytes = Buffer.allocUnsafe(headerBytes + body.byteLength)
  bytes.writeUInt32BE(magic, 0)
  bytes.writeUInt32BE(nodeFormatVersion, 4)
  bytes.writeUInt32BE(crc32(body), 8)
  bytes.set(body, headerBytes)
  return bytes
}

/** Throws `storage/corrupt`, `storage/newer-format`. The caller knows the value's type from the file's name. */
export function parseRecord(path: string, bytes: Uint8Array): unknown {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < headerBytes || view.readUInt32BE(0) !== magic) throw damaged(path)
  if (view.readUInt32BE(4) > nodeFormatVersion) throw newerFormat(path)
  const body = view.subarray(headerBytes)
  if (crc32(body) !== view.readUInt32BE(8)) throw damaged(path)
  try {
    return deserialize(body)
  } catch (error) {
    throw newerFormat(path, error) // the checksum holds: a newer Node wrote it
  }
}

function serializeValue(value: unknown): Uint8Array {
  try {
    return serialize(value)
  } catch (error) {
    throw notCloneable(error)
  }
}

function damaged(path: string): EspalierError {
  return new EspalierError(
    'storage/corrupt',
    `The file ${path} is damaged: restore it from a backup, or clone again.`,
    {
      data: { path },
    },
  )
}
