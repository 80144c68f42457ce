import type { CarryCalls, CarryOutcome } from '../../../../src/protocol/carry.ts'
import { EspalierError, isEspalierError } from '../../../../src/protocol/errors.ts'
import { reply } from '../../common/reply.ts'
import { readSource, selectWanted } from './carried-changes.ts'
import { carryChanges } from './carry-changes.ts'
import { carryCommit } from './carry-commit.ts'
import { restoreWhole } from './restore-whole.ts'
import { checkCarryOptions } from '../check-options.ts'
import { mergeOptionsAt } from '../merging/declared-strategies.ts'
import { mergeHere, type MergedCarry } from './merge-carried.ts'
import type { VersionsContext } from '../versions-context.ts'

/** Answers the calls that carry changes: as working changes, by the write path of every other edit. */
export function answerCarry(context: VersionsContext): CarryCalls {
  return {
    carry: (handle, source, options) =>
      reply(async (): Promise<CarryOutcome> => {
        checkCarryOptions(source, options)
        if (source.kind === 'commit' && options.whole) return carryCommit(context, handle, source, options)
        if (source.kind === 'restore' && source.whole) return restoreWhole(context, handle, source)
        const { branch, writer, database } = context.branchOf(handle)
        const carried = await readSource(context, handle, source, options)
        const { definitions } = carried
        const { chosen, files, missing } = selectWanted(carried, options.select)
        if (missing.length > 0) return { status: 'stale', missing, definitions }
        if (files.length > 0) return carryChanges(context, handle, { chosen, files }, options)

        const { repository } = database
        const rules = await mergeOptionsAt(repository, branch.snapshot)
        let merged: MergedCarry = { edits: [], conflicts: [] }
        const { onConflict = 'stop' } = options
        const write = writer.writePlanned(async (staged) => {
          merged = await mergeHere(branch, staged, chosen, onConflict, rules)
          if (merged.conflicts.length > 0 && onConflict !== 'skip') return []
          return context.planUndo(repository, branch, merged.edits, staged, {
            ...writer.defaults,
            references: 'restrict',
          })
        })
        await write.catch((error: unknown) => tellWhole(error, definitions))
        const { edits, conflicts } = merged
        if (conflicts.length > 0 && onConflict !== 'skip')
          return { status: 'conflicts', conflicts, definitions }
        if (edits.length === 0) return { status: 'unchanged', skipped: conflicts, definitions }
        const records = edits.map(({ collection, key }) => ({ collection, key }))
        return { status: 'applied', records, skipped: conflicts, definitions }
      }),
  }
}

/** Records of other definitions may not be possible here: that is said, with the way out. */
function tellWhole(error: unknown, definitions: readonly string[]): never {
  if (definitions.length === 0 || !isEspalierError(error) || !error.code.startsWith('record/')) throw error
  const which = definitions.join(', ')
  throw new EspalierError(
    error.code,
    `${error.message} Definitions differ (${which}): with "whole" they are carried too.`,
    { data: error.data, cause: error },
  )
}
