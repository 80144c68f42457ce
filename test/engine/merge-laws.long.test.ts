import { describeMergeLaws } from '../../worker/merge/merge-laws.suite.ts'

describeMergeLaws(20_000)
