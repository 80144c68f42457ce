import { describeCarryLaws } from './carry-laws.suite.ts'

// Each case makes three databases and carries between them: more of them are for the long run.
describeCarryLaws(500)
