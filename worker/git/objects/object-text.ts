/** One header of a commit or tag; continuation lines are unfolded, the bytes are otherwise as stored. */
export interface ObjectHeader {
  readonly name: string
  readonly value: Uint8Array
  /** Set for a line without a space: all of it is the name. */
  readonly bare?: true
}

/** The two parts of a commit or tag. `body` is null when the blank line before it is missing. */
export interface ObjectText {
  readonly headers: readonly ObjectHeader[]
  readonly body: Uint8Array | null
}

const newline = 0x0a
const space = 0x20

/** Splits a commit or tag. Never throws: what the headers mean is checked by their readers. */
export function parseObjectText(bytes: Uint8Array): ObjectText {
  const headers: ObjectHeader[] = []
  let at = 0
  while (at < bytes.length && bytes[at] !== newline) {
    const lineEnd = endOfLine(bytes, at)
    const nameEnd = bytes.indexOf(space, at)
    if (nameEnd < 0 || nameEnd >= lineEnd) {
      headers.push({ name: byteString(bytes, at, lineEnd), value: new Uint8Array(), bare: true })
      at = lineEnd + 1
      continue
    }
    let end = lineEnd
    let folded = 0
    // A line that starts with a space continues the header above it (gpgsig, mergetag).
    while (end < bytes.length && bytes[end + 1] === space && end + 1 < bytes.length) {
      end = endOfLine(bytes, end + 1)
      folded++
    }
    headers.push({
      name: byteString(bytes, at, nameEnd),
      value:
        folded === 0 ? bytes.subarray(nameEnd + 1, end) : unfold(bytes.subarray(nameEnd + 1, end), folded),
    })
    at = end + 1
  }
  return { headers, body: at < bytes.length ? bytes.subarray(at + 1) : null }
}

/** The bytes of a commit or tag. */
export function formatObjectText(text: ObjectText): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { name, value, bare } of text.headers) {
    parts.push(bytesOf(bare ? name : `${name} `), fold(value), newlineBytes)
  }
  if (text.body !== null) parts.push(newlineBytes, text.body)
  return concatBytes(parts)
}

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const newlineBytes: Uint8Array = Uint8Array.of(newline)

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(newline, from)
  return end < 0 ? bytes.length : end
}

/** One char per byte. (TextDecoder's `latin1` is windows-1252, which loses bytes.) */
function byteString(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 1000)))
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function unfold(value: Uint8Array, folded: number): Uint8Array {
  const bytes = new Uint8Array(value.length - folded)
  let at = 0
  for (let i = 0; i < value.length; i++) {
    bytes[at++] = value[i] as number // i < length
    if (value[i] === newline) i++ // the space that marks the continuation
  }
  return bytes
}

function fold(value: Uint8Array): Uint8Array {
  let lines = 0
  for (const byte of value) if (byte === newline) lines++
  if (lines === 0) return value
  const bytes = new Uint8Array(value.length + lines)
  let at = 0
  for (const byte of value) {
    bytes[at++] = byte
    if (byte === newline) bytes[at++] = space
  }
  return bytes
}
