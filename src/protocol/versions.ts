import type { BranchCalls } from './branches.ts'

/** The calls about versions of a database. The worker's extras answer them. */
export interface VersionsEngine extends BranchCalls {}
