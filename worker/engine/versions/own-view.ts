import type { HandleId } from '../../../src/protocol/engine.ts'
import type { Revision } from '../../../src/protocol/records.ts'
import { noChanges } from '../branches/working-changes.ts'
import type { VersionsContext } from './versions-context.ts'

/** What a handle shows, or the commit that `at` names, read with its own definitions: those of no other commit. */
export async function ownView(
  { viewOf }: Pick<VersionsContext, 'viewOf'>,
  handle: HandleId,
  at?: Revision,
): Promise<ReturnType<VersionsContext['viewOf']>> {
  const view = viewOf(handle)
  const { snapshot, database } = view
  if (at === undefined && snapshot.as === undefined) return view
  return { database, snapshot: await database.at(at ?? snapshot.commit, snapshot), changes: noChanges }
}
