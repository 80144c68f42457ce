import { beforeAll, describe, expect, test } from 'vitest'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { openOver } from '../../src/open.ts'
import { createMemoryDerived, type MemoryDerived } from '../../worker/storage/memory-derived.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { createNodeEngine } from '../../worker/node-engine.ts'
import { useGitHost } from '../support/git-host.ts'
import { author, until } from './world.ts'

const files: Record<string, string> = {
  '.ingitdb/root-collections.yaml': 'notes: notes\n',
  'notes/.collection/definition.yaml':
    'record_file:\n  name: "{key}.json"\n  format: json\n  type: map[string]any\ncolumns:\n  n:\n    type: int\n',
}
for (let n = 0; n < 300; n++) files[`notes/$records/note-${n}.json`] = `{ "n": ${(n * 37) % 300} }\n`

describe('the first page of a collection is kept from one opening to the next', () => {
  const host = useGitHost()
  let url: string
  beforeAll(() => {
    url = host.make('pages', files).url
  })

  const open = (disk: MemoryDisk, kept: MemoryDerived): Promise<Database> => {
    const engine = createNodeEngine({
      openStorage: async () => createMemoryStorage(disk),
      openDerived: () => createMemoryDerived(kept),
    })
    return openOver(connectInProcess(engine), url, { author })
  }
  const entries = (kept: MemoryDerived, kind: string): number =>
    [...kept.keys()].filter((key) => key.startsWith(`${kind} `)).length
  /** The same values with other pages, to see where an answer comes from. */
  const marked = (kept: MemoryDerived): MemoryDerived =>
    new Map(
      [...kept].map(([key, entry]) => [
        key,
        key.startsWith('page ') ? { ...entry, text: entry.text.replace('"n":0', '"n":-1') } : entry,
      ]),
    )
  const byN = (db: Database) => db.collection('notes').find({ orderBy: 'n', limit: 5 })

  test('and answers before the collection is read; the next answer is that of the records', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const first = await open(disk, kept)
    const rows = await byN(first)
    expect(rows.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4])
    await until('the page is kept', () => entries(kept, 'page') === 1)
    await first.settled()
    await first.close()

    const same = await open(disk, kept)
    expect(await byN(same)).toEqual(rows)
    await same.close()

    const again = await open(disk, marked(kept))
    expect((await byN(again))[0]).toMatchObject({ n: -1 })
    await until('the records are read', async () => (await byN(again))[0]?.['n'] === 0)
    await again.close()

    // Another question, another answer.
    const other = await open(disk, marked(kept))
    expect(await other.collection('notes').find({ orderBy: 'n', limit: 6 })).toHaveLength(6)
    await other.close()
  })

  test('also to live queries, which are then corrected by what differs', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const seen = async (db: Database, results: number): Promise<readonly unknown[]> => {
      const all: unknown[] = []
      const stop = byN(db).subscribe(({ rows, version }) => all.push([version, rows[0]?.['n']]))
      await until('the results arrive', () => all.length >= results)
      stop()
      return all
    }
    const first = await open(disk, kept)
    expect(await seen(first, 1)).toEqual([[1, 0]])
    await until('the page is kept', () => entries(kept, 'page') === 1)
    await first.settled()
    await first.close()

    const again = await open(disk, marked(kept))
    expect(await seen(again, 2)).toEqual([
      [1, -1],
      [2, 0],
    ])
    await again.close()
  })

  test('but not with an edit that came while the page was looked for', async () => {
    const kept: MemoryDerived = new Map()
    const inner = createMemoryDerived(kept)
    let opened = (): void => {}
    const gate = new Promise<void>((resolve) => (opened = resolve))
    let asked = 0
    const engine = createNodeEngine({
      openStorage: async () => createMemoryStorage(),
      openDerived: () => {
        const read: typeof inner.read = async (keys) => {
          if (keys.some((key) => key.startsWith('page '))) {
            asked++
            await gate
          }
          return inner.read(keys)
        }
        return { ...inner, read }
      },
    })
    const db: Database = await openOver(connectInProcess(engine), url, { author })
    const live: unknown[] = []
    const stop = byN(db).subscribe(({ rows }) => live.push(rows[0]?.['n']))
    const rows = byN(db).then((found) => found)
    await until('both look for their page', () => asked === 2)
    await db.collection('notes').update('note-1', { n: -5 })
    opened()
    expect((await rows)[0]).toMatchObject({ n: -5 })
    await until('the live query is there', () => live.length > 0)
    expect(live).toEqual([-5])
    stop()
    // What is kept goes to the store together.
    await until('the records are kept', () => kept.size > 0)
    await db.close()
    expect(entries(kept, 'page')).toBe(0)
  })

  test('but not where records have working changes, nor for another commit', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const first = await open(disk, kept)
    await byN(first)
    await until('the page is kept', () => entries(kept, 'page') === 1)
    await first.collection('notes').update('note-1', { n: -5 })
    await first.settled()
    await first.close()

    const changed = await open(disk, marked(kept))
    expect((await byN(changed))[0]).toMatchObject({ $id: 'note-1', n: -5, $status: 'modified' })
    await changed.commit({ message: 'Change a note' })
    await changed.close()

    // What this session asked is kept for what it committed too.
    const committed = await open(disk, marked(kept))
    expect((await byN(committed))[0]).toMatchObject({ $id: 'note-1', n: -5 })
    await committed.close()
  })
})
