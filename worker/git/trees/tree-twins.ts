import { EspalierError } from '../../../src/protocol/errors.ts'
import { twinKey } from '../objects/path-safety.ts'
import { entryName, nextEntry, treeCursor } from './tree.ts'

const utf8 = new TextDecoder()

/**
 * Refuses (`git/unsafe-path`) a tree in which an added name has a twin: a name that is the same file where
 * case or Unicode composition is folded. Twins that were there before are left alone. Scans raw bytes: only
 * names whose folded hash matches, or that are not ASCII, are decoded.
 */
export function assertNoNewTwins(tree: Uint8Array, added: readonly Uint8Array[], folder: string): void {
  const names = new Map<string, string>()
  const hashes = new Set<number>()
  for (const bytes of added) {
    const name = utf8.decode(bytes)
    const key = twinKey(name)
    const twin = names.get(key)
    if (twin !== undefined && twin !== name) throw twinError(folder, twin, name)
    names.set(key, name)
    hashes.add(hashOf(key))
  }
  const cursor = treeCursor(tree)
  while (nextEntry(cursor)) {
    const hash = foldedHash(tree, cursor.nameAt, cursor.nameEnd)
    if (hash >= 0 && !hashes.has(hash)) continue
    const name = entryName(cursor)
    const twin = names.get(twinKey(name))
    if (twin !== undefined && twin !== name) throw twinError(folder, twin, name)
  }
}

function twinError(folder: string, added: string, twin: string): EspalierError {
  const where = folder === '' ? 'The root folder' : `The folder "${folder}"`
  return new EspalierError(
    'git/unsafe-path',
    `${where} would hold "${added}" and "${twin}", which are one file on many systems. Use another name.`,
    { data: { folder, added, twin, reason: 'twin' } },
  )
}

/** FNV-1a over ASCII bytes in lower case; -1 when a byte is not ASCII. */
function foldedHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at++) {
    let byte = bytes[at] as number // at < to
    if (byte >= 0x80) return -1
    if (byte >= 0x41 && byte <= 0x5a) byte += 0x20
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return hash >>> 0
}

function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
