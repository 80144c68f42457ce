import type { TagInfo, TagOptions } from '../../../../src/protocol/branches.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import { reflogWrite } from '../../../git/refs/reflog.ts'
import { assertBranchName } from '../../../git/refs/refs-name.ts'
import { peelToCommit } from '../../../git/refs/refs.ts'
import { createTag as tagBytes, parseTag } from '../../../git/objects/tag.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { Database } from '../../database.ts'
import { describeSignature } from '../../repository/describe-commit.ts'
import { refExists, standsInTheWay, tagPrefix } from '../../repository/ref-names.ts'
import type { Repository } from '../../repository/repository.ts'
import { unlessMissing } from './branch-distance.ts'
import { changeRefs, signed } from './change-refs.ts'
import { expiredWrites } from './lost-refs.ts'
import type { VersionsContext } from '../versions-context.ts'

/** Every tag of this store, by name. */
export async function listTags({ refs, objects }: Repository): Promise<readonly TagInfo[]> {
  return Promise.all(
    refs.list(tagPrefix).map(({ name, oid }) => describeTag(objects, name.slice(tagPrefix.length), oid)),
  )
}

/** Throws `git/ref-exists`, `git/ref-missing`, `git/bad-ref-name`, `engine/busy`. */
export async function createTag(
  { viewOf, hashObject }: VersionsContext,
  handle: HandleId,
  name: string,
  { at, message, author: tagger }: TagOptions,
): Promise<TagInfo> {
  const { database, snapshot } = viewOf(handle)
  const { repository, author } = database
  // Tag names follow the rules of branch names.
  assertBranchName(name, 'a tag name')
  const { objects } = repository
  const commit = at === undefined ? snapshot.commit : await database.resolve(at, snapshot.commit)
  const ref = tagPrefix + name
  const bytes =
    message === undefined
      ? null
      : tagBytes({ object: commit, type: 'commit', name, tagger: signed(tagger ?? author), message })
  const oid = bytes ? hashObject('tag', bytes) : commit
  const row = bytes && (await objects.pack([{ oid, type: 'tag', bytes }]))
  await changeRefs(repository, async () => {
    if (standsInTheWay(repository.refs, ref)) throw refExists(name)
    return {
      require: [{ kind: 'ref', name: ref, value: null }],
      writes: [
        ...(row ? [{ kind: 'putPack', row } as const] : []),
        { kind: 'setRef', name: ref, value: oid },
      ],
      result: undefined,
    }
  })
  return describeTag(objects, name, oid)
}

/** False: there is none of this name. What it named stays in the reflog. Throws `engine/busy`. */
export async function deleteTag({ repository, author }: Database, name: string): Promise<boolean> {
  const ref = tagPrefix + name
  return changeRefs(repository, async () => {
    const oid = repository.refs.oid(ref)
    if (oid === null) return { require: [], writes: [], result: false }
    return {
      require: [{ kind: 'ref', name: ref, value: oid }],
      writes: [
        { kind: 'setRef', name: ref, value: null },
        reflogWrite(ref, oid, null, signed(author), 'tag: deleted'),
        ...(await expiredWrites(repository)),
      ],
      result: true,
    }
  })
}

async function describeTag(objects: Repository['objects'], name: string, oid: Oid): Promise<TagInfo> {
  const commit = await peelToCommit(objects, oid).catch(() => null)
  const object = await unlessMissing(() => objects.read(oid))
  if (object?.type !== 'tag') return { name, oid: commit, annotation: null }
  const { message, tagger } = parseTag(object.bytes)
  return { name, oid: commit, annotation: { oid, message, tagger: tagger && describeSignature(tagger) } }
}
