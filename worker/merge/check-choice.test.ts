import { expect, test } from 'vitest'
import type { Choice } from '../../src/protocol/merge.ts'
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
