import { describeCarryLaws } from './carry-laws.suite.ts'

describeCarryLaws(1000)
