import { expect, test } from 'vitest'
import { arrangeCsv, csvColumns } from './csv-columns.ts'

test('a CSV file is arranged cell by cell, whatever they are written like', () => {
  expect(arrangeCsv('a,"b b",c\r\n1,"x, ""y""",\r\n\r\n2,"l\nm",z', ['c', 'new, one', 'a', 'b b'])).toBe(
    'c,"new, one",a,"b b"\r\n,,1,"x, ""y"""\r\n\r\nz,,2,"l\nm"',
  )
  expect(arrangeCsv('\ufeffa,b\n1,2\n', ['b'])).toBe('\ufeffb\n2\n')
})

test('a file that has these columns stays, and one that is no table is none', () => {
  const text = 'a,b\n1\n'
  expect(arrangeCsv(text, ['a', 'b'])).toBe(text)
  expect(arrangeCsv(text, ['b', 'a'])).toBe(undefined)
  expect(arrangeCsv('', ['a'])).toBe(undefined)
  expect(arrangeCsv('a\n', [])).toBe(undefined)
  expect(arrangeCsv('"a', ['b'])).toBe(undefined)
  expect(csvColumns('"a')).toBe(undefined)
  expect(csvColumns('\ufeffa,"b"\n')).toEqual(['a', 'b'])
})
