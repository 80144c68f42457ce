import { describeMoveLaws } from './move-laws.suite.ts'

describeMoveLaws(10_000)
