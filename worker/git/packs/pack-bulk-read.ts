import type { GitObject } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import { oidBytes, oidFromBytes } from '../objects/oid.ts'
import { objectTypeOf } from './pack-format.ts'
import type { Pack, PackReader } from './pack-reader.ts'
import { createSlabAllocator } from './slab-allocator.ts'

export interface BulkRead {
  /** 20 raw bytes per object. */
  readonly ids: Uint8Array
  readonly find: (id: Uint8Array, at: number) => { pack: Pack; position: number } | undefined
  readonly reader: PackReader
  readonly missingObject: (oid: Oid) => Error
  readonly visit: (index: number, object: GitObject) => void
  /** They are soon wanted again. */
  readonly keep: boolean
}

/** The objects of one pack that are wanted: their numbers and where they lie. */
interface PackWants {
  readonly pack: Pack
  readonly indexes: number[]
  readonly positions: number[]
}

/** Reads objects in pack order with a synchronous inner loop; promises only where a segment must be loaded. */
export async function readObjects({
  ids,
  find,
  reader,
  missingObject,
  visit,
  keep,
}: BulkRead): Promise<void> {
  const count = Math.floor(ids.length / oidBytes)
  const wants = new Map<Pack, PackWants>()
  for (let index = 0; index < count; index++) {
    const found = find(ids, index * oidBytes)
    if (found === undefined) throw missingObject(oidFromBytes(ids, index * oidBytes))
    let ofPack = wants.get(found.pack)
    if (ofPack === undefined)
      wants.set(found.pack, (ofPack = { pack: found.pack, indexes: [], positions: [] }))
    ofPack.indexes.push(index)
    ofPack.positions.push(found.position)
  }

  const allocate = createSlabAllocator()
  for (const { pack, indexes, positions } of wants.values()) {
    const offsets = positions.map((position) => pack.index.offsetAt(position))
    for (const i of inOrder(offsets)) {
      // i is an index of the three parallel arrays.
      const index = indexes[i] as number
      const warm = warmObject(pack, positions[i] as number)
      if (warm !== undefined) {
        visit(index, warm)
        continue
      }
      const offset = offsets[i] as number
      const object =
        reader.tryRead(pack, offset, allocate, keep) ?? (await reader.read(pack, offset, allocate, keep))
      visit(index, object)
    }
  }
}

/** An object that is still in memory from indexing. */
function warmObject(pack: Pack, position: number): GitObject | undefined {
  if (pack.warm === undefined) return undefined
  const { entries, order, contents } = pack.warm
  const entry = order[position] as number // order has an entry per position
  const slab = contents.slab(entries.slabs[entry] as number)
  if (slab === undefined) return undefined
  const start = entries.slabStarts[entry] as number
  return {
    type: objectTypeOf(entries.types[entry] as number),
    bytes: slab.subarray(start, start + (entries.sizes[entry] as number)),
  }
}

/** The numbers 0 … n-1 in the order of their offsets. */
function inOrder(offsets: readonly number[]): Uint32Array {
  const order = new Uint32Array(offsets.length)
  let sorted = true
  let largest = 0
  for (let i = 0; i < offsets.length; i++) {
    order[i] = i
    const offset = offsets[i] as number
    if (offset < largest) sorted = false
    else largest = offset
  }
  if (sorted) return order
  // Offset and number share a double where they fit: the engine sorts plain numbers much faster.
  const scale = offsets.length
  if (largest * scale + scale >= 2 ** 53) {
    return order.sort((a, b) => (offsets[a] as number) - (offsets[b] as number))
  }
  const keys = new Float64Array(offsets.length)
  for (let i = 0; i < offsets.length; i++) keys[i] = (offsets[i] as number) * scale + i
  keys.sort()
  for (let i = 0; i < keys.length; i++) order[i] = (keys[i] as number) % scale
  return order
}
