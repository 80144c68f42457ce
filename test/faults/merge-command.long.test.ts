import { afterAll, test } from 'vitest'
import {
  endAtEachWrite,
  endAtEachWriteOfDecisions,
  failAtEachWrite,
  interruptedMerges,
} from '../../cli/merge-interrupted.suite.ts'
import { folder } from '../../cli/merge-repository.testing.ts'

afterAll(() => folder.remove())

test.each(Object.keys(interruptedMerges) as (keyof typeof interruptedMerges)[])(
  'a merge (%s) that ends with its process at any of its writes is taken back, or goes on',
  (kind) => endAtEachWrite(kind),
)

test('a merge takes itself back whichever write fails', () => failAtEachWrite(1))

test('decisions that end with their process at any write are made again', () => endAtEachWriteOfDecisions())
