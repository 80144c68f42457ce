import type { StoredObjects } from '../packs/object-store.ts'
import type { Oid } from '../objects/oid.ts'
import { oidToBytes } from '../objects/oid.ts'
import type { EditTreesOptions } from './tree-edit.ts'

/** What `editTrees` asks a store about its delta chains. */
export function deltaChainsOf(
  store: Pick<StoredObjects, 'packs' | 'reader' | 'deltaDepth'>,
): Required<Pick<EditTreesOptions, 'deltaDepth' | 'chainEnd'>> {
  return {
    deltaDepth: (oid) => store.deltaDepth(oid),
    async chainEnd(start) {
      const seen = new Set<Oid>()
      for (let oid = start; !seen.has(oid);) {
        seen.add(oid)
        const id = oidToBytes(oid)
        const pack = store.packs().findLast(({ index }) => index.find(id, 0) >= 0)
        if (pack === undefined) return null
        const { base } = await store.reader.readRaw(pack, pack.index.find(id, 0))
        if (base === undefined) return oid
        oid = base
      }
      return null
    },
  }
}
