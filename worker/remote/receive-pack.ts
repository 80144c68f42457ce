import { type Oid, zeroOid } from '../git/objects/oid.ts'
import { type ByteReader, createByteReader, truncatedError } from './byte-reader.ts'
import type { Capabilities } from './capabilities.ts'
import { encodePacket, flushPacket, readLine } from './pkt-line.ts'
import { createProgressParser } from './progress.ts'
import type { PushRequest } from './remote.ts'
import { readSideBand } from './side-band.ts'

export type RefUpdate = PushRequest['updates'][number]

/** The body of a push: commands, then the pack (gitprotocol-pack(5)). A blob, because browsers cannot stream it. */
export function pushBody(
  capabilities: Capabilities,
  updates: readonly RefUpdate[],
  pack: readonly Uint8Array[] | null,
  atomic: boolean,
  agent: string,
): Blob {
  const asked = ['report-status', 'ofs-delta', 'side-band-64k'].filter((name) => capabilities.has(name))
  if (atomic) asked.push('atomic')
  if (updates.some(({ newOid }) => newOid === null)) asked.push('delete-refs')
  if (capabilities.has('object-format')) asked.push('object-format=sha1')
  if (capabilities.has('agent')) asked.push(`agent=${agent}`)
  const commands = updates.map(({ ref, oldOid, newOid }, i) =>
    encodePacket(`${oldOid ?? zeroOid} ${newOid ?? zeroOid} ${ref}${i === 0 ? `\0 ${asked.join(' ')}` : ''}`),
  )
  // A Blob takes any bytes but those of a shared buffer, which nobody puts a pack in.
  const parts = [...commands, flushPacket, ...(pack ?? [])] as BlobPart[]
  return new Blob(parts)
}

/** What the host says of a push. `refs` maps a ref to null (done) or to the reason of a refusal. */
export interface PushReport {
  readonly unpack: string
  readonly refs: ReadonlyMap<string, string | null>
  /** What hooks and the host printed, in short. */
  readonly text: string
}

/** Reads the report; null when the host sends none (it lacks `report-status`). Throws `remote/truncated`. */
export async function readPushReport(
  reader: ByteReader,
  capabilities: Capabilities,
  request: PushRequest,
): Promise<PushReport | null> {
  if (!capabilities.has('report-status')) return null
  if (!capabilities.has('side-band-64k')) return parseReport(reader, '')
  const pieces: BlobPart[] = []
  const decoder = new TextDecoder()
  const onProgress = createProgressParser(request)
  let text = ''
  await readSideBand(reader, {
    onData: (bytes) => void pieces.push(bytes.slice()),
    onText: (bytes) => {
      onProgress(bytes)
      text = (text + decoder.decode(bytes, { stream: true })).slice(-4000)
    },
  })
  return parseReport(createByteReader(new Blob(pieces).stream()), hostText(text))
}

async function parseReport(reader: ByteReader, text: string): Promise<PushReport> {
  const first = await readLine(reader)
  if (first === null || !first.startsWith('unpack ')) throw truncatedError()
  const refs = new Map<string, string | null>()
  for (let line = await readLine(reader); line !== null; line = await readLine(reader)) {
    const [word = '', ref = '', ...reason] = line.split(' ')
    if (word === 'ok') refs.set(ref, null)
    else if (word === 'ng') refs.set(ref, reason.join(' ') || 'refused')
    // `option …` lines belong to report-status-v2, which is not asked for.
  }
  return { unpack: first.slice('unpack '.length), refs, text }
}

/** What hooks printed, without git's own progress lines. */
function hostText(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' && !/^(?:Resolving|Unpacking|Checking|Processing|Counting)\b.*(?:%|done)/.test(line),
    )
    .join('\n')
    .slice(0, 500)
}

/** Where a ref stands on the remote now, compared with what a push wanted. */
export function compareRef(update: RefUpdate, current: Oid | null): 'done' | 'unmoved' | 'moved' {
  if (current === update.newOid) return 'done'
  return current === update.oldOid ? 'unmoved' : 'moved'
}
