import { describeGoneLaws } from './gone-laws.suite.ts'

describeGoneLaws(10_000)
