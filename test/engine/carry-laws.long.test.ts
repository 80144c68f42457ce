import { describeCarryLaws } from './carry-laws.suite.ts'

describeCarryLaws(10_000)
