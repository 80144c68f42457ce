import { describeViolationLaws } from './violation-laws.suite.ts'

describeViolationLaws(10_000)
