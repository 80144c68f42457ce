import { describeFormatLaws } from './format-laws.suite.ts'

describeFormatLaws(1000)
