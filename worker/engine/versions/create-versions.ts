import type { VersionsEngine } from '../../../src/protocol/versions.ts'
import { answerBranches } from './answer-branches.ts'
import { answerCarry } from './answer-carry.ts'
import { answerDiff } from './answer-diff.ts'
import { answerHistory } from './answer-history.ts'
import { answerMerge } from './answer-merge.ts'
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
