import { describeViolationLaws } from './violation-laws.suite.ts'

// Each case merges in full: more of them are for the long run.
describeViolationLaws(500)
