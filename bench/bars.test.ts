import { expect, test } from 'vitest'
import { type Bar, bars, judge } from './bars.ts'
import { createRecorder, type SeriesKey } from './recorder.ts'

const ours: SeriesKey = { dataset: 'd', what: 'clone', who: 'espalier' }
const theirs: SeriesKey = { dataset: 'd', what: 'clone', who: 'git' }
const bar: Bar = { what: 'clone', dataset: 'd', ours, theirs, kind: 'at-most', limit: 2 }

test('a bar against a peer is judged by the ratio of the medians', () => {
  const recorder = createRecorder()
  recorder.add(ours, 300)
  recorder.add(theirs, 100)
  expect(judge(bar, recorder)).toMatchObject({ figure: 3, verdict: 'miss', limitText: '≤ 2×' })
  expect(judge({ ...bar, limit: 3 }, recorder).verdict).toBe('pass')
})

test('a bar for being faster turns the ratio round', () => {
  const recorder = createRecorder()
  recorder.add(ours, 10)
  recorder.add(theirs, 500)
  expect(judge({ ...bar, kind: 'at-least', limit: 30 }, recorder)).toMatchObject({
    figure: 50,
    verdict: 'pass',
  })
})

test('a bar without a peer is judged by our own median, in its unit', () => {
  const recorder = createRecorder()
  recorder.add(ours, 4, 'kB')
  const { theirs: _, ...alone } = bar
  expect(judge({ ...alone, limit: 5 }, recorder)).toMatchObject({ figureText: '4.00 kB', verdict: 'pass' })
})

test('a missing figure is no verdict, and says why', () => {
  const recorder = createRecorder()
  recorder.add(ours, 4)
  recorder.fail(theirs, new Error('> 180 s, stopped\n  at somewhere'))
  expect(judge(bar, recorder)).toMatchObject({ verdict: '-', reason: '> 180 s, stopped' })
})

test('a bar against several peers is judged by the best of them; one without a figure does not count', () => {
  const recorder = createRecorder()
  const rivals = (['Dexie', 'RxDB', 'TinyBase'] as const).map((who): SeriesKey => ({ ...ours, who }))
  recorder.add(ours, 3)
  recorder.add({ ...ours, who: 'Dexie' }, 4)
  recorder.add({ ...ours, who: 'TinyBase' }, 2)
  expect(judge({ ...bar, theirs: rivals, limit: 1 }, recorder)).toMatchObject({
    figure: 1.5,
    theirsText: 'TinyBase 2.00 ms',
    verdict: 'miss',
  })
})

test('every bar has a name of its own', () => {
  const names = bars.map(({ ours, theirs }) => JSON.stringify([ours, theirs]))
  expect(new Set(names).size).toBe(bars.length)
})
