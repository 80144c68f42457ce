import { describe, expect, test } from 'vitest'
import { createOperationLog, type DoneEdit, type DoneOperation } from './operation-log.ts'

const operation = (...edits: readonly DoneEdit[]): DoneOperation => ({ edits })
const edit = (key: string, before: number | null, after: number | null): DoneEdit => ({
  collection: 'notes',
  key,
  before: before === null ? null : { n: before },
  after: after === null ? null : { n: after },
})

describe('the log of operations', () => {
  test('gives the last one first, and each record once: from before its first edit to after its last', () => {
    const log = createOperationLog()
    log.add(operation(edit('a', null, 1)))
    log.add(operation(edit('a', 1, 2), edit('b', null, 1), edit('a', 2, 3)))
    expect(log.take('undo')).toEqual(operation(edit('a', 1, 3), edit('b', null, 1)))
    expect(log.take('undo')).toEqual(operation(edit('a', null, 1)))
    expect(log.take('undo')).toBeUndefined()
  })

  test('knows of each record whether its last edit, not an earlier one, left it as committed', () => {
    const log = createOperationLog()
    log.add(operation({ ...edit('a', 1, 0), clean: true }, edit('a', 0, 2)))
    expect(log.take('undo')?.edits[0]).not.toMatchObject({ clean: true })
    log.add(operation(edit('a', 2, 1), { ...edit('a', 1, 0), clean: true }))
    expect(log.take('undo')?.edits[0]).toMatchObject({ after: { n: 0 }, clean: true })
  })

  test('passes over operations that changed nothing', () => {
    const log = createOperationLog()
    log.add(operation(edit('a', null, 1)))
    log.add(operation())
    log.add(operation(edit('b', null, 1), edit('b', 1, null)))
    expect(log.take('undo')).toEqual(operation(edit('a', null, 1)))
  })

  test('takes back what was taken back, until the app does something new', () => {
    const log = createOperationLog()
    log.addReverse('undo', operation(edit('a', 1, null)))
    log.addReverse('undo', operation(edit('b', 1, null)))
    expect(log.take('redo')).toEqual(operation(edit('b', 1, null)))
    log.giveBack('redo', operation(edit('b', 1, null)))
    log.addReverse('redo', operation(edit('c', null, 1)))
    expect(log.take('undo')).toEqual(operation(edit('c', null, 1)))
    log.add(operation(edit('d', null, 1)))
    expect(log.take('redo')).toBeUndefined()
  })

  test('holds the last hundred operations', () => {
    const log = createOperationLog()
    for (let n = 0; n < 102; n++) log.add(operation(edit('a', n, n + 1)))
    const taken: unknown[] = []
    for (let next = log.take('undo'); next; next = log.take('undo')) taken.push(next.edits[0]?.after)
    expect([taken.length, taken[0], taken.at(-1)]).toEqual([100, { n: 102 }, { n: 3 }])
  })

  test('holds fewer when they are large, but always the newest', () => {
    const log = createOperationLog()
    const large = (name: string): DoneOperation =>
      operation(...Array.from({ length: 60_000 }, (_, n) => edit(`${name}${n}`, null, 1)))
    log.add(large('first'))
    log.add(large('second'))
    expect(log.take('undo')?.edits[0]?.key).toBe('second0')
    expect(log.take('undo')).toBeUndefined()
    log.add(operation(...large('third').edits, ...large('fourth').edits))
    expect(log.take('undo')?.edits).toHaveLength(120_000)
    // What was taken out does not count any more.
    log.add(large('fifth'))
    log.add(operation(edit('a', null, 1)))
    log.take('undo')
    expect(log.take('undo')?.edits[0]?.key).toBe('fifth0')
  })
})
