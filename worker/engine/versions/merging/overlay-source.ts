import type { GitObject, NewObject } from '../../../git/objects/object.ts'
import { createCommit } from '../../../git/objects/commit.ts'
import type { StoredObjects } from '../../../git/packs/object-store.ts'
import { oidBytes, oidFromBytes, oidToBytes, type Oid } from '../../../git/objects/oid.ts'
import { hashObject } from '../../../git/objects/sha1.ts'
import {
  openCommit,
  type CommitSnapshot,
  type Inheritance,
  type SnapshotSource,
} from '../../snapshots/commit-snapshot.ts'

/** A source with objects that are not stored: what a commit would hold is read as if it were there. */
export function overlaySource(
  { objects, trees, codecs }: SnapshotSource,
  added: readonly NewObject[],
): SnapshotSource {
  const own = new Map<Oid, GitObject>(added.map((object) => [object.oid, object]))
  const reading: Pick<StoredObjects, 'read' | 'has' | 'readMany'> = {
    read: async (oid) => own.get(oid) ?? objects.read(oid),
    has: (oid) => own.has(oid) || objects.has(oid),
    readMany: async (oids, visit, options) => {
      const stored: { readonly oid: Oid; readonly index: number }[] = []
      const count = oids instanceof Uint8Array ? oids.length / oidBytes : oids.length
      for (let index = 0; index < count; index++) {
        // The index is below the count.
        const oid = oids instanceof Uint8Array ? oidFromBytes(oids, index * oidBytes) : (oids[index] as Oid)
        const object = own.get(oid)
        if (object) visit(index, object)
        else stored.push({ oid, index })
      }
      const ids = new Uint8Array(stored.length * oidBytes)
      stored.forEach(({ oid }, n) => oidToBytes(oid, ids, n * oidBytes))
      const visitStored = (n: number, object: GitObject): void => {
        const place = stored[n]
        if (place) visit(place.index, object)
      }
      await objects.readMany(ids, visitStored, options)
    },
  }
  return {
    objects: { ...objects, ...reading },
    trees: {
      read: async (oid) => own.get(oid) ?? trees.read(oid),
      has: (oid) => own.has(oid) || trees.has(oid),
    },
    codecs,
  }
}

/** Opens a tree that no commit holds. `objects`: what is not stored of it. */
export function openTree(
  source: SnapshotSource,
  tree: Oid,
  objects: readonly NewObject[],
  inheritance?: Inheritance,
): Promise<CommitSnapshot> {
  const nobody = { name: 'nobody', email: 'nobody@espalier.localhost', timestamp: 0 }
  const bytes = createCommit({ tree, parents: [], author: nobody, message: 'Not stored' })
  const oid = hashObject('commit', bytes)
  return openCommit(overlaySource(source, [...objects, { oid, type: 'commit', bytes }]), oid, inheritance)
}
