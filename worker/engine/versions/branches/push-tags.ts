import type { PushedTag } from '../../../../src/protocol/branches.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { PushedRef } from '../../../remote/remote.ts'
import type { Database } from '../../database.ts'
import { tagPrefix } from '../../repository/ref-names.ts'
import { reportTo } from '../../repository/transfer.ts'
import { pushRefs } from './push-refs.ts'
import type { VersionsContext } from '../versions-context.ts'

/** A tag that the remote lacks. */
interface NewTag {
  readonly name: string
  readonly ref: string
  readonly oid: Oid
}

/**
 * Sends tags that the remote lacks, each for itself, and never moves one. Throws `git/ref-missing` before anything is
 * sent, `remote/*`.
 */
export async function pushTags(
  { viewOf, packFor, refuseReadOnly }: VersionsContext,
  handle: HandleId,
  names: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly PushedTag[]> {
  const { database } = viewOf(handle)
  const { repository, remote } = database
  refuseReadOnly(remote)
  await repository.settled()
  const wanted = namedTags(database, names)
  const end = repository.begin('syncing')
  try {
    const { refs: there } = await remote.listRefs({ signal })
    const open = wanted.filter(({ ref }) => !there.has(ref))
    const pushed = new Map<string, PushedRef>()
    if (open.length > 0) {
      const have = [...there.values()]
      const pack = packFor(repository, { want: open.map(({ oid }) => oid), have }, signal)
      pack.catch(() => {}) // the push may end before it needs the pack
      const updates = open.map(({ ref, oid }) => ({ ref, oldOid: null, newOid: oid }))
      const transfer = { pack, signal, onProgress: reportTo(repository) }
      for (const result of await pushRefs(remote, updates, transfer)) pushed.set(result.ref, result)
    }
    return wanted.map(({ name, ref, oid }) => {
      const known = there.get(ref)
      if (known !== undefined)
        return known === oid ? { name, status: 'up-to-date' } : { name, status: 'exists', oid: known }
      return describePushed(name, pushed.get(ref))
    })
  } finally {
    end()
  }
}

/** Throws `git/ref-missing`. */
function namedTags(
  { repository: { refs } }: Database,
  names: readonly string[] | undefined,
): readonly NewTag[] {
  const all = refs
    .list(tagPrefix)
    .map(({ name: ref, oid }): NewTag => ({ name: ref.slice(tagPrefix.length), ref, oid }))
  if (!names) return all
  const byName = new Map(all.map((tag) => [tag.name, tag]))
  return [...new Set(names)].map((name) => {
    const tag = byName.get(name)
    if (tag) return tag
    throw new EspalierError(
      'git/ref-missing',
      `There is no tag "${name}". Create it first: db.tags.create.`,
      {
        data: { tag: name },
      },
    )
  })
}

function describePushed(name: string, pushed: PushedRef | undefined): PushedTag {
  if (!pushed) return { name, status: 'refused', reason: 'The remote did not answer for this tag.' }
  if (pushed.status === 'ok') return { name, status: 'pushed' }
  // Somebody was faster.
  if (pushed.status === 'diverged') return { name, status: 'exists', oid: null }
  return { name, status: 'refused', reason: pushed.reason }
}
