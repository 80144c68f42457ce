import { expect, test } from 'vitest'
import type { Choice } from '../../src/protocol/merge.ts'
import { isChoice } from './check-choice.ts'
import { conflictPathId } from './conflict-path.ts'
import { mergeWithChoices } from './merge-record.ts'

test('what is no choice is never applied: it throws, and deletes nothing', () => {
  const sides = { base: { a: 1 }, ours: { a: 2 }, theirs: { a: 3 } }
  for (const slip of ['rubbish', '', 'toString', {}, { value: undefined }, [], 7, null]) {
    for (const path of [['a'], []]) {
      const choices = new Map([[conflictPathId(path), slip as Choice]])
      const merge = (): unknown =>
        mergeWithChoices(
          path.length > 0 ? sides : { ...sides, theirs: undefined },
          { mode: 'field', record: {} },
          choices,
        )
      expect(merge, JSON.stringify([slip, path])).toThrow(
        expect.objectContaining({ code: 'merge/bad-choice' }),
      )
    }
  }
})

test('sides, both, deletion and values are choices', () => {
  for (const choice of ['ours', 'theirs', 'base', 'both', 'delete', { value: null }, { value: { a: [1] } }])
    expect(isChoice(choice), JSON.stringify(choice)).toBe(true)
  expect(isChoice({ value: () => 1 })).toBe(false)
})
