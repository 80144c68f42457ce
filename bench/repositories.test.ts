import { expect, test } from 'vitest'
import { benchRecord, recordText } from './record-data.ts'
import { changeStream, dataset, recordKey, recordPath } from './repositories.ts'

test('a record depends on its index and version only', () => {
  expect(benchRecord(7, 1)).toEqual(benchRecord(7, 1))
  expect(benchRecord(7, 1)).not.toEqual(benchRecord(7, 2))
  expect(benchRecord(7, 1)).not.toEqual(benchRecord(8, 1))
})

test('records are about 300 bytes, and some names are not ASCII', () => {
  const texts = Array.from({ length: 1000 }, (_, i) => recordText(benchRecord(i, 0), 'json'))
  const average = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length
  expect(average).toBeGreaterThan(280)
  expect(average).toBeLessThan(380)
  expect(texts.some((text) => /[^ -~\n]/.test(text))).toBe(true)
})

test('records are spread over the collections in order', () => {
  const set = dataset('10k')
  expect(recordKey(set, 0)).toEqual({ collection: 'places0', key: 'r000000' })
  expect(recordPath(set, 1_007)).toBe('places1/$records/r000007.json')
})

test('a change stream names as many files as asked, each once', () => {
  const stream = [...changeStream(dataset('100k'), 500, 1)].join('')
  const paths = [...stream.matchAll(/^M 100644 inline (.+)$/gm)].map(([, path]) => path)
  expect(new Set(paths).size).toBe(500)
  expect(paths.length).toBe(500)
})
