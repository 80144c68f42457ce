import type { BranchCalls } from './branches.ts'
import type { CarryCalls } from './carry.ts'
import type { DiffCalls } from './diff.ts'
import type { HistoryCalls } from './history.ts'
import type { MergeCalls } from './merge-calls.ts'

/** The calls about versions of a database. The worker's extras answer them. */
export interface VersionsEngine extends BranchCalls, CarryCalls, DiffCalls, HistoryCalls, MergeCalls {}
