import type { GitObject, NewObject } from '../git/objects/object.ts'
import { type Oid, oidToBytes } from '../git/objects/oid.ts'
import { createPackBuffer } from '../git/packs/pack-bytes.ts'
import { readPackIndex } from '../git/packs/pack-index.ts'
import { createPackIndexer } from '../git/packs/pack-indexer.ts'
import { createPackReader, type Pack, type PackPlace } from '../git/packs/pack-reader.ts'
import type { PackedObject } from '../git/packs/pack-writer.ts'
import { truncatedError } from './byte-reader.ts'
import { readLooseObject } from './loose-object.ts'
import type { TransferOptions } from './remote.ts'
import type { StaticFiles } from './static-files.ts'

/** The objects of a bare repository's files: its packs, downloaded whole, and loose objects, one by one. */
export interface DumbObjects {
  /** From a pack, or downloaded; null when the host does not have it. */
  read(oid: Oid): Promise<GitObject | null>
  /** Makes sure that an object is here without reading what is in a pack. False when the host lacks it. */
  ensure(oid: Oid): Promise<boolean>
  /** Everything downloaded so far, each object once; bases come along with their deltas. */
  all(): Promise<readonly (NewObject | PackedObject)[]>
}

const maxListBytes = 4 * 1024 * 1024
const maxLooseBytes = 512 * 1024 * 1024

/** Downloads and indexes the packs. Throws `remote/*`, `git/pack-corrupt`. */
export async function openDumbObjects(files: StaticFiles, transfer: TransferOptions): Promise<DumbObjects> {
  const { signal } = transfer
  const list = (await files.readText('objects/info/packs', maxListBytes, signal)) ?? ''
  const names = [...list.matchAll(/^P (pack-[0-9a-f]{40})\.pack$/gm)].map(([, name = '']) => name)
  const packs: Pack[] = []
  let loaded = 0
  for (const name of names) {
    const onBytes = (count: number): void => {
      loaded += count
      transfer.onProgress?.({ phase: 'receiving', loaded })
    }
    packs.push(await downloadPack(files, name, signal, onBytes))
  }

  const loose = new Map<Oid, GitObject>()
  const reader = createPackReader((id, at, except) => find(id, at, except))
  const scratch = new Uint8Array(20)

  function find(id: Uint8Array, at: number, except?: Pack): PackPlace | undefined {
    for (const pack of packs) {
      const position = pack === except ? -1 : pack.index.find(id, at)
      if (position >= 0) return { pack, offset: pack.index.offsetAt(position) }
    }
    return undefined
  }

  async function readLoose(oid: Oid): Promise<GitObject | null> {
    const known = loose.get(oid)
    if (known !== undefined) return known
    const file = await files.read(`objects/${oid.slice(0, 2)}/${oid.slice(2)}`, maxLooseBytes, signal)
    if (file === null) return null
    loaded += file.length
    transfer.onProgress?.({ phase: 'receiving', loaded })
    const object = await readLooseObject(oid, file, maxLooseBytes)
    loose.set(oid, object)
    return object
  }

  return {
    async read(oid) {
      const place = find(oidToBytes(oid, scratch), 0)
      return place === undefined ? readLoose(oid) : reader.read(place.pack, place.offset)
    },
    async ensure(oid) {
      return find(oidToBytes(oid, scratch), 0) !== undefined || (await readLoose(oid)) !== null
    },
    async all() {
      const objects: (NewObject | PackedObject)[] = []
      const seen = new Set<Oid>()
      // A pack holds the bases of its deltas itself, so taking whole packs in turn never makes a cycle of deltas.
      for (const pack of packs) {
        for (let position = 0; position < pack.index.count; position++) {
          const oid = pack.index.oidAt(position)
          if (seen.has(oid)) continue
          seen.add(oid)
          objects.push({ oid, ...(await reader.readRaw(pack, position)) })
        }
      }
      for (const [oid, object] of loose) objects.push({ oid, ...object })
      return objects
    },
  }
}

async function downloadPack(
  files: StaticFiles,
  name: string,
  signal: AbortSignal | undefined,
  onBytes: (count: number) => void,
): Promise<Pack> {
  const body = await files.open(`objects/pack/${name}.pack`, signal)
  if (body === null) throw truncatedError(new Error(`The host lists ${name}.pack but does not have it.`))
  const buffer = createPackBuffer()
  const indexer = createPackIndexer({ buffer, ...(signal && { signal }) })
  try {
    for (let bytes = await body.readSome(); bytes !== null; bytes = await body.readSome()) {
      indexer.write(bytes)
      onBytes(bytes.length)
    }
  } catch (error) {
    body.cancel()
    throw error
  }
  const { index } = await indexer.finish()
  return { id: name, index: readPackIndex(index), bytes: buffer, warm: undefined }
}
