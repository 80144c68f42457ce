import { EspalierError } from '../../../src/protocol/errors.ts'
import { copyObjects } from './compaction-copy.ts'
import { deflate } from '../zlib/deflate.ts'
import { reachableObjects } from '../history/history-reachable.ts'
import type { ObjectReader } from '../objects/object.ts'
import type { ObjectStore } from './object-store.ts'
import type { Oid } from '../objects/oid.ts'
import type { PackedObject } from './pack-writer.ts'
import { writePack } from './pack-writer.ts'
import type { Refs } from '../refs/refs.ts'

/** How a bundle is written. */
export interface BundleOptions {
  /** Called between slices of work; may throw to abort. */
  readonly pause?: () => Promise<void> | void
}

/**
 * The whole repository as a git bundle, version 2 (gitformat-bundle(5)): all refs and a complete, compressed
 * pack. `git clone` reads it. Throws `git/history-missing` while history is incomplete (fetch it first) and
 * `git/object-missing` when a file is not here (a partial clone).
 */
export async function writeBundle(
  store: ObjectStore | ObjectReader,
  refs: Refs,
  { pause }: BundleOptions = {},
): Promise<readonly Uint8Array[]> {
  const named = refs.list()
  const head = refs.head()
  if (refs.shallow.size > 0) {
    throw new EspalierError(
      'git/history-missing',
      'A bundle holds the complete history, of which a part is not here. Fetch the whole history first.',
    )
  }
  if (named.length === 0) {
    throw new EspalierError(
      'git/ref-missing',
      'There is no branch or tag to write to a bundle. Commit first.',
    )
  }
  let header = '# v2 git bundle\n'
  if (head?.oid) header += `${head.oid} HEAD\n`
  for (const { name, oid } of named) header += `${oid} ${name}\n`
  const roots = named.map(({ oid }) => oid)
  if (head?.oid) roots.push(head.oid)
  const walk = pause === undefined ? {} : { pause }
  const oids = await reachableObjects(store, roots, walk)
  for (const oid of oids) if (!(await store.has(oid))) await store.read(oid)
  const objects =
    'reader' in store
      ? await copyObjects(oids, { packs: store.packs(), reader: store.reader, ...walk })
      : await compressObjects(store, oids, pause)
  const { buffer } = writePack(objects)
  const pieces: Uint8Array[] = [new TextEncoder().encode(`${header}\n`)]
  for (let segment = 0; segment < buffer.segmentCount(); segment++) {
    pieces.push(buffer.segmentContent(segment) ?? (await buffer.load(segment)))
  }
  return pieces
}

async function compressObjects(
  reader: ObjectReader,
  oids: Iterable<Oid>,
  pause: BundleOptions['pause'],
): Promise<readonly PackedObject[]> {
  const objects: PackedObject[] = []
  for (const oid of oids) {
    const { type, bytes } = await reader.read(oid)
    objects.push({ oid, type, size: bytes.length, packed: deflate(bytes) })
    if (objects.length % 100 === 0) await pause?.()
  }
  return objects
}
