import { describeAtLaws } from './at-laws.suite.ts'

describeAtLaws(1_000)
