import { EspalierError } from '../../src/protocol/errors.ts'
import { isOid, type Oid } from '../git/objects/oid.ts'
import { chooseHead } from './head.ts'
import type { RemoteRefs } from './remote.ts'
import type { StaticFiles } from './static-files.ts'

const maxRefsBytes = 64 * 1024 * 1024
const maxHeadBytes = 4096

/** What HEAD's file says; null when it is not there, or is not git's. */
export async function readDumbHead(
  files: StaticFiles,
  signal?: AbortSignal,
): Promise<{ readonly symref: string | null; readonly oid: Oid | null } | null> {
  const text = (await files.readText('HEAD', maxHeadBytes, signal).catch(notGit))?.trim() ?? ''
  if (isOid(text)) return { symref: null, oid: text }
  const symref = /^ref: (refs\/\S+)$/.exec(text)?.[1]
  return symref === undefined ? null : { symref, oid: null }
}

/** The refs of a bare repository's files: `info/refs` (git-update-server-info(1)), else `packed-refs` and HEAD's branch. */
export async function readDumbRefs(files: StaticFiles, signal?: AbortSignal): Promise<RemoteRefs> {
  const head = await readDumbHead(files, signal)
  const info = await files.readText('info/refs', maxRefsBytes, signal)
  const parsed = info === null ? null : parseInfoRefs(info)
  const { refs, peeled } =
    parsed ?? parsePackedRefs(await files.readText('packed-refs', maxRefsBytes, signal))
  const symref = head?.symref ?? null
  if (parsed === null && symref !== null) {
    const loose = (await files.readText(symref, maxHeadBytes, signal))?.trim() ?? ''
    if (isOid(loose)) refs.set(symref, loose)
  }
  const branch = symref === null ? undefined : refs.get(symref)
  const headOid = head?.oid ?? branch ?? null
  return { refs, peeled, head: chooseHead(refs, symref, headOid), headOid }
}

interface ParsedRefs {
  readonly refs: Map<string, Oid>
  readonly peeled: Map<string, Oid>
}

/** Lines of `oid TAB name`; peeled tags end in `^{}`. Null when it is something else. */
function parseInfoRefs(text: string): ParsedRefs | null {
  const refs = new Map<string, Oid>()
  const peeled = new Map<string, Oid>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [oid = '', name = ''] = line.split('\t')
    if (!isOid(oid)) return refuseOtherHash(oid) ?? null
    if (name.endsWith('^{}')) peeled.set(name.slice(0, -3), oid)
    else if (name.startsWith('refs/')) refs.set(name, oid)
  }
  return { refs, peeled }
}

/** Lines of `oid SP name`; `^oid` peels the tag of the line before (git-pack-refs(1)). */
function parsePackedRefs(text: string | null): ParsedRefs {
  const refs = new Map<string, Oid>()
  const peeled = new Map<string, Oid>()
  let last = ''
  for (const line of (text ?? '').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [oid = '', name = ''] = line.startsWith('^') ? [line.slice(1), last] : line.split(' ')
    if (!isOid(oid)) {
      refuseOtherHash(oid)
      throw new EspalierError('remote/protocol', 'The file packed-refs does not parse. Check the address.')
    }
    if (line.startsWith('^')) peeled.set(name, oid)
    else refs.set(name, oid)
    last = name
  }
  return { refs, peeled }
}

function refuseOtherHash(oid: string): undefined {
  if (!/^[0-9a-f]{64}$/.test(oid)) return undefined
  throw new EspalierError(
    'git/sha256-unsupported',
    'This repository uses sha256 object ids. Espalier reads SHA-1 repositories only.',
  )
}

function notGit(error: unknown): null {
  if (error instanceof EspalierError && error.code === 'remote/protocol') return null
  throw error
}
