import { describeAtLaws } from './at-laws.suite.ts'

describeAtLaws(10_000)
