import { EspalierError } from '../../src/protocol/errors.ts'
import { isOid, type Oid } from '../git/objects/oid.ts'
import { type ByteReader, readTextLine, truncatedError } from './byte-reader.ts'
import { chooseHead } from './head.ts'
import type { RemoteRefs } from './remote.ts'

/** What stands before the pack in a bundle file (gitformat-bundle(5)). */
export interface BundleHeader {
  readonly version: 2 | 3
  readonly refs: RemoteRefs
  /** Commits that the receiver must have already. */
  readonly prerequisites: readonly Oid[]
}

const maxLineBytes = 64 * 1024
const signature = /^# v(\d+) git bundle$/

/** Reads the header and leaves the reader at the pack. Throws `remote/protocol`, `git/sha256-unsupported`. */
export async function readBundleHeader(reader: ByteReader, url: string): Promise<BundleHeader> {
  const version = Number(signature.exec((await readTextLine(reader, maxLineBytes)) ?? '')?.[1] ?? Number.NaN)
  if (version !== 2 && version !== 3) throw notBundle(url)
  const refs = new Map<string, Oid>()
  const prerequisites: Oid[] = []
  let headOid: Oid | null = null
  for (;;) {
    const line = await readTextLine(reader, maxLineBytes)
    if (line === null) throw truncatedError()
    if (line === '') break
    if (version === 3 && line.startsWith('@')) {
      checkCapability(line.slice(1))
      continue
    }
    const isPrerequisite = line.startsWith('-')
    const text = isPrerequisite ? line.slice(1) : line
    const oid = text.slice(0, 40)
    const name = text.slice(41)
    if (!isOid(oid) || (text.length > 40 && text[40] !== ' ')) throw notBundle(url)
    if (isPrerequisite) prerequisites.push(oid)
    else if (name === '') throw notBundle(url)
    else if (name === 'HEAD') headOid = oid
    else refs.set(name, oid)
  }
  const head = chooseHead(refs, null, headOid)
  return { version, refs: { refs, peeled: new Map(), head, headOid }, prerequisites }
}

/** A capability that is not understood means that the bundle cannot be read. */
function checkCapability(capability: string): void {
  if (capability === 'object-format=sha1') return
  if (capability.startsWith('object-format=')) {
    throw new EspalierError(
      'git/sha256-unsupported',
      `This bundle uses ${capability.slice(14, 40)} object ids. Espalier reads SHA-1 repositories only.`,
    )
  }
  const isFilter = capability.startsWith('filter=')
  throw new EspalierError(
    'git/unsupported',
    isFilter
      ? 'This bundle leaves objects out (a filter). Make it again without --filter.'
      : `This bundle needs "${capability.slice(0, 60)}", which Espalier does not know.`,
    { data: { feature: capability.slice(0, 60) } },
  )
}

function notBundle(url: string): EspalierError {
  return new EspalierError(
    'remote/protocol',
    `${url} is not a git bundle file. Make one with: git bundle create data.bundle --all`,
    { data: { url } },
  )
}
