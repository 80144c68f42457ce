import { describeNumberLaws } from './number-laws.suite.ts'

describeNumberLaws(1000)
