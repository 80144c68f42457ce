import { expect, test } from 'vitest'
import { createRecorder } from './recorder.ts'
import { measuredAgain, resultsJson, resultsMarkdown, type Setting } from './report.ts'

const setting: Setting = {
  date: '2026-11-28',
  mode: 'full',
  machine: '2 × CPU',
  versions: { espalier: 'abc1234' },
  load: '1.0, 1.0, 1.0',
  minutes: 65,
}

test('sections that are measured again stand in place of their figures in the last full run', () => {
  const first = createRecorder()
  const merge = { dataset: '10k', what: 'merge', who: 'espalier' } as const
  const clone = { ...merge, what: 'clone' }
  first.add(merge, 300)
  first.add(clone, 20)

  const again = createRecorder()
  again.add(merge, 150)
  const now = { ...setting, mode: 'versions', minutes: 5, versions: { espalier: 'def5678' } }
  const both = measuredAgain(resultsJson(first, setting), { recorder: again, setting: now })
  expect([both.recorder.summary(merge)?.median, both.recorder.summary(clone)?.median]).toEqual([150, 20])
  const text = resultsMarkdown(both.recorder, both.setting)
  expect(text).toContain('(full) on 2026-11-28, in 65.0 minutes')
  expect(text).toContain('Measured again (versions) on 2026-11-28, of espalier def5678, in 5.0 minutes')
})
