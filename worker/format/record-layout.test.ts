import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import {
  asParent,
  checkNewKey,
  fixedKey,
  instanceDirs,
  joinKey,
  matchRecordFile,
  parentKey,
  rowKeyProblem,
  splitKey,
} from './record-layout.ts'

function collection(
  id: string,
  recordsDir: string,
  name: string,
  more: Partial<CollectionDefinition> = {},
): CollectionDefinition {
  return {
    id,
    titles: {},
    dataDir: recordsDir,
    recordsDir,
    columns: [],
    columnsOrder: [],
    primaryKey: [],
    recordFile: { name, format: 'json', type: 'map[string]any' },
    readable: { ok: true },
    definitionPath: '',
    ...more,
  }
}
const list = { recordFile: { name: 'rows.json', format: 'json', type: '[]map[string]any' } }

const orders = collection('orders', 'orders/$records', '{key}.json')
const notes = collection('orders/notes', 'orders/$records/{key}/notes/$records', '{key}.json', {
  parent: 'orders',
  otherRecordsDirs: ['orders/{key}/notes/$records'],
})
const replies = collection('orders/notes/replies', 'o/{key}/notes/$records/{key}/replies', 'rows.json', {
  ...list,
  parent: 'orders/notes',
})
const settings = collection('settings', 'settings', 'app.config.json')

describe('record layout', () => {
  test('finds parent and key of a file in every layout', () => {
    expect(matchRecordFile(orders, 'orders/$records/a%2Fb.json')).toEqual({ parent: '', key: 'a/b' })
    expect(matchRecordFile(notes, 'orders/$records/a%2Fb/notes/$records/n.json')).toEqual({
      parent: 'a%2Fb',
      key: 'a%2Fb/n',
    })
    expect(matchRecordFile(notes, 'orders/o1/notes/$records/n.json')?.key).toBe('o1/n')
    expect(matchRecordFile(replies, 'o/o1/notes/$records/n1/replies/rows.json')).toEqual({ parent: 'o1/n1' })
    expect(matchRecordFile(settings, 'settings/app.config.json')).toEqual({ parent: '', key: 'app.config' })
    for (const path of [
      'orders/$records/notes/$records/n.json', // `$records` is no parent
      'orders/$records/.hidden/notes/$records/n.json',
      'orders/$records/o1/notes/n.json',
      'orders/$records/o1/notes/$records/deep/n.json',
      'orders/$records/o1.json',
      'notes',
      '',
    ])
      expect(matchRecordFile(notes, path), path).toBeUndefined()
    expect(matchRecordFile(settings, 'settings/other.json')).toBeUndefined()
  })

  test('folders named like a slot belong to the database; the last slots are the parents', () => {
    const odd = collection('a/b', 'x/{key}/$records/{key}/b', 'rows.json', { ...list, parent: 'a' })
    expect(instanceDirs(odd, 'p')).toEqual(['x/{key}/$records/p/b'])
    expect(matchRecordFile(odd, 'x/{key}/$records/p/b/rows.json')).toEqual({ parent: 'p' })
    expect(matchRecordFile(odd, 'x/other/$records/p/b/rows.json')).toBeUndefined()
  })

  test('new keys have the segments of their collection, and file names where they name files', () => {
    expect(checkNewKey(notes, 'o1/n/2'.replace('/2', '%2F2'))).toBe('o1/n%2F2')
    expect(checkNewKey(replies, 'o1/n1/con')).toBe('o1/n1/con')
    expect(checkNewKey(settings, fixedKey(settings))).toBe('app.config')
    expect(checkNewKey(collection('l', 'l', '', list), 'a\u001fb')).toBe('a\u001fb')
    const refused: readonly (readonly [CollectionDefinition, string])[] = [
      [notes, 'n'],
      [notes, 'o1/'],
      [notes, '/n'],
      [notes, 'a/b/c'],
      [notes, 'o1/con'],
      [settings, 'other'],
      [replies, 'o1/n1/a%5cb'],
      [replies, 'o1/n1/\u0000'],
      // Their folders would not be read again.
      [replies, '$records/n1/r'],
      [replies, '.git/n1/r'],
      [replies, 'a\u001fb/n1/r'],
    ]
    for (const [definition, key] of refused)
      expect(() => checkNewKey(definition, key), key).toThrow(
        expect.objectContaining({ code: 'record/bad-key' }),
      )
  })

  test('keys come apart as they were joined, and their parents name records of the parent collection', () => {
    const own = fc.string({ minLength: 1, maxLength: 8 }).filter((key) => !/%2f|%5c/i.test(key))
    fc.assert(
      fc.property(own, own, own, (order, note, reply) => {
        const noteKey = joinKey(asParent(orders, order), note)
        const replyKey = joinKey(asParent(notes, noteKey), reply)
        expect(splitKey(notes, noteKey)).toEqual({ parent: asParent(orders, order), own: note })
        expect(splitKey(replies, replyKey)).toEqual({ parent: noteKey, own: reply })
        expect(parentKey(replies, replyKey)).toBe(noteKey)
        expect(parentKey(notes, noteKey)).toBe(order)
        expect(parentKey(orders, order)).toBeUndefined()
        const path = `${instanceDirs(replies, noteKey)[0]}/rows.json`
        const canBeFolders = [order, note].every(
          (key) => key === key.normalize('NFC') && !/^(\.|\$records$)/.test(key),
        )
        if (canBeFolders) expect(matchRecordFile(replies, path)).toEqual({ parent: noteKey })
        expect(rowKeyProblem('', 'p')).toBeDefined()
      }),
      { seed: 11, numRuns: 300 },
    )
  })
})
