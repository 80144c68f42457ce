import { concatBytes } from '../git/objects/object-text.ts'
import { EspalierError } from '../../src/protocol/errors.ts'

/** Pulls bytes out of a stream on demand: nothing is read ahead, so a slow consumer slows the sender down. */
export interface ByteReader {
  /** Exactly `count` bytes, or null at a clean end before the first of them. Throws `remote/truncated`. */
  read(count: number): Promise<Uint8Array | null>
  /** Whatever has arrived (at least one byte), or null at the end. */
  readSome(): Promise<Uint8Array | null>
  /** Puts bytes back in front. */
  unread(bytes: Uint8Array): void
  /** Bytes taken from the stream so far. */
  receivedBytes(): number
  /** Gives the rest up, and the connection with it. Safe to call at any time. */
  cancel(): void
  /** Nothing more is expected: lets the answer end by itself, so that its connection can be used again. */
  finish(): void
}

const empty = new Uint8Array(0)

/** Reads from a response body, a blob's stream, or any stream of bytes. `explain` makes the error of a broken one. */
export function createByteReader(
  stream: ReadableStream<Uint8Array> | null,
  explain: (error: unknown) => Error = truncatedError,
): ByteReader {
  const reader = stream?.getReader()
  let buffer: Uint8Array = empty
  let received = 0

  async function pull(): Promise<Uint8Array | null> {
    for (;;) {
      if (reader === undefined) return null
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw explain(error)
      })
      if (done) return null
      received += value.length
      if (value.length > 0) return value
    }
  }

  return {
    async read(count) {
      if (buffer.length < count) {
        const pieces = buffer.length > 0 ? [buffer] : []
        let length = buffer.length
        buffer = empty
        while (length < count) {
          const piece = await pull()
          if (piece === null) {
            if (length === 0) return null
            throw truncatedError()
          }
          pieces.push(piece)
          length += piece.length
        }
        buffer = pieces.length === 1 ? (pieces[0] ?? empty) : concatBytes(pieces)
      }
      const bytes = buffer.subarray(0, count)
      buffer = buffer.subarray(count)
      return bytes
    },
    async readSome() {
      if (buffer.length === 0) return pull()
      const bytes = buffer
      buffer = empty
      return bytes
    },
    unread(bytes) {
      buffer = buffer.length === 0 ? bytes : concatBytes([bytes, buffer])
    },
    receivedBytes: () => received,
    cancel() {
      reader?.cancel().catch(() => {}) // the stream may have failed already
    },
    finish() {
      pull()
        .then((more) => (more === null ? undefined : reader?.cancel()))
        .catch(() => {})
    },
  }
}

/** Reads one line of text (up to LF, without it); null at the end. Longer ones than `maxBytes` are not text. */
export async function readTextLine(reader: ByteReader, maxBytes: number): Promise<string | null> {
  const pieces: Uint8Array[] = []
  let length = 0
  for (;;) {
    const bytes = await reader.readSome()
    if (bytes === null) {
      if (length === 0) return null
      throw truncatedError()
    }
    const end = bytes.indexOf(10)
    if (end >= 0) {
      if (end + 1 < bytes.length) reader.unread(bytes.subarray(end + 1))
      pieces.push(bytes.subarray(0, end))
      return new TextDecoder().decode(pieces.length === 1 ? pieces[0] : concatBytes(pieces))
    }
    pieces.push(bytes)
    length += bytes.length
    if (length > maxBytes) {
      throw new EspalierError(
        'remote/protocol',
        'The answer is not the text that it should be. Check the address.',
      )
    }
  }
}

/** The error of a transfer that ended before its end. */
export function truncatedError(cause?: unknown): EspalierError {
  return new EspalierError(
    'remote/truncated',
    'The host ended the transfer early. Nothing of it was kept; try again.',
    cause === undefined ? {} : { cause },
  )
}
