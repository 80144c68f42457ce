import { expect, test } from 'vitest'
import { parseFindings } from './findings.ts'

test('violations are read from the one line that the CLI prints', () => {
  const stderr =
    'data validation found 2 error(s): /tmp/db/a/$records/x.yaml: record "x": field "name": error: missing required field; ' +
    '/tmp/db/b/rows.csv: record "7": field "n": error: wrong type for field "n": expected int, got string\n'
  expect(parseFindings(stderr)).toEqual([
    { file: '/tmp/db/a/$records/x.yaml', key: 'x', field: 'name', message: 'missing required field' },
    {
      file: '/tmp/db/b/rows.csv',
      key: '7',
      field: 'n',
      message: 'wrong type for field "n": expected int, got string',
    },
  ])
})

test('a file that does not parse has neither key nor field', () => {
  const stderr =
    'data validation found 1 error(s): /tmp/db/a/x.json: error: failed to parse record file: unexpected end'
  expect(parseFindings(stderr)).toEqual([
    { file: '/tmp/db/a/x.json', key: '', field: '', message: 'failed to parse record file: unexpected end' },
  ])
})

test('text without violations has none', () => {
  expect(parseFindings('All 42 records are valid for collection: users\n')).toEqual([])
})
