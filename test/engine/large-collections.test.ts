import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { openOn, until } from './world.ts'

const size = 300
const definition = (columns: string): string =>
  `record_file:\n  name: "{key}.json"\n  format: json\n  type: map[string]any\ncolumns:\n${columns}`
const files: Record<string, string> = {
  '.ingitdb/root-collections.yaml': 'notes: notes\nkinds: kinds\n',
  'notes/.collection/definition.yaml': definition(
    '  n:\n    type: int\n  kind:\n    type: string\n    foreign_key: kinds\n',
  ),
  'kinds/.collection/definition.yaml': definition('  title:\n    type: string\n'),
}
for (let n = 0; n < size; n++) files[`notes/$records/note-${n}.json`] = `{ "n": ${n}, "kind": "k${n % 7}" }\n`
for (let k = 0; k < 7; k++) files[`kinds/$records/k${k}.json`] = `{ "title": "Kind ${k}" }\n`

describe('a collection that is larger than the memory it may take', () => {
  const host = useGitHost()
  let large: Database
  let usual: Database
  beforeAll(async () => {
    const { url } = host.make('large', files)
    large = await openOn(createMemoryStorage(), url, { maxRecordsInMemory: 100 })
    usual = await openOn(createMemoryStorage(), url)
  })
  afterAll(async () => {
    await large.close()
    await usual.close()
  })

  const questions: readonly ((db: Database) => PromiseLike<unknown>)[] = [
    (db) => db.collection('notes').find({ where: { n: { gte: 290 } }, orderBy: { n: 'desc' } }),
    (db) => db.collection('notes').find({ orderBy: 'n', limit: 3, offset: 5 }),
    (db) => db.collection('notes').find({ where: { $id: { in: ['note-7', 'note-8', 'none'] } } }),
    (db) => db.collection('notes').find({ where: { kind: 'k3' }, include: { kind: true }, limit: 4 }),
    (db) => db.collection('notes').count({ where: { kind: 'k1' } }),
    (db) => db.collection('notes').aggregate({ groupBy: 'kind', count: true, sum: 'n' }),
    (db) =>
      db.collection('kinds').find({ include: { notes: { collection: 'notes', column: 'kind' } } as never }),
    (db) => db.collection('notes').distinct('kind'),
    (db) => db.collection('notes').search('k3', { where: { n: { gt: 100 } }, limit: 5 }),
  ]
  const agree = async (): Promise<void> => {
    for (const [index, ask] of questions.entries())
      expect(await ask(large), `question ${index + 1}`).toEqual(await ask(usual))
  }

  test('is read in passing: the answers are those of memory, working changes and other commits included', async () => {
    await agree()
    for (const db of [large, usual]) {
      await db.collection('notes').update('note-295', { n: -1 })
      await db.collection('notes').insert({ $id: 'new', n: 1000, kind: 'k3' })
      await db.collection('notes').delete('note-7')
    }
    await agree()
    const before = await large.at('main')
    expect(await before.collection('notes').count({ where: { n: { gte: 290 } } })).toBe(10)
    for (const db of [large, usual]) await db.commit({ message: 'Change notes' })
    await agree()
  })

  test('and live queries on it follow every change', async () => {
    const seen: unknown[] = []
    const stop = large
      .collection('notes')
      .find({ where: { n: { gte: 998 } }, orderBy: 'n' })
      .subscribe(({ rows }) => seen.push(rows.map(({ $id, $status = 'clean' }) => `${$id} ${$status}`)))
    const last = (): unknown => seen.at(-1)
    const shows = (...rows: string[]): Promise<void> =>
      until(rows.join(), () => JSON.stringify(last()) === JSON.stringify(rows))
    await shows('new clean')
    await large.collection('notes').update('note-5', { n: 999 })
    await shows('note-5 modified', 'new clean')
    await large.commit({ message: 'A larger one' })
    await shows('note-5 clean', 'new clean')
    await large.collection('notes').delete('new')
    await shows('note-5 clean')
    await large.discard()
    await shows('note-5 clean', 'new clean')
    const emissions = seen.length
    await large.collection('kinds').update('k1', { title: 'Other' })
    await large.collection('notes').update('note-6', { n: 7 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(seen).toHaveLength(emissions)
    stop()
  })
})
