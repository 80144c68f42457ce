import type { VersionsEngine } from '../../../src/protocol/versions.ts'
import { answerBranches } from './answer-branches.ts'
import { answerDiff } from './answer-diff.ts'
import { answerMerge } from './answer-merge.ts'
import type { VersionsContext } from './versions-context.ts'

/** Answers the calls about versions. */
export function createVersions(context: VersionsContext): VersionsEngine {
  return { ...answerBranches(context), ...answerDiff(context), ...answerMerge(context) }
}
