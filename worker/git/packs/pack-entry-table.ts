/** What is known of a pack's entries while it is indexed: parallel arrays that grow with the entries seen. */
export interface EntryTable {
  count: number
  offsets: Float64Array
  crcs: Int32Array
  /** 20 bytes per entry; valid once the type is an object type. */
  ids: Uint8Array
  /** 1–4, or 0 for a delta whose base is not known yet. */
  types: Uint8Array
  sizes: Float64Array
  /** Where the inflated content lies: slab and position. */
  slabs: Int32Array
  slabStarts: Uint32Array
  /** Deltas: the base's entry, or -1. */
  parents: Int32Array
  /** Linked lists of the deltas that wait for an entry, -1 at the end. */
  firstChild: Int32Array
  nextSibling: Int32Array
}

export function createEntryTable(capacity = 1024): EntryTable {
  return {
    count: 0,
    offsets: new Float64Array(capacity),
    crcs: new Int32Array(capacity),
    ids: new Uint8Array(capacity * 20),
    types: new Uint8Array(capacity),
    sizes: new Float64Array(capacity),
    slabs: new Int32Array(capacity),
    slabStarts: new Uint32Array(capacity),
    parents: new Int32Array(capacity).fill(-1),
    firstChild: new Int32Array(capacity).fill(-1),
    nextSibling: new Int32Array(capacity).fill(-1),
  }
}

/** Adds an entry that starts at `offset` and answers its number. */
export function addEntry(table: EntryTable, offset: number): number {
  const entry = table.count++
  const capacity = table.offsets.length
  if (entry >= capacity) {
    const grown = createEntryTable(capacity * 2)
    grown.offsets.set(table.offsets)
    grown.crcs.set(table.crcs)
    grown.ids.set(table.ids)
    grown.types.set(table.types)
    grown.sizes.set(table.sizes)
    grown.slabs.set(table.slabs)
    grown.slabStarts.set(table.slabStarts)
    grown.parents.set(table.parents)
    grown.firstChild.set(table.firstChild)
    grown.nextSibling.set(table.nextSibling)
    grown.count = table.count
    Object.assign(table, grown)
  }
  table.offsets[entry] = offset
  return entry
}

/** The entry that starts at `offset`, or -1. Entries lie in the order of their offsets. */
export function entryAtOffset(table: EntryTable, offset: number): number {
  let low = 0
  let high = table.count
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = table.offsets[middle] as number // middle < count
    if (found === offset) return middle
    if (found < offset) low = middle + 1
    else high = middle
  }
  return -1
}

export function sameId(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number): boolean {
  for (let i = 0; i < 20; i++) if (a[aStart + i] !== b[bStart + i]) return false
  return true
}
