import { EspalierError } from '../../src/protocol/errors.ts'
import { parseCommit } from '../../worker/git/commit.ts'
import type { ObjectReader } from '../../worker/git/object.ts'
import type { Oid } from '../../worker/git/oid.ts'
import { resolveCommit, type FindByPrefix, type Refs } from '../../worker/git/refs.ts'

/**
 * The commit behind what a user typed, with git's `~2` and `^2` at the end. Throws `git/ref-missing` and what
 * `resolveCommit` throws.
 */
export async function resolveRevision(
  refs: Refs,
  objects: ObjectReader,
  revision: string,
  findByPrefix?: FindByPrefix,
): Promise<Oid> {
  const [, name = revision, steps = ''] = /^(.+?)((?:[~^]\d{0,4})*)$/.exec(revision) ?? []
  const remote = refs.oid(`refs/remotes/origin/${name}`)
  let { oid } = await resolveCommit(refs, objects, name, findByPrefix).catch((error: unknown) => {
    // A clone has most branches of its remote under the remote's name only.
    if (remote !== null) return { oid: remote }
    throw error
  })
  for (const [, kind, digits] of steps.matchAll(/([~^])(\d*)/g)) {
    const count = digits === '' ? 1 : Number(digits)
    const wanted = kind === '~' ? Array.from({ length: count }, () => 1) : count === 0 ? [] : [count]
    for (const parent of wanted) {
      const next = parseCommit((await objects.read(oid)).bytes).parents[parent - 1]
      if (next === undefined) {
        throw new EspalierError('git/ref-missing', `"${revision}" leads beyond the first commit.`, {
          data: { input: revision },
        })
      }
      oid = next
    }
  }
  return oid
}
