import { describeFormatLaws } from './format-laws.suite.ts'

describeFormatLaws(100_000)
