import { describeNumberLaws } from './number-laws.suite.ts'

describeNumberLaws(20_000)
