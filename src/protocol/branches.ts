import type { HandleId, Reply } from './engine.ts'
import type { BranchInfo } from './outcomes.ts'

/** The calls about branches and tags. */
export interface BranchCalls {
  listBranches(handle: HandleId): Promise<Reply<readonly BranchInfo[]>>
}
