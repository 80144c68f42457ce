import { describeViolationLaws } from './violation-laws.suite.ts'

describeViolationLaws(1000)
