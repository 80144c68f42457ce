import { describeCarryLaws } from './carry-laws.suite.ts'

describeCarryLaws(1_000)
