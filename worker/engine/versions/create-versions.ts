import type { VersionsEngine } from '../../../src/protocol/versions.ts'
import { answerBranches } from './branches/answer-branches.ts'
import { answerCarry } from './carrying/answer-carry.ts'
import { answerDiff } from './diff/answer-diff.ts'
import { answerHistory } from './history/answer-history.ts'
import { answerMerge } from './merging/answer-merge.ts'
import type { VersionsContext } from './versions-context.ts'

/** Answers the calls about versions. */
export function createVersions(context: VersionsContext): VersionsEngine {
  return {
    ...answerBranches(context),
    ...answerCarry(context),
    ...answerDiff(context),
    ...answerHistory(context),
    ...answerMerge(context),
  }
}
