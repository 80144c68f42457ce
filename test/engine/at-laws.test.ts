import { describeAtLaws } from './at-laws.suite.ts'

// Each case opens two tabs and several commits: more of them are for the long run.
describeAtLaws(200)
