import type { BranchCalls } from '../../../src/protocol/branches.ts'
import { reply } from '../reply.ts'
import type { VersionsContext } from './versions-context.ts'

/** Answers the calls about branches and tags. */
export function answerBranches({ viewOf }: VersionsContext): BranchCalls {
  return {
    listBranches: (id) => reply(async () => viewOf(id).database.branches()),
  }
}
