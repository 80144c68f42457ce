import { expect, test } from 'vitest'
import { arrangeIngr, ingrColumns } from './ingr-columns.ts'
import { sha256 } from '../sha256.ts'

const text = '# INGR.io | all: $ID, a: int, b\n"x"\n1 # one\n"# no comment"\n#"y"\n#2\n#3\n# 1 record\n'

test('an INGR file is arranged line by line, with what is said of each, and records that are commented out', () => {
  expect(arrangeIngr(text, ['b', '$ID', 'other'])).toBe(
    '# INGR.io | all: b, $ID, a: int\n"# no comment"\n"x"\n1 # one\n#3\n#"y"\n#2\n# 1 record\n',
  )
  expect(arrangeIngr('# INGR.io | all: $ID, a\r\n"x"\r\n1', ['a', '$ID'])).toBe(
    '# INGR.io | all: a, $ID\r\n1\r\n"x"',
  )
})

test('its hash stays true', () => {
  const hashed = (above: string): string => `${above}# sha256:${sha256(new TextEncoder().encode(above))}\n`
  expect(arrangeIngr(hashed('# INGR.io | all: $ID, a\n"x"\n1\n# 1 record\n'), ['a', '$ID'])).toBe(
    hashed('# INGR.io | all: a, $ID\n1\n"x"\n# 1 record\n'),
  )
})

test('a file that has this order stays, and one that is no table is none', () => {
  expect(arrangeIngr(text, ['$ID', 'a'])).toBe(text)
  expect(arrangeIngr('# INGR.io | all: $ID, a\n"x"\n', ['a', '$ID'])).toBe(undefined)
  expect(arrangeIngr('a,b\n', ['a'])).toBe(undefined)
  expect(ingrColumns('a,b\n')).toBe(undefined)
  expect(ingrColumns(text)).toEqual(['$ID', 'a', 'b'])
})
