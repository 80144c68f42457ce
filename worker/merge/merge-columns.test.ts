import { expect, test } from 'vitest'
import { mergeColumns } from './merge-columns.ts'

const none: ReadonlySet<string> = new Set()

test('columns keep what both sides added and removed, in the order of the side that moved them', () => {
  const base = ['a', 'b', 'c']
  expect(mergeColumns({ base, ours: ['a', 'b', 'x', 'c'], theirs: ['c', 'a', 'y'] }, none)).toEqual([
    'c',
    'a',
    'y',
    'x',
  ])
  expect(mergeColumns({ base, ours: ['b', 'a', 'c'], theirs: ['a', 'c', 'b'] }, none)).toEqual([
    'b',
    'a',
    'c',
  ])
  expect(mergeColumns({ base, ours: ['c', 'b', 'a'], theirs: ['a', 'b', 'c', 'd'] }, none)).toEqual([
    'c',
    'd',
    'b',
    'a',
  ])
})

test('a column that a record uses stays', () => {
  expect(mergeColumns({ base: ['a', 'b'], ours: ['a', 'b'], theirs: ['a'] }, new Set(['b']))).toEqual([
    'a',
    'b',
  ])
})
