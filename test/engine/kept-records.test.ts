import { randomBytes } from 'node:crypto'
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
import type { Storage } from '../../worker/storage/storage.ts'
import { createNodeEngine } from '../../worker/node-engine.ts'
import { useGitHost } from '../support/git-host.ts'
import { author, until } from './world.ts'

const size = 2_000

function manyRecords(): Record<string, string> {
  const files: Record<string, string> = {
    '.ingitdb/root-collections.yaml': 'notes: notes\n',
    // It does not compress away: a small pack would lie in its row, and be read with it.
    'noise.txt': randomBytes(1_500_000).toString('hex'),
    'notes/.collection/definition.yaml':
      'record_file:\n  name: "{key}.json"\n  format: json\n  type: map[string]any\ncolumns:\n  n:\n    type: int\n  text:\n    type: string\n',
  }
  for (let n = 0; n < size; n++)
    files[`notes/$records/note-${n}.json`] =
      `{ "n": ${n}, "text": "Note \\u00e9 ${n}", "__proto__": ${n % 3} }\n`
  return files
}

describe('records that an opening parsed are kept for the next one', () => {
  const host = useGitHost()
  let url: string
  beforeAll(() => {
    url = host.make('kept', manyRecords()).url
  })

  function open(
    disk: MemoryDisk,
    kept: MemoryDerived,
    {
      maxRecordsInMemory,
      storage = createMemoryStorage(disk),
    }: { maxRecordsInMemory?: number; storage?: Storage } = {},
  ): Promise<Database> {
    const engine = createNodeEngine({
      openStorage: async () => storage,
      openDerived: () => createMemoryDerived(kept),
    })
    return openOver(connectInProcess(engine), url, {
      author,
      ...(maxRecordsInMemory && { maxRecordsInMemory }),
    })
  }

  const manifests = (kept: MemoryDerived): number =>
    [...kept.keys()].filter((key) => key.startsWith('collection ')).length

  test('equal to those of the files, without reading these; an edit renews one chunk', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const first = await open(disk, kept)
    const rows = await first.collection('notes').all()
    expect(rows).toHaveLength(size)
    await until('the records are kept', () => manifests(kept) === 1)
    const chunks = kept.size - 1
    expect(chunks).toBeGreaterThan(2)
    expect(chunks).toBeLessThan(40)
    await first.settled()
    await first.close()

    const second = await open(disk, kept)
    expect(await second.collection('notes').all()).toEqual(rows)
    // It was these texts that were read, not the files: another number comes back from another text.
    const other = new Map(
      [...kept].map(([key, entry]) => [key, { ...entry, text: entry.text.replace('"n":1000,', '"n":-1,') }]),
    )
    const told = await open(disk, other)
    const lies = (await told.collection('notes').all()).filter(({ n }) => n === -1)
    expect(lies.map(({ $id }) => $id)).toEqual(['note-1000'])
    await told.close()
    expect(await second.collection('notes').count()).toBe(size)
    await second.collection('notes').update('note-7', { text: 'changed' })
    await second.collection('notes').insert({ $id: 'note-7a', n: 1 })
    await second.commit({ message: 'Change a note' })
    const changed = await second.collection('notes').all()
    await second.close()

    const third = await open(disk, kept)
    expect(await third.collection('notes').all()).toEqual(changed)
    await until('the new version is kept', () => manifests(kept) === 2)
    expect(kept.size - 2 - chunks).toBeLessThanOrEqual(2)
    await third.close()
  })

  test('and are counted by what was kept with them: no folder is listed to know whether they fit into memory', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const first = await open(disk, kept)
    const query = { where: { n: { lt: 10 } } }
    const rows = await first.collection('notes').find(query)
    await until('the records are kept', () => manifests(kept) === 1)
    await first.close()

    const indexOf = async (texts: MemoryDerived): Promise<unknown> => {
      const db = await open(disk, texts, { maxRecordsInMemory: size - 1 })
      expect(await db.collection('notes').find(query)).toEqual(rows)
      const { index } = await db.collection('notes').find(query).explain()
      await db.close()
      return index
    }
    // The folder has too many records for memory: it is read in passing, without an index.
    expect(await indexOf(new Map())).toBeUndefined()
    expect(await indexOf(kept)).toBeUndefined()
    const fewer = new Map(
      [...kept].map(([key, entry]) => [key, { ...entry, text: entry.text.replace(`[${size},"`, '[9,"') }]),
    )
    expect(await indexOf(fewer)).toBeDefined()
  })

  test('and no pack is read for them', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const first = await open(disk, kept)
    const query = { where: { n: { gte: 100 } }, orderBy: 'n', limit: 3 }
    const rows = await first.collection('notes').find(query)
    const isKept = (what: string): boolean => [...kept.keys()].some((key) => key.startsWith(`${what} `))
    await until('all is kept', () => isKept('commit') && isKept('collection'))
    await first.settled()
    await first.close()

    const storage = createMemoryStorage(disk)
    let reads = 0
    const second = await open(disk, kept, {
      storage: { ...storage, readSegment: (...place) => (reads++, storage.readSegment(...place)) },
    })
    expect(await second.collection('notes').find(query)).toEqual(rows)
    expect(reads).toBe(0)
    expect((await second.exportBundle()).length).toBeGreaterThan(0)
    expect(reads).toBeGreaterThan(0)
    await second.close()
  })

  test('but damaged or missing ones are read from the files again', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const first = await open(disk, kept)
    const rows = await first.collection('notes').all()
    await until('the records are kept', () => manifests(kept) === 1)
    await first.settled()
    await first.close()

    const damages: ((key: string, text: string) => string | undefined)[] = [
      (key, text) => (key.startsWith('chunk ') ? text.slice(0, -5) : text),
      (key, text) => (key.startsWith('chunk ') ? undefined : text),
      (key, text) => (key.startsWith('collection ') ? '{}' : text),
      () => undefined,
    ]
    for (const damage of damages) {
      const damaged: MemoryDerived = new Map()
      for (const [key, entry] of kept) {
        const text = damage(key, entry.text)
        if (text !== undefined) damaged.set(key, { ...entry, text })
      }
      const again = await open(disk, damaged)
      expect(await again.collection('notes').all()).toEqual(rows)
      await again.close()
    }
  })

  test('another definition reads other records from the same files', async () => {
    const disk = createMemoryDisk()
    const kept: MemoryDerived = new Map()
    const db = await open(disk, kept)
    await db.collection('notes').all()
    await until('the records are kept', () => manifests(kept) === 1)
    await db.schema.apply([{ kind: 'drop-column', collection: 'notes', name: 'n' }], { message: 'Drop n' })
    const rows = await db.collection('notes').all()
    expect(rows[0]).not.toHaveProperty('n')
    await until('the new version is kept', () => manifests(kept) === 2)
    await db.close()
  })
})
