import type { HandleId } from '../../../../src/protocol/engine.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { MergeCalls, MergeInfo } from '../../../../src/protocol/merge-calls.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { isChoice, notAChoice } from '../../../merge/check-choice.ts'
import { refuseProtected } from '../../repository/branch-policy.ts'
import type { Branch } from '../../branches/branch.ts'
import type { Database } from '../../database.ts'
import { signCommit } from '../../commits/prepare-commit.ts'
import { reply } from '../../common/reply.ts'
import type { Repository } from '../../repository/repository.ts'
import { maxAttempts, tooBusy } from '../../common/too-busy.ts'
import { checkMergeCommitOptions, checkMergeOptions } from '../check-options.ts'
import { commitMerge } from './commit-merge.ts'
import { mergeOptionsAt } from './declared-strategies.ts'
import { createMergeInspector, type InspectedMerge, type MergeInspector } from './inspect-merge.ts'
import type { StoredChoice } from './merge-conflicts.ts'
import { defaultMergeMessage } from './merge-message.ts'
import { mergeStateWrites, storedMerge, type StoredMerge } from './merge-state.ts'
import type { VersionsContext } from '../versions-context.ts'

/** A branch, and what looks at its merges. */
interface Place {
  readonly database: Database
  readonly repository: Repository
  readonly branch: Branch
  readonly inspect: MergeInspector
}

/** Answers the calls about merges. */
export function answerMerge({ branchOf }: VersionsContext): MergeCalls {
  const inspectors = new WeakMap<Repository, MergeInspector>()
  const placeOf = (handle: HandleId): Place => {
    const { database, branch } = branchOf(handle)
    const { repository } = database
    const inspect = inspectors.get(repository) ?? createMergeInspector(repository)
    inspectors.set(repository, inspect)
    return { database, repository, branch, inspect }
  }
  const wanted = async (
    { database, repository, branch: { snapshot } }: Place,
    from: string,
    options: StoredMerge['options'],
  ): Promise<StoredMerge> => {
    const { commit, schema } = await database.at(from, snapshot)
    checkMergeOptions(options, [snapshot.schema, schema])
    return { from, theirs: commit, options: await mergeOptionsAt(repository, snapshot, options), choices: [] }
  }

  return {
    mergePreview: (handle, from, options) =>
      reply(async () => {
        const place = placeOf(handle)
        return (await look(place, await wanted(place, from, options))).info
      }),

    mergeStart: (handle, from, options) =>
      reply(async () => {
        const place = placeOf(handle)
        refuseProtected(place.repository, place.branch.ref)
        const merge = await wanted(place, from, options)
        // History may have to be fetched, which must not wait for a lock that it takes.
        await look(place, merge)
        return changeState(place, async (known) => {
          if (known && known.theirs === merge.theirs && equalValues(known.options, merge.options))
            return known
          if (known) throw inProgress(place.branch, known)
          const { status } = (await place.inspect(place.branch, merge)).info
          return status === 'merge' || status === 'fast-forward' ? merge : undefined
        }).then(async ({ merge: stored, info }) => info ?? (await look(place, stored ?? merge)).info)
      }),

    mergeCurrent: (handle) =>
      reply(async () => {
        const place = placeOf(handle)
        await place.database.wake()
        const merge = storedMerge(place.repository, place.branch)
        return merge ? (await look(place, merge)).info : null
      }),

    mergeResolve: (handle, resolved) =>
      reply(async () => {
        const place = placeOf(handle)
        const { merge, info } = await changeState(place, async (known) => {
          if (!known) throw noMerge(place.branch)
          const { sides, info: current } = await place.inspect(place.branch, known)
          const choices = new Map<string, StoredChoice>(known.choices)
          for (const { id, choice } of resolved) {
            const about = sides.get(id)
            if (about === undefined) throw unknownConflict(id)
            if (choice !== null && !isChoice(choice)) throw badChoice(current, id, choice)
            if (choice === null) choices.delete(id)
            else choices.set(id, { choice, sides: about })
          }
          const next = { ...known, choices: [...choices] }
          // Choices that cannot be made are refused before they are kept.
          await place.inspect(place.branch, next)
          return next
        })
        if (!merge) throw noMerge(place.branch)
        return info ?? (await look(place, merge)).info
      }),

    mergeCommit: (handle, options) =>
      reply(async () => {
        checkMergeCommitOptions(options)
        const { database, repository, branch, inspect } = placeOf(handle)
        return repository.exclusive(async () => {
          for (let attempt = 0; attempt < maxAttempts; attempt++) {
            const state = await repository.refresh()
            await branch.catchUp(state)
            const merge = storedMerge(repository, branch)
            if (!merge) throw noMerge(branch)
            const inspected = await inspect(branch, merge)
            const { noFastForward = false, message = '', ...more } = options
            const text = message.trim() === '' ? defaultMergeMessage(repository, branch, merge) : message
            const signed = await signCommit(database, branch, { ...more, message: text })
            const done = await commitMerge(
              { repository, branch, state },
              { merge, ...inspected },
              { ...signed, noFastForward },
            )
            if (done) return done
          }
          throw tooBusy()
        })
      }),

    mergeAbort: (handle) =>
      reply(async () => {
        const place = placeOf(handle)
        await changeState(place, async (known) => {
          if (!known) throw noMerge(place.branch)
          return undefined
        })
      }),
  }
}

/** The merge as it stands, with the history that it needs. */
function look({ database, branch, inspect }: Place, merge: StoredMerge): Promise<InspectedMerge> {
  return database.withHistory(() => inspect(branch, merge))
}

/** Decides what a branch's merge is to be from what it is now, and writes that if nobody was faster. */
async function changeState(
  { repository, branch, inspect }: Place,
  decide: (known: StoredMerge | undefined) => Promise<StoredMerge | undefined>,
): Promise<{ readonly merge: StoredMerge | undefined; readonly info?: MergeInfo }> {
  return repository.exclusive(async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const state = await repository.refresh()
      await branch.catchUp(state)
      const known = storedMerge(repository, branch)
      const merge = await decide(known)
      const written =
        known === merge ||
        (await (({ require, writes }) => repository.commit(require, writes))(
          mergeStateWrites(branch, state, merge),
        ))
      if (!written) continue
      repository.announcer.announce(branch.ref)
      repository.emit({ type: 'status' })
      return merge ? { merge, info: (await inspect(branch, merge)).info } : { merge }
    }
    throw tooBusy()
  })
}

function inProgress({ name }: Branch, { from }: StoredMerge): EspalierError {
  return new EspalierError(
    'merge/in-progress',
    `${name} is in a merge of ${from}. Commit or abort it first: db.merge.current().`,
    { data: { branch: name, from } },
  )
}

function noMerge({ name }: Branch): EspalierError {
  return new EspalierError(
    'merge/not-started',
    `${name} is in no merge: it was committed or aborted, maybe in another tab. Start one.`,
    { data: { branch: name } },
  )
}

function badChoice({ conflicts }: MergeInfo, id: string, choice: unknown): EspalierError {
  const { collection, key, file, path = [] } = conflicts.find((conflict) => conflict.id === id) ?? {}
  const record = key === undefined ? file : `${collection}/${key}`
  return notAChoice([`"${record}"`, ...path].join(' '), choice, { id, collection, key, file, path })
}

function unknownConflict(id: string): EspalierError {
  return new EspalierError(
    'merge/unknown-conflict',
    `The merge has no conflict ${id.slice(0, 40)}. The branch may have moved: look at the conflicts again.`,
    { data: { id } },
  )
}
