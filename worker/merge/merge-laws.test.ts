import { describeMergeLaws } from './merge-laws.suite.ts'

describeMergeLaws(1000)
