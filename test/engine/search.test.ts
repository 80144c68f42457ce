import { describe, expect, test } from 'vitest'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { open } from '../../src/node.ts'
import { openOver } from '../../src/open.ts'
import { defineSchema, type Infer } from '../../src/types/inline-schema.ts'
import { createEngine } from '../../worker/engine/engine.ts'
import { createParts } from '../../worker/engine/platform/plugins.ts'
import { extras } from '../../worker/extras.ts'
import { givenExtras } from '../../worker/format/extras.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, makeBareRepository } from '../support/git-repositories.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { openTab } from './live-tab.ts'
import { author, unlisted, until } from './world.ts'

const schema = defineSchema({
  plants: {
    columns: { name: { type: 'string' }, notes: { type: 'string' }, height: { type: 'int' } },
  },
  orders: { columns: { buyer: { type: 'string' } } },
  'orders/lines': { columns: { item: { type: 'string' }, count: { type: 'int' } } },
})
type Garden = Database<Infer<typeof schema>>

const plants = {
  rose: { name: 'Garden rose', notes: 'Needs sun', height: 120 },
  sage: { name: 'Sage', notes: 'An herb for every garden with sun and little water', height: 60 },
  gardenia: { name: 'Gardenia', notes: 'Shade', height: 90 },
  warden: { name: 'Warden pear', notes: 'A tree', height: 400 },
}
const garden: Readonly<Record<string, string>> = {
  ...shopDatabase,
  '.ingitdb/root-collections.yaml': 'plants: plants\norders: orders\nitems: items\nkinds: kinds\n',
  'plants/.collection/definition.yaml':
    'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\n' +
    'columns:\n  name:\n    type: string\n  notes:\n    type: string\n  height:\n    type: int\n',
  ...Object.fromEntries(
    Object.entries(plants).map(([key, value]) => [
      `plants/$records/${key}.json`,
      `${JSON.stringify(value)}\n`,
    ]),
  ),
}

const host = useGitHost()

let count = 0
async function withGarden(use: (db: Garden, bare: string) => Promise<void>): Promise<void> {
  const name = `garden${count++}`
  const bare = makeBareRepository(host.path, name, garden)
  const db = await open<Infer<typeof schema>>(`${host.server.url}/${name}.git`, { author })
  try {
    await use(db, bare)
  } finally {
    await db.close()
  }
}
const keys = (rows: readonly { readonly $id: string }[]): readonly string[] => rows.map(({ $id }) => $id)

describe('a search of a collection', () => {
  test('gives the best rows first: whole words, then beginnings, then words with a wrong letter', () =>
    withGarden(async (db) => {
      const found = db.collection('plants')
      expect(keys(await found.search('garden'))).toEqual(['rose', 'sage', 'gardenia', 'warden'])
      expect(keys(await found.search('GARD'))).toEqual(['gardenia', 'rose', 'sage'])
      expect(keys(await found.search('sun garden'))).toEqual(['rose', 'sage'])
      expect(keys(await found.search('gaarden', { limit: 1 }))).toEqual(['rose'])
      expect(await found.search('nothing like it')).toEqual([])
      expect(await found.search('400')).toEqual([])
    }))

  test('stands beside fields, conditions, an order, a selection and pages', () =>
    withGarden(async (db) => {
      const found = db.collection('plants')
      expect(keys(await found.search('garden', { fields: ['notes'] }))).toEqual(['sage'])
      expect(keys(await found.search('garden', { where: { height: { lt: 100 } } }))).toEqual([
        'sage',
        'gardenia',
      ])
      expect(keys(await found.search('garden', { orderBy: 'height', limit: 2 }))).toEqual([
        'sage',
        'gardenia',
      ])
      const [best] = await found.search('garden', { select: { label: 'name' } })
      expect(best).toMatchObject({ $id: 'rose', label: 'Garden rose' })
      expect(await found.search('garden').explain()).toMatchObject({ access: 'search', rowsRead: 4 })

      const first = await found.search('garden', { limit: 3 }).page()
      expect([keys(first.rows), first.previous]).toEqual([['rose', 'sage', 'gardenia'], null])
      const second = await found.search('garden', { limit: 3, after: first.next ?? '' }).page()
      expect([keys(second.rows), second.next]).toEqual([['warden'], null])

      await expect(found.search('x', { fields: ['nmae' as 'name'] })).rejects.toMatchObject({
        code: 'query/unknown-column',
      })
      await expect(found.search('x'.repeat(2e6))).rejects.toMatchObject({ code: 'query/invalid' })
    }))

  test('finds only records below the parent that it is asked of', () =>
    withGarden(async (db) => {
      const lines = db.collection('orders').record('o1').collection('lines')
      expect(keys(await lines.search('i00'))).toEqual(['l1'])
    }))

  test('follows writes, commits, pulls, undo and redo, and reads other commits as they were', () =>
    withGarden(async (db, bare) => {
      const found = db.collection('plants')
      const sage = async (text: string): Promise<readonly string[]> => keys(await found.search(text))
      expect(await sage('salvia')).toEqual([])
      await found.update('sage', { name: 'Salvia' })
      expect(await sage('salvia')).toEqual(['sage'])
      expect(await sage('sage')).toEqual([])
      await db.commit({ message: 'Salvia' })
      expect(await sage('salvia')).toEqual(['sage'])
      await found.delete('sage')
      expect(await sage('salvia')).toEqual([])
      await db.undo()
      expect(await sage('salvia')).toEqual(['sage'])
      await db.redo()
      expect(await sage('salvia')).toEqual([])
      expect(keys(await found.search('salvia', { at: 'main' }))).toEqual(['sage'])
      await db.undo()
      await db.push()
      commitElsewhere(bare, { 'plants/$records/fern.json': '{"name": "Fern salvia"}\n' })
      await db.pull()
      expect((await sage('salvia')).toSorted()).toEqual(['fern', 'sage'])
    }))

  test('is live: run again once for each write that may matter', () =>
    withGarden(async (db) => {
      const found = db.collection('plants')
      const seen: (readonly string[])[] = []
      const stop = found.search('garden', { limit: 2 }).subscribe(({ rows }) => seen.push(keys(rows)))
      await until('the first rows', () => seen.length === 1)
      expect(seen[0]).toEqual(['rose', 'sage'])
      await found.insertMany([
        { $id: 'a', name: 'Garden' },
        { $id: 'b', name: 'Tree' },
      ])
      await until('the insert', () => seen.at(-1)?.[0] === 'a')
      await found.deleteMany(['a', 'rose'])
      await until('the delete', () => seen.at(-1)?.includes('gardenia') ?? false)
      expect(seen.at(-1)).toEqual(keys(await found.search('garden', { limit: 2 })))
      expect(seen.at(-1)).toEqual(['sage', 'gardenia'])
      // Each of the two writes is told when it begins and when it is durable, at most.
      expect(seen.length).toBeLessThanOrEqual(5)
      stop()
    }))

  test('is no condition of a write: nothing is changed', async () => {
    makeBareRepository(host.path, 'written', garden)
    const tab = await openTab(createMemoryStorage(), `${host.server.url}/written.git`)
    const where = { op: 'search', text: 'garden' } as const
    await expect(
      tab.connection.call((engine) =>
        engine.write(tab.handle, { kind: 'deleteWhere', collection: 'plants', where }),
      ),
    ).rejects.toMatchObject({ code: 'query/invalid' })
    expect(await tab.db.changes()).toEqual([])
    await tab.close()
  })

  test('without the plug-in names it', async () => {
    makeBareRepository(host.path, 'plain', garden)
    const engine = createEngine(
      {
        ...createNodeTabs(),
        ...unlisted,
        environment: 'node',
        hasStorage: async () => false,
        openStorage: async () => createMemoryStorage(),
        persisted: async () => null,
        whenIdle: () => () => {},
        after: () => () => {},
      },
      createParts(givenExtras(extras)),
    )
    const db = await openOver<Infer<typeof schema>>(
      connectInProcess(engine),
      `${host.server.url}/plain.git`,
      {
        author,
      },
    )
    await expect(db.collection('plants').search('rose')).rejects.toMatchObject({
      code: 'query/search-missing',
      message: expect.stringContaining("from 'espalier/search'") as string,
    })
    await db.close()
  })
})
