import { describe, expect, test } from 'vitest'
import { isEspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { unavailable } from '../../worker/storage/storage-errors.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, makeBareRepository } from '../support/git-repositories.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { openTab, type LiveTab, type PlainQuery, type Watched } from './live-tab.ts'
import { createRandom } from './world.ts'

const seed = Number(process.env['ESPALIER_SEED'] ?? 404)
const steps = 80

const field = (name: string, from?: string): { readonly field: readonly string[]; readonly from?: string } =>
  from === undefined ? { field: [name] } : { field: [name], from }

/** Queries of every tier. */
const queries: readonly PlainQuery[] = [
  { from: 'items' },
  {
    from: 'items',
    where: { op: 'gte', left: field('price'), right: { value: 10 } },
    orderBy: [
      { by: field('price'), direction: 'desc' },
      { by: field('name'), direction: 'asc' },
    ],
    limit: 4,
  },
  {
    from: 'items',
    where: { op: 'in', left: field('kind'), value: ['cup', 'pen'] },
    select: { label: { fn: 'concat', of: [field('name'), { value: '!' }] } },
    orderBy: [{ by: field('name'), direction: 'desc', locale: 'en' }],
    offset: 1,
    limit: 3,
  },
  { from: 'items', where: { op: 'eq', left: field('$status'), right: { value: 'modified' } } },
  {
    from: 'items',
    groupBy: [field('kind')],
    select: {
      kind: field('kind'),
      count: { aggregate: 'count' },
      dearest: { aggregate: 'max', of: field('price') },
    },
    orderBy: [{ by: { aggregate: 'count' }, direction: 'desc' }],
  },
  { from: 'items', select: { count: { aggregate: 'count' } } },
  { from: 'items', select: { kind: field('kind') }, distinct: true },
  { from: 'items', include: { kind: { column: 'kind' } }, limit: 5 },
  { from: 'kinds', include: { items: { collection: 'items', column: 'kind', limit: 2 } } },
  { from: { collection: 'orders/lines', alias: '', parent: 'o1' } },
  {
    from: { collection: 'items', alias: 'i' },
    joins: [
      {
        kind: 'left',
        source: { collection: 'kinds', alias: 'k' },
        on: [{ left: field('kind', 'i'), right: field('$id', 'k') }],
      },
    ],
    where: { op: 'lt', left: field('price', 'i'), right: { value: 25 } },
    select: { name: field('name', 'i'), title: field('title', 'k') },
    orderBy: [{ by: field('name', 'i'), direction: 'asc' }],
  },
]

/** A storage that refuses the next commit when it is told to. */
function refusing(inner: Storage): Storage & { refuse: boolean } {
  const storage = {
    ...inner,
    refuse: false,
    commit: async (batch: Parameters<Storage['commit']>[0]) => {
      if (!storage.refuse) return inner.commit(batch)
      storage.refuse = false
      throw unavailable('Injected')
    },
  }
  return storage
}

describe('live queries of two tabs', () => {
  const host = useGitHost()

  test(`say after every step what a fresh query says (seed ${seed})`, async () => {
    const bare = makeBareRepository(host.path, 'model', shopDatabase)
    const url = `${host.server.url}/model.git`
    const disk = createMemoryDisk()
    const tabs = createNodeTabs()
    const stores = [refusing(createMemoryStorage(disk)), refusing(createMemoryStorage(disk))] as const
    const open = await Promise.all(stores.map((storage) => openTab(storage, url, { tabs, validate: 'off' })))
    const watched: readonly (readonly [LiveTab, Watched])[] = open.flatMap((tab) =>
      queries.map((query) => [tab, tab.watch(query)] as const),
    )
    const random = createRandom(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T // never empty
    const keys = Array.from({ length: 16 }, (_, n) => `i${String(n).padStart(2, '0')}`)
    const item = (): RecordValue => ({
      name: `N${Math.floor(random() * 50)}`,
      price: Math.floor(random() * 40),
      kind: pick(['cup', 'ink', 'pen', 'gone']),
    })
    let elsewhere = 0

    const step = async (tab: LiveTab, storage: { refuse: boolean }): Promise<void> => {
      const { db } = tab
      const items = db.collection('items')
      const chance = random()
      storage.refuse = random() < 0.1
      if (chance < 0.3) await items.update(pick(keys), { price: Math.floor(random() * 40) })
      else if (chance < 0.45) await items.upsert({ $id: pick(keys), ...item() })
      else if (chance < 0.55) await items.delete(pick(keys))
      else if (chance < 0.65)
        await items.upsertMany(
          [...new Set([pick(keys), pick(keys), pick(keys)])].map(($id) => ({ $id, ...item() })),
        )
      else if (chance < 0.72)
        await db.collection('kinds').update(pick(['cup', 'ink', 'pen']), { title: `T${random()}` })
      else if (chance < 0.77)
        await db.collection('orders/lines').update(pick(['o1/l1', 'o1/l2', 'o2/l1']), { count: 7 })
      else if (chance < 0.8) await (random() < 0.6 ? db.undo() : db.redo())
      else if (chance < 0.82)
        await db.commit({ message: 'Part', records: [{ collection: 'items', key: pick(keys) }] })
      else if (chance < 0.86) await db.commit({ message: 'Step' })
      else if (chance < 0.89) await db.discard()
      else if (chance < 0.93) {
        const [change] = await db.changes()
        if (change) await db.discard([change])
      } else if (chance < 0.94) {
        await db.transaction(async (tx) => {
          const row = await tx.collection('items').get('i03')
          await tx
            .collection('items')
            .upsert({ $id: 'i03', ...item(), price: Number(row?.['price'] ?? 0) + 1 })
          await tx.collection('kinds').update('cup', { rank: Math.floor(random() * 9) })
        })
      } else if (chance < 0.97) {
        // Two at once: they may share a batch.
        await Promise.all([items.upsert({ $id: 'i01', ...item() }), items.upsert({ $id: 'i02', ...item() })])
      } else {
        storage.refuse = false
        await db.push()
        commitElsewhere(bare, {
          [`items/$records/e${++elsewhere}.yaml`]: `name: Else ${elsewhere}\nprice: ${elsewhere}\nkind: ink\n`,
          'items/$records/i00.yaml': `name: From afar ${elsewhere}\nprice: ${elsewhere}\nkind: pen\n`,
        })
        await db.pull()
      }
    }

    const emissions = (): number => watched.reduce((sum, [, { emitted }]) => sum + emitted.length, 0)
    let quiet = 0
    for (let n = 0; n < steps; n++) {
      const which = random() < 0.5 ? 0 : 1
      await step(open[which] as LiveTab, stores[which]).catch(ignoreExpected)
      for (const storage of stores) storage.refuse = false
      for (const { db } of open) await db.refresh()
      for (const [tab, { query, rows, emitted, errors }] of watched) {
        const fresh = await tab.query(query)
        expect(errors).toEqual([])
        expect(emitted.length, JSON.stringify(query)).toBeGreaterThan(0)
        expect(rows(), `step ${n}: ${JSON.stringify(query)}`).toEqual(fresh)
      }
      // Nothing happens, nobody is called.
      const before = emissions()
      for (const { db } of open) await db.refresh()
      for (const [tab, { query }] of watched) await tab.query(query)
      expect(emissions()).toBe(before)
      quiet++
    }
    expect(quiet).toBe(steps)
    for (const tab of open) await tab.close()
  })
})

/** What a random step may run into: a record that is not there, a refused commit, nothing to commit, a pull that waits. */
function ignoreExpected(error: unknown): void {
  const codes = [
    'record/missing',
    'storage/unavailable',
    'engine/nothing-to-commit',
    'record/changed',
  ] as const
  if (!codes.some((code) => isEspalierError(error, code))) throw error
}
