import { describe, expect, test } from 'vitest'
import { mergeRecord } from './merge-record.ts'
import { mergeLines, mergeText } from './merge-text.ts'

describe('a text', () => {
  test('is merged by lines', () => {
    expect(mergeText('a\nb\nc\nd\n', 'A\nb\nc\nd\n', 'a\nb\nc\nD\n').text).toBe('A\nb\nc\nD\n')
    expect(mergeText('a\nb', 'a\nb\nc', 'A\nb').text).toBe('A\nb\nc')
    expect(mergeText('a\n', 'a\nb\n', 'a\nb\n').text).toBe('a\nb\n')
  })

  test('is merged by words where both changed a line, with a word between that stays', () => {
    expect(mergeText('one two three', 'One two three', 'one two Three').text).toBe('One two Three')
    expect(mergeText('one two three', 'One two three', 'one Two three').text).toBe(undefined)
    expect(mergeText('  one two three', '    one two three', '  one two Three').text).toBe(
      '    one two Three',
    )
  })

  test('shows what merged and what did not', () => {
    expect(mergeText('top\nx\nend', 'Top\nx\nours\nend', 'top\nx\ntheirs\nmore\nend')).toEqual({
      text: undefined,
      parts: ['Top\nx', { base: '', ours: 'ours', theirs: 'theirs\nmore' }, 'end'],
      both: 'Top\nx\nours\ntheirs\nmore\nend',
    })
    expect(mergeText('a', 'b', 'c').parts).toEqual([{ base: 'a', ours: 'b', theirs: 'c' }])
  })

  test('conflicts when one side removed lines that the other changed', () => {
    expect(mergeText('a\nb\nc', 'a\nc', 'a\nB b\nc').text).toBe(undefined)
  })

  test('of a file is merged as git does, by lines only', () => {
    expect(mergeLines('one two three', 'One two three', 'one two Three').text).toBe(undefined)
    expect(mergeLines('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n').text).toBe('A\nb\nC\n')
  })

  test('loses one of three equal lines once when both sides removed one', () => {
    const base = 'd\n\nf\ne\nd\na\nd\nf\n\n\n'
    expect(mergeText(base, base.replace('e\nd', 'e\nd!\nd').slice(0, -1), base.slice(0, -1)).text).toBe(
      'd\n\nf\ne\nd!\nd\na\nd\nf\n\n',
    )
  })

  test('that is blank merges too', () => {
    expect(mergeText('', 'a', 'a').text).toBe('a')
    expect(mergeText(' ', '', 'x ').text).toBe(undefined)
  })

  test('costs little where lines repeat, or where nothing stayed in its place', () => {
    const lines = (count: number, of: (i: number) => string): string =>
      Array.from({ length: count }, (_, i) => of(i)).join('\n')
    const repeated = lines(20_000, (i) => (i % 3 === 0 ? '{' : '}'))
    expect(mergeText(repeated, `x\n${repeated}`, `${repeated}\ny`).text).toBe(`x\n${repeated}\ny`)
    const numbered = lines(6000, (i) => `line ${i}`)
    const reversed = lines(6000, (i) => `line ${5999 - i}`)
    expect(mergeLines(numbered, reversed, `${numbered}\nmore`).text).toBe(undefined)
  })
})

describe('a field', () => {
  const merge = (base: string | undefined, ours: string, theirs: string, strategy?: 'text'): unknown =>
    mergeRecord(
      { base: base === undefined ? {} : { t: base }, ours: { t: ours }, theirs: { t: theirs } },
      { mode: 'field', record: { fields: new Map([['t', strategy ? { strategy } : {}]]) } },
    )

  test('of several lines is merged as text unasked, of one line only if it is declared', () => {
    expect(merge('a\nb\nc', 'A\nb\nc', 'a\nb\nC')).toEqual({ value: { t: 'A\nb\nC' }, conflicts: [] })
    expect(merge('Jon x Smith', 'John x Smith', 'Jon x Smyth')).toMatchObject({
      conflicts: [{ kind: 'edit/edit' }],
    })
    expect(merge('Jon x Smith', 'John x Smith', 'Jon x Smyth', 'text')).toEqual({
      value: { t: 'John x Smyth' },
      conflicts: [],
    })
  })

  test('of text says where it conflicts, and ours survives', () => {
    expect(merge('a\nb', 'x\nb', 'y\nb\nc')).toEqual({
      value: { t: 'x\nb' },
      conflicts: [
        {
          path: ['t'],
          kind: 'text',
          base: 'a\nb',
          ours: 'x\nb',
          theirs: 'y\nb\nc',
          blocking: true,
          parts: [{ base: 'a', ours: 'x', theirs: 'y' }, 'b\nc'],
        },
      ],
    })
    expect(merge(undefined, 'x\n', 'y\n')).toMatchObject({ conflicts: [{ kind: 'add/add' }] })
    expect(merge(undefined, 'x\n', 'y\n', 'text')).toMatchObject({ conflicts: [{ kind: 'text' }] })
  })
})
