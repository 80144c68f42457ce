import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import { parseCommitLinks } from '../objects/commit.ts'
import type { ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'
import type { PackIndex } from '../packs/pack-index.ts'
import { resolveCommit, type FindByPrefix, type Refs } from './refs.ts'

/** Where revisions are looked up. */
export interface RevisionSource {
  readonly refs: Refs
  readonly objects: ObjectReader
  /** What `HEAD` means; by default what the refs say. */
  readonly head?: Oid
  readonly findByPrefix?: FindByPrefix
}

/**
 * The commit behind what a user typed, with git's `~2` and `^2` at the end. A branch that only the remote has goes by
 * its plain name too. The commit is here: a ref may be set to it. Throws `git/ref-missing`, `git/object-missing` where
 * the history ends before it, and what `resolveCommit` throws.
 */
export async function resolveRevision(
  { refs, objects, head, findByPrefix }: RevisionSource,
  input: string,
): Promise<Oid> {
  // Names of refs hold neither of the two.
  const [, name = input, steps = ''] = /^([^~^]+)((?:[~^]\d{0,9})*)$/.exec(input) ?? []
  let oid: Oid
  if (head !== undefined && (name === 'HEAD' || name === '@')) oid = head
  else {
    try {
      ;({ oid } = await resolveCommit(refs, objects, name, findByPrefix))
    } catch (error) {
      const theirs = isEspalierError(error, 'git/ref-missing')
        ? refs.oid(`refs/remotes/origin/${name}`)
        : null
      if (theirs === null) throw error
      oid = theirs
    }
  }
  for (const [, kind, digits = ''] of steps.matchAll(/([~^])(\d*)/g)) {
    const count = digits === '' ? 1 : Number(digits)
    // `~n` is the first parent n times, `^n` the nth parent, and `^0` the commit itself.
    for (let left = kind === '~' ? count : Math.min(count, 1); left > 0; left--) {
      const { parents } = parseCommitLinks((await objects.read(oid)).bytes)
      const parent = parents[kind === '~' ? 0 : count - 1]
      if (parent === undefined) {
        throw new EspalierError('git/ref-missing', `"${input}" leads beyond the first commit.`, {
          data: { input },
        })
      }
      oid = parent
    }
  }
  // Steps were read, but for the last one's end.
  if (steps !== '') await objects.read(oid)
  return oid
}

/** The ids of a pack that start with some hex digits. */
export function idsWithPrefix({ count, oidAt }: PackIndex, prefix: string): readonly Oid[] {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (oidAt(middle) < prefix) low = middle + 1
    else high = middle
  }
  const found: Oid[] = []
  for (; low < count && oidAt(low).startsWith(prefix); low++) found.push(oidAt(low))
  return found
}
