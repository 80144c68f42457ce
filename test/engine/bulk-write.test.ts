import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { useGitHost, type HostedRepository } from '../support/git-host.ts'
import { git } from '../support/git-repositories.ts'
import { anyValues, openOn } from './world.ts'

const definition = `record_file:
  name: "{key}.json"
  format: json
  type: map[string]any
columns:
  n:
    type: int
    required: true
  double:
    type: int
    formula: n * 2
`
const files = {
  '.ingitdb/root-collections.yaml': 'notes: notes\nplain: plain\n',
  'notes/.collection/definition.yaml': definition,
  'notes/$records/old.json': '{ "n": 1 }\n',
  'plain/.collection/definition.yaml': definition.slice(0, definition.indexOf('  double')),
}

/** `hostile` is a field that a plain assignment would lose. */
const value = (n: number): RecordValue =>
  JSON.parse(
    `{ "n": ${n}, "text": "é ${n}", "list": [{ "a": null }], "__proto__": { "hostile": ${n} } }`,
  ) as RecordValue

/** Lists in each other. */
function nested(depth: number): RecordValue[string] {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

describe('writes of many rows', () => {
  const host = useGitHost()
  let repository: HostedRepository
  let db: Database
  let disk: MemoryDisk
  beforeAll(async () => {
    repository = host.make('bulk', files)
    disk = createMemoryDisk()
    db = await openOn(createMemoryStorage(disk), repository.url)
  })
  afterAll(() => db.close())

  test('answer rows that are just what was sent, and others, as reads show them', async () => {
    const plain = db.collection('plain')
    const first = await plain.insert({ $id: 'row-0', ...value(0) }, anyValues)
    const rows = Array.from({ length: 200 }, (_, n) => ({ $id: `row-${n + 1}`, ...value(n) }))
    // A key that is kept in another form.
    rows.push({ $id: 'e\u0301', ...value(7) })
    const written = await plain.insertMany(rows, anyValues)
    expect(written[0]).toEqual({ ...first, $id: 'row-1' })
    expect(written[200]).toMatchObject({ $id: '\u00e9', n: 7, $status: 'added' })
    expect(await plain.getMany(written.map(({ $id }) => $id))).toEqual(written)
    const other = await openOn(createMemoryStorage(disk), repository.url)
    expect(await other.collection('plain').all()).toEqual(await plain.all())
    await other.close()
    await db.discard()
  })

  test('answer the rows that single writes answer, and are read, replayed and committed like them', async () => {
    const notes = db.collection('notes')
    const single = await notes.insert({ $id: 'single', ...value(7) }, anyValues)
    const rows = Array.from({ length: 300 }, (_, n) => ({ $id: `note-${n}`, ...value(n) }))
    const written = await notes.insertMany(rows, anyValues)
    expect(written).toHaveLength(300)
    expect(written[7]).toEqual({ ...single, $id: 'note-7' })
    expect(written[7]).toMatchObject({ double: 14, $status: 'added' })
    expect(Object.hasOwn(written[7] as object, '__proto__')).toBe(true)
    expect(await notes.getMany(rows.map(({ $id }) => $id))).toEqual(written)

    // Another tab of the same store replays the journal.
    const other = await openOn(createMemoryStorage(disk), repository.url)
    expect(await other.collection('notes').get('note-299')).toEqual(written[299])
    expect(await other.changes()).toHaveLength(301)
    await other.close()

    const { oid } = await db.commit({ message: 'Three hundred notes' })
    await db.push()
    const { bare } = repository
    expect(JSON.parse(git(bare, 'show', `${oid}:notes/$records/note-9.json`))).toEqual(value(9))
    expect(git(bare, 'fsck', '--strict')).toBe('')

    const changed = await notes.upsertMany(
      rows.map((row) => ({ ...row, n: 1000 })),
      anyValues,
    )
    expect(changed[3]).toMatchObject({ $id: 'note-3', n: 1000, double: 2000, $status: 'modified' })
    await db.discard()
    expect(await notes.get('note-3')).toMatchObject({ n: 3 })
  })

  test('refuse what is not JSON, naming it, and write nothing', async () => {
    const notes = db.collection('notes')
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    const wrong: readonly unknown[] = [
      [undefined],
      new Date(0),
      Number.NaN,
      new Map(),
      Object.assign([], { 2: 'a list with holes' }),
      cycle,
      'half \uD800',
      'nul \0',
      nested(250),
      1n,
    ]
    for (const [index, odd] of wrong.entries()) {
      const rows = Array.from({ length: 150 }, (_, n) => ({ $id: `odd-${n}`, n }))
      rows[77] = { $id: 'odd-77', n: 77, odd } as never // the types forbid it; a JavaScript app can do it
      await expect(notes.insertMany(rows), `value ${index}`).rejects.toMatchObject({
        code: 'record/bad-value',
        data: { key: 'odd-77', field: 'odd' },
      })
    }
    expect(await db.changes()).toEqual([])
  })

  test('are checked by the rules, and name the file of what breaks them', async () => {
    const rows = Array.from({ length: 150 }, (_, n) => ({ $id: `bad-${n}`, n: n === 60 ? 'text' : n }))
    await expect(db.collection('notes').insertMany(rows)).rejects.toMatchObject({
      code: 'record/invalid',
      data: { issues: [{ key: 'bad-60', file: 'notes/$records/bad-60.json', path: ['n'] }] },
    })
    const taken = Array.from({ length: 150 }, (_, n) => ({ $id: n === 9 ? 'old' : `bad-${n}`, n }))
    await expect(db.collection('notes').insertMany(taken)).rejects.toMatchObject({
      code: 'record/exists',
      data: { key: 'old' },
    })
    expect(await db.changes()).toEqual([])
  })

  test('hold values of any depth', async () => {
    const rows = Array.from({ length: 150 }, (_, n) => ({ $id: `deep-${n}`, n, deep: nested(n) }))
    const written = await db.collection('plain').insertMany(rows, anyValues)
    expect(written).toMatchObject(rows)
    await db.discard()
  })

  const many = (n: number): { $id: string; n: number }[] =>
    Array.from({ length: n }, (_, index) => ({ $id: `many-${index}`, n: index }))

  test.each<[string, object, object]>([
    ['a key twice', { $id: 'many-9', n: 1 }, { code: 'record/exists', data: { key: 'many-9' } }],
    ['a committed one', { $id: 'old', n: 1 }, { code: 'record/exists', data: { key: 'old' } }],
    ['an uncommitted one', { $id: 'fresh', n: 1 }, { code: 'record/exists', data: { key: 'fresh' } }],
    ['a key like another', { $id: 'Many-9', n: 1 }, { code: 'record/bad-key', data: { other: 'many-9' } }],
    ['one like a committed one', { $id: 'OLD', n: 1 }, { code: 'record/bad-key', data: { other: 'old' } }],
    [
      'one like an uncommitted one',
      { $id: 'Fresh', n: 1 },
      { code: 'record/bad-key', data: { other: 'fresh' } },
    ],
    ['a key for no file', { $id: 'a/b\0', n: 1 }, { code: 'record/bad-key' }],
    ['a key that is a number', { $id: 7, n: 1 }, { code: 'record/bad-key' }],
    ['no key', { n: 1 }, { code: 'record/bad-key' }],
    ['a name with $', { $id: 'x', n: 1, $Id: 'x' }, { code: 'record/bad-value', data: { field: '$Id' } }],
  ])('refuse %s as single writes do', async (_, row, error) => {
    const notes = db.collection('notes')
    await notes.insert({ $id: 'fresh', n: 1 })
    await expect(notes.insertMany([...many(150), row] as never)).rejects.toMatchObject(error)
    expect(await db.changes()).toMatchObject([{ key: 'fresh' }])
    await db.discard()
  })

  test('give a deleted record back, and know what it was', async () => {
    const notes = db.collection('notes')
    await notes.delete('old')
    const written = await notes.insertMany([...many(150), { $id: 'old', n: 5 }])
    expect(written[150]).toMatchObject({ $id: 'old', n: 5, $status: 'modified' })
    expect(written[3]).toMatchObject({ $id: 'many-3', n: 3, $status: 'added' })
    expect((await db.changes()).find(({ key }) => key === 'old')).toMatchObject({
      kind: 'update',
      before: { n: 1 },
      after: { n: 5 },
    })
    await db.discard()
  })

  test('are one step to undo and to discard, however long', async () => {
    const plain = db.collection('plain')
    const rows = many(5000).map((row) => ({ ...row, text: `costs ${row.n} $`, size: row.n / 3 }))
    await plain.insertMany(rows, anyValues)
    expect(await plain.count()).toBe(5000)
    expect(await db.undo()).toMatchObject({ status: 'done' })
    expect(await db.changes()).toEqual([])
    expect(await db.redo()).toMatchObject({ status: 'done' })
    const other = await openOn(createMemoryStorage(disk), repository.url)
    expect(await other.collection('plain').all()).toEqual(await plain.all())
    await other.close()
    await db.discard()
    expect(await plain.count()).toBe(0)
  })
})
