import { isEspalierError } from '../../../src/protocol/errors.ts'
import { parseCommit } from '../../git/objects/commit.ts'
import type { NewObject } from '../../git/objects/object.ts'
import { zeroOid, type Oid } from '../../git/objects/oid.ts'
import { hashObject } from '../../git/objects/sha1.ts'
import { collectionMissing, type CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import type { Database } from '../database.ts'

/** The tree that holds nothing: what a first commit is compared with. It need not be stored anywhere. */
export const emptyTree: NewObject = {
  oid: hashObject('tree', new Uint8Array()),
  type: 'tree',
  bytes: new Uint8Array(),
}

/** A version before there was anything. Reading its tree takes {@link emptyTree}. */
export function beforeAll(near: CommitSnapshot): CommitSnapshot {
  return withoutDatabase(near, zeroOid, emptyTree.oid)
}

/** Opens a commit; one that holds no database yet has files, and no collections. Throws what `database.at` throws. */
export async function openAnyCommit(
  { at, repository }: Pick<Database, 'at' | 'repository'>,
  oid: Oid,
  near: CommitSnapshot,
): Promise<CommitSnapshot> {
  try {
    return await at(oid, near)
  } catch (error) {
    if (!isEspalierError(error, 'format/not-a-database')) throw error
    return withoutDatabase(near, oid, parseCommit((await repository.objects.read(oid)).bytes).tree)
  }
}

function withoutDatabase({ schema, settingsOf }: CommitSnapshot, commit: Oid, root: Oid): CommitSnapshot {
  const nothing = { settings: schema.settings, collections: new Map(), issues: [] }
  const missing = (id: string): Promise<never> => Promise.reject(collectionMissing(id, nothing))
  return {
    commit,
    root,
    schemaRoot: root,
    schema: nothing,
    formulas: undefined,
    settingsOf,
    collection: missing,
    contentId: missing,
    opened: () => new Map(),
    buildOn: () => {},
  }
}
