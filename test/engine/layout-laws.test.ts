import { describeLayoutLaws } from './layout-laws.suite.ts'

// Definitions are read again in each case: more of them are for the long run.
describeLayoutLaws(150)
