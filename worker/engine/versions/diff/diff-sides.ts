import type { DiffRequest } from '../../../../src/protocol/diff.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { Revision } from '../../../../src/protocol/records.ts'
import { createHistory } from '../../../git/history/history.ts'
import { knownMergeBases } from '../../../git/history/known-merge-bases.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import type { Database } from '../../database.ts'
import type { Change, WorkingChanges } from '../../branches/working-changes.ts'
import { checkDiffRequest, needCollections } from '../check-options.ts'
import { ownView } from '../own-view.ts'
import type { VersionsContext } from '../versions-context.ts'

/** What is compared. Stays as it is while others write. */
export interface Sides {
  readonly from: CommitSnapshot
  readonly to: CommitSnapshot
  /** The working changes on top of `to`, by collection and key; undefined when the commit itself is compared. */
  readonly changes: ReadonlyMap<string, ReadonlyMap<string, Change>> | undefined
}

/**
 * Throws `git/ref-missing`, `git/no-merge-base`, `git/history-missing`, `engine/bad-argument`, and
 * `record/collection-missing` for a wanted collection that no side has.
 */
export async function resolveSides(
  context: Pick<VersionsContext, 'viewOf'>,
  handle: HandleId,
  request: DiffRequest,
): Promise<Sides> {
  checkDiffRequest(request)
  const { snapshot, changes, database } = await ownView(context, handle)
  const { from = snapshot.commit, to, base } = splitRange(request, snapshot.commit)
  const now: Sides | undefined =
    to === undefined ? { from: snapshot, to: snapshot, changes: copyOf(changes, snapshot) } : undefined
  const before = from === snapshot.commit ? snapshot : await database.at(from, snapshot)
  const after = now ?? { to: await database.at(to as Revision, snapshot), changes: undefined } // it is given then
  const start = base ? await openMergeBase(database, before, after.to) : before
  needCollections(request.collections, [after.to.schema, before.schema, start.schema])
  return { ...after, from: start }
}

/** `a..b` and `a...b`, as git has them; a side that is left out is the commit of the handle. */
function splitRange(
  { from, to, base }: DiffRequest,
  commit: string,
): {
  readonly from: Revision | undefined
  readonly to: Revision | undefined
  readonly base: boolean
} {
  const range = typeof from === 'string' && to === undefined ? /^(.*?)(\.\.\.?)(.*)$/.exec(from) : null
  if (!range) return { from, to, base: base !== undefined }
  const [, one, dots, other] = range
  return { from: one || commit, to: other || commit, base: base !== undefined || dots === '...' }
}

/** Working changes change while a diff is read. */
function copyOf({ of }: Pick<WorkingChanges, 'of'>, { schema }: CommitSnapshot): Sides['changes'] {
  const copy = new Map<string, ReadonlyMap<string, Change>>()
  for (const id of schema.collections.keys()) {
    const changes = of(id)
    if (changes.size > 0) copy.set(id, new Map(changes))
  }
  return copy
}

async function openMergeBase(
  database: Database,
  one: CommitSnapshot,
  other: CommitSnapshot,
): Promise<CommitSnapshot> {
  const [base] = await database.withHistory(() => {
    // The refs are others once more history is here.
    const { objects, refs } = database.repository
    return knownMergeBases(createHistory(objects, refs.shallow), refs.shallow, one.commit, other.commit)
  })
  if (base !== undefined) return database.at(base, one)
  throw new EspalierError(
    'git/no-merge-base',
    `The commits ${one.commit} and ${other.commit} have no common ancestor. Compare them as they are.`,
    { data: { one: one.commit, other: other.commit } },
  )
}
