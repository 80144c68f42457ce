import { describeMoveLaws } from './move-laws.suite.ts'

describeMoveLaws(1000)
