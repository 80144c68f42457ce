import type {
  DiffCalls,
  DiffPage,
  DiffProblem,
  DiffRequest,
  RecordDiff,
} from '../../../../src/protocol/diff.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import { EspalierError } from '../../../../src/protocol/errors.ts'
import { nextTurn } from '../../common/next-turn.ts'
import { reply } from '../../common/reply.ts'
import { plainFiles } from './plain-files.ts'
import { diffRecords, type DiffBatch } from './diff-records.ts'
import { diffSchemas } from './diff-schema.ts'
import { resolveSides, type Sides } from './diff-sides.ts'
import { countDiff } from './diff-stat.ts'
import type { VersionsContext } from '../versions-context.ts'

/** Diffs of which the rest is wanted; one that nobody asked for so long that as many others began is ended. */
const maxRunning = 32

/** A page holds at least so many records when there are more: while one is read here, the app takes in the one before. */
const pageRecords = 250

type Batches = AsyncGenerator<DiffBatch>

/** Some of the records, and whether these are the last. */
interface Page {
  readonly records: readonly RecordDiff[]
  readonly isLast: boolean
}

/** A diff of which the rest is wanted. */
interface Running {
  readonly batches: Batches
  /** Being read already. */
  readonly following: Promise<Page>
}

async function nextPage(batches: Batches): Promise<Page> {
  const records: RecordDiff[] = []
  for (;;) {
    const { done, value } = await batches.next()
    if (done) return { records, isLast: true }
    records.push(...value.records)
    if (value.isLast || records.length >= pageRecords) return { records, isLast: value.isLast }
  }
}

/** Begins something once the answer that is being made has left. */
function afterAnswer<T>(begin: () => Promise<T>): Promise<T> {
  const begun = nextTurn().then(begin)
  // Whoever asks for it hears of the failure; it may be that nobody does.
  begun.catch(() => {})
  return begun
}

/** Answers the calls about differences. */
export function answerDiff(context: VersionsContext): DiffCalls {
  const running = new Map<number, Running>()
  let last = 0

  const begin = async (
    handle: HandleId,
    request: DiffRequest,
  ): Promise<{ readonly sides: Sides; readonly batches: Batches }> => {
    const sides = await resolveSides(context, handle, request)
    return { sides, batches: diffRecords(context.viewOf(handle).database.repository, sides, request) }
  }
  const answer = async (id: number, batches: Batches, page: Promise<Page>): Promise<DiffPage> => {
    running.delete(id)
    const { records, isLast } = await page
    if (isLast) return { records, next: null }
    running.set(id, { batches, following: afterAnswer(() => nextPage(batches)) })
    for (const [oldest, { batches: unread }] of running) {
      if (running.size <= maxRunning) break
      running.delete(oldest)
      void unread.return(undefined)
    }
    return { records, next: id }
  }

  return {
    diff: (handle, request) =>
      reply(async () => {
        const { batches } = await begin(handle, request)
        return answer(++last, batches, nextPage(batches))
      }),
    diffNext: (_, id) =>
      reply(async () => {
        const one = running.get(id)
        if (one) return answer(id, one.batches, one.following)
        throw new EspalierError('engine/closed', 'This diff has ended. Begin it again.')
      }),
    diffEnd: (_, id) =>
      reply(async () => {
        const one = running.get(id)
        running.delete(id)
        await one?.batches.return(undefined)
      }),
    diffStat: (handle, request) =>
      reply(async () => {
        const { sides, batches } = await begin(handle, { ...request, limit: Infinity })
        return countDiff(sides, batches, request)
      }),
    diffFiles: (handle, request) =>
      reply(async () =>
        plainFiles(context.viewOf(handle).database.repository, await resolveSides(context, handle, request)),
      ),
    diffSchema: (handle, request) =>
      reply(async () => diffSchemas(await resolveSides(context, handle, request), request.collections)),
    diffProblems: (handle, request) =>
      reply(async () => {
        const found: DiffProblem[] = []
        for await (const { problems } of (await begin(handle, request)).batches) found.push(...problems)
        return found
      }),
    diffSides: (handle, request) =>
      reply(async () => {
        const { from, to, changes } = await resolveSides(context, handle, request)
        return { from: from.commit, to: to.commit, withWorkingChanges: changes !== undefined }
      }),
  }
}
