import { expect, test } from 'vitest'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { structureDefinition } from '../../../merge/structure-definition.ts'
import { pairMoves } from './pair-moves.ts'

const definition = structureDefinition('all.yaml')
if (!definition) throw new Error('There is no definition.')

const record = (of: string, title: string): RecordValue => ({
  title,
  text: `A long text that only ${of} has.`.repeat(2),
})
const all = (count: number, key: string, title: string): Map<string, RecordValue> =>
  new Map(Array.from({ length: count }, (_, n) => [`${key}${n}`, record(String(n), title)]))
const pair = (count: number, title: string): number =>
  pairMoves(definition, all(count, 'old', 'A').keys(), all(count, 'old', 'A'), all(count, 'new', title)).size

test('of very many records only those are paired that say the same', () => {
  expect(pair(20, 'B')).toBe(20)
  expect(pair(501, 'B')).toBe(0)
  expect(pair(501, 'A')).toBe(501)
})

test('of two that are as much alike none is, whichever side has both', () => {
  const [one, other] = [record('it', 'A'), record('it', 'B')]
  const two = new Map([
    ['b', { ...one, title: 'B' }],
    ['c', { ...one, title: 'C' }],
  ])
  expect(pairMoves(definition, ['a'], new Map([['a', one]]), two).size).toBe(0)
  expect(pairMoves(definition, ['b'], two, new Map([['a', one]])).size).toBe(0)
  expect([...pairMoves(definition, ['a'], new Map([['a', one]]), new Map([['b', other]]))]).toEqual([
    ['a', 'b'],
  ])
})
