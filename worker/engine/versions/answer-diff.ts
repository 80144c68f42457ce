import type { DiffCalls, DiffPage, DiffProblem, DiffRequest, RecordDiff } from '../../../src/protocol/diff.ts'
import type { HandleId } from '../../../src/protocol/engine.ts'
import { EspalierError } from '../../../src/protocol/errors.ts'
import { reply } from '../reply.ts'
import { diffRecords, type DiffBatch } from './diff-records.ts'
import { diffSchemas } from './diff-schema.ts'
import { resolveSides, type Sides } from './diff-sides.ts'
import { countDiff } from './diff-stat.ts'
import type { VersionsContext } from './versions-context.ts'

/** Diffs of which the rest is wanted; one that nobody asked for so long that as many others began is ended. */
const maxRunning = 32

/** A page holds at least so many records when there are more: small diffs are one message. */
const pageRecords = 500

/** Answers the calls about differences. */
export function answerDiff(context: VersionsContext): DiffCalls {
  const running = new Map<number, AsyncGenerator<DiffBatch>>()
  let last = 0

  const begin = async (
    handle: HandleId,
    request: DiffRequest,
  ): Promise<{ readonly sides: Sides; readonly batches: AsyncGenerator<DiffBatch> }> => {
    const sides = await resolveSides(context, handle, request)
    return { sides, batches: diffRecords(context.viewOf(handle).database.repository, sides, request) }
  }
  const next = async (id: number, batches: AsyncGenerator<DiffBatch>): Promise<DiffPage> => {
    running.delete(id)
    const records: RecordDiff[] = []
    while (records.length < pageRecords) {
      const { done, value } = await batches.next()
      if (done) return { records, next: null }
      records.push(...value.records)
    }
    running.set(id, batches)
    for (const oldest of running.keys()) {
      if (running.size <= maxRunning) break
      running.delete(oldest)
    }
    return { records, next: id }
  }

  return {
    diff: (handle, request) => reply(async () => next(++last, (await begin(handle, request)).batches)),
    diffNext: (_, id) =>
      reply(async () => {
        const batches = running.get(id)
        if (batches) return next(id, batches)
        throw new EspalierError('engine/closed', 'This diff has ended. Begin it again.')
      }),
    diffEnd: (_, id) =>
      reply(async () => {
        const batches = running.get(id)
        running.delete(id)
        await batches?.return(undefined)
      }),
    diffStat: (handle, request) =>
      reply(async () => {
        const { sides, batches } = await begin(handle, { ...request, limit: Infinity })
        return countDiff(sides, batches)
      }),
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
