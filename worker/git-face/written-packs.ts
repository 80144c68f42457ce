import { unzlibSync } from 'fflate'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { NewObject, ObjectType } from '../git/objects/object.ts'
import type { ObjectStore } from '../git/packs/object-store.ts'
import type { Oid } from '../git/objects/oid.ts'
import { hashObject } from '../git/objects/sha1.ts'
import type { PackRow } from '../storage/storage.ts'
import { gitdir } from './repository-files.ts'
import type { VirtualFiles } from './virtual-files.ts'

/**
 * The rows of everything that was written below `objects`: received packs, indexed again, and the loose objects as
 * one more pack. The store holds them afterwards. Throws `git/pack-corrupt`, `git/object-corrupt`.
 */
export async function writtenPacks(files: VirtualFiles, store: ObjectStore): Promise<readonly PackRow[]> {
  const rows: PackRow[] = []
  const objects: NewObject[] = []
  const keep = (row: PackRow): void => {
    rows.push(row)
    store.adopt(row)
  }
  for (const { path, isNew } of files.below(`${gitdir}/objects`)) {
    if (!isNew) continue
    const [, head, tail] = /\/objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/.exec(path) ?? []
    if (head && tail) objects.push(parseLoose(path, `${head}${tail}` as Oid, await files.read(path))) // 40 hex digits
    if (!path.endsWith('.pack')) continue
    const ingest = store.ingest()
    await ingest.write(await files.read(path))
    const received = await ingest.finish()
    await received?.stored
    if (received) keep(received.row)
  }
  if (objects.some(({ oid }) => !store.has(oid))) keep(await store.pack(objects))
  return rows
}

/** A loose object: `type size`, NUL and the content, deflated (gitformat-loose(5)). */
function parseLoose(path: string, oid: Oid, deflated: Uint8Array): NewObject {
  const bytes = inflated(path, oid, deflated)
  const end = bytes.indexOf(0)
  const [type] = new TextDecoder().decode(bytes.subarray(0, end)).split(' ', 1) as [ObjectType] // the id covers it
  const content = bytes.slice(end + 1)
  if (hashObject(type, content) === oid) return { oid, type, bytes: content }
  throw corrupt(path, oid)
}

function inflated(path: string, oid: Oid, deflated: Uint8Array): Uint8Array {
  try {
    return unzlibSync(deflated)
  } catch (cause) {
    throw corrupt(path, oid, cause)
  }
}

function corrupt(path: string, oid: Oid, cause?: unknown): EspalierError {
  return new EspalierError(
    'git/object-corrupt',
    `The loose object ${path} does not have the content of its name. Nothing was stored.`,
    { data: { oid }, cause },
  )
}
