import { describeLayoutLaws } from './layout-laws.suite.ts'

describeLayoutLaws(10_000)
