import { describeGoneLaws } from './gone-laws.suite.ts'

// Definitions are read again in each case: more of them are for the long run.
describeGoneLaws(100)
