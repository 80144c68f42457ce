import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { RecordAddress } from '../../src/protocol/records.ts'
import { failAt } from '../../worker/storage/faults.ts'
import { createMemoryStorage, type MemoryDisk } from '../../worker/storage/memory-storage.ts'
import { git } from '../support/git-repositories.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { anyValues, auditDisk, copyDisk, createRandom, openOn, viewOf } from './world.ts'
import { useGitHost } from '../support/git-host.ts'
import { shareDisk, type SharedDisk } from './shared-disk.ts'

const host = useGitHost()

const makeWorld = (files?: Readonly<Record<string, string>>): SharedDisk =>
  shareDisk(host.make('working', files))

/** Moves main to a commit that changes Ireland, as another git tool would: under the working changes. */
async function moveUnder(db: Database, disk: MemoryDisk): Promise<void> {
  const other = await db.branches.create('other')
  await other.collection('geo.countries').replace({ $id: 'ie', name: 'Éire' })
  const { oid } = await other.commit({ message: 'Theirs' })
  const storage = createMemoryStorage(disk)
  await storage.commit({ writes: [{ kind: 'setRef', name: 'refs/heads/main', value: oid }] })
  await storage.close()
  await db.refresh()
}

async function changed(db: Database): Promise<readonly string[]> {
  return (await db.changes()).map(({ collection, key, kind }) => `${kind} ${collection}/${key}`)
}

test('discard and commit find a record however the letters of its key were typed', async () => {
  const { tab } = makeWorld()
  const db = await tab()
  const units = db.collection('units')
  await units.insertMany([{ $id: '\u00e9' }, { $id: '\u00fc' }, { $id: 'other' }], anyValues)
  await db.discard([{ collection: 'units', key: 'e\u0301' }])
  expect(await changed(db)).toEqual(['insert units/other', 'insert units/\u00fc'])
  // Named twice it is still one record.
  const records = ['u\u0308', '\u00fc'].map((key) => ({ collection: 'units', key }))
  await db.commit({ message: 'One', records })
  expect(await changed(db)).toEqual(['insert units/other'])
  expect(await units.get('\u00fc', { at: 'HEAD' })).toMatchObject({ $id: '\u00fc' })
  await db.close()
})

describe('discard', () => {
  test('takes back the changes of records, of a collection, of a kind, or all', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    const edit = async (): Promise<void> => {
      await db.collection('units').update('foot', { factor: 1 })
      await db.collection('units').delete('metre')
      await db.collection('geo.countries').update('ie', { population: 1 })
      await db.collection('geo.countries').insert({ $id: 'is', name: 'Iceland' })
    }
    await edit()
    await db.discard({ collection: 'units' })
    expect(await changed(db)).toEqual(['update geo.countries/ie', 'insert geo.countries/is'])
    await db.discard({ kind: 'insert' })
    expect(await changed(db)).toEqual(['update geo.countries/ie'])
    // A slip in a filter must not widen it.
    for (const slip of [
      { collecton: 'units' },
      { collection: undefined },
      { kind: 'nix' },
      [{ collection: 'units' }],
      [null],
      null,
      '',
      'units',
    ]) {
      await expect(db.discard(slip as never)).rejects.toMatchObject({ code: 'engine/bad-argument' })
      const commit = db.commit({ message: 'Some', records: slip as never })
      await expect(commit).rejects.toMatchObject({ code: 'engine/bad-argument' })
    }
    const forgotten = db.commit({ message: 'Some', records: undefined } as never)
    await expect(forgotten).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await expect(db.commit({ records: undefined } as never)).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })
    for (const records of [{ collection: 'nix' }, [{ collection: 'nix', key: 'a' }]]) {
      const missing = { code: 'record/collection-missing', data: { collection: 'nix' } }
      await expect(db.discard(records)).rejects.toMatchObject(missing)
      await expect(db.commit({ message: 'Some', records })).rejects.toMatchObject(missing)
    }
    await expect(db.commit({ mesage: 'Some' } as never)).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })
    await db.discard([{ collection: 'geo.countries', key: 'fr' }])
    await db.discard({ collection: 'geo.countries', kind: 'delete' })
    expect(await changed(db)).toEqual(['update geo.countries/ie'])
    await db.discard()
    await edit()
    await db.discard({})
    expect(await changed(db)).toEqual([])
    await db.close()
  })
})

describe('a part that others need', () => {
  test('is not discarded without them', async () => {
    const { tab } = makeWorld(layoutDatabase)
    const db = await tab()
    const orders = db.collection('orders')
    const cities = db.collection('cities')
    await orders.insert({ $id: 'o9', customer: 'ada' })
    await orders.record('o9').collection('lines').insert({ $id: 'l1', product: 'pen', count: 1 })
    await orders.delete('o1', { references: 'cascade' })
    await cities.update('cork', { name: 'Corcaigh' })
    const before = await viewOf(db)
    const part = (collection: string, key: string): Promise<void> => db.discard([{ collection, key }])
    await expect(part('orders', 'o9')).rejects.toMatchObject({
      code: 'record/missing',
      message: expect.stringMatching(/^Nothing was discarded: orders\/lines\/o9\/l1 needs/) as string,
      data: { other: { collection: 'orders', key: 'o9' } },
    })
    await expect(part('orders/lines', 'o1/l1')).rejects.toMatchObject({ code: 'record/referenced' })
    expect(await viewOf(db)).toEqual(before)
    await part('cities', 'cork')
    await db.discard([
      { collection: 'orders', key: 'o9' },
      { collection: 'orders/lines', key: 'o9/l1' },
    ])
    await part('orders', 'o1')
    await db.commit()
    expect(await db.validate()).toMatchObject({ valid: true })
    await db.close()
  })

  test('is not discarded without the references to it', async () => {
    const { tab } = makeWorld(shopDatabase)
    const db = await tab()
    await db.collection('kinds').insert({ $id: 'mug', title: 'Mugs', rank: 4 })
    await db.collection('items').update('i00', { kind: 'mug' })
    await expect(db.discard({ collection: 'kinds' })).rejects.toMatchObject({
      code: 'record/invalid',
      message: expect.stringMatching(/^Nothing was discarded: that would break 1 ref/) as string,
    })
    await db.discard({ collection: 'items' })
    await db.discard({ collection: 'kinds' })
    await db.collection('items').updateMany({ where: { kind: 'pen' } }, { kind: 'ink' })
    await db.collection('kinds').delete('pen')
    await expect(db.discard([{ collection: 'items', key: 'i02' }])).rejects.toMatchObject({
      code: 'record/referenced',
    })
    await db.close()
  })

  test('can be discarded when the others have lost what they need already', async () => {
    const { tab, disk } = makeWorld(layoutDatabase)
    const db = await tab()
    await db
      .collection('orders')
      .record('o2')
      .collection('lines')
      .insert({ $id: 'l9', product: 'ink', count: 1 })
    await db.collection('cities').update('cork', { name: 'Corcaigh' })
    // The order goes under the change, as with a pull.
    const other = await db.branches.create('other')
    await other.collection('orders').delete('o2', { references: 'cascade' })
    const { oid } = await other.commit({ message: 'Theirs' })
    const storage = createMemoryStorage(disk)
    await storage.commit({ writes: [{ kind: 'setRef', name: 'refs/heads/main', value: oid }] })
    await storage.close()
    await db.refresh()
    expect((await db.validate()).issues).toMatchObject([{ code: 'validation/parent-missing', key: 'o2/l9' }])
    await db.discard({ collection: 'cities' })
    expect(await changed(db)).toEqual(['insert orders/lines/o2/l9'])
    await db.close()
  })
})

describe('undo and redo', () => {
  test('go through calls, bulk calls, cascades and discards, newest first', async () => {
    const { tab, disk } = makeWorld(layoutDatabase)
    const db = await tab()
    const views = [await viewOf(db)]
    const orders = db.collection('orders')
    const steps: readonly (() => Promise<unknown>)[] = [
      () => orders.update('o1', { customer: 'eve' }),
      () =>
        db.collection('statuses').upsertMany([
          { $id: 'late', title: 'Late' },
          { $id: 'new', title: 'N' },
        ]),
      () => orders.delete('o1', { references: 'cascade' }),
      () => orders.insert({ $id: 'o1', customer: 'new' }),
      () => orders.record('o1').collection('lines').insert({ $id: 'l9', product: 'pin', count: 1 }),
      () => db.discard({ collection: 'orders/lines' }),
      () => db.discard(),
      () => db.collection('cities').deleteMany(['cork', 'galway']),
    ]
    for (const step of steps) {
      await step()
      views.push(await viewOf(db))
    }
    for (const view of views.slice(0, -1).toReversed()) {
      expect(await db.undo()).toMatchObject({ status: 'done', refused: [] })
      expect(await viewOf(db)).toEqual(view)
    }
    expect(await db.undo()).toEqual({ status: 'empty', records: [], refused: [] })
    for (const view of views.slice(1)) {
      expect(await db.redo()).toMatchObject({ status: 'done', refused: [] })
      expect(await viewOf(db)).toEqual(view)
    }
    expect(await db.redo()).toMatchObject({ status: 'empty' })
    // A new operation ends what could be redone.
    await db.undo()
    await db.collection('cities').update('cork', { name: 'Corcaigh' })
    expect(await db.redo()).toMatchObject({ status: 'empty' })
    // What was undone is undone for whoever opens the database later.
    const view = await viewOf(db)
    await db.close()
    const again = await tab()
    expect(await viewOf(again)).toEqual(view)
    await again.close()
    await auditDisk(disk)
  })

  test('leave alone what was changed since, and say so', async () => {
    const { tab } = makeWorld()
    const [db, other] = [await tab(), await tab()]
    const countries = db.collection('geo.countries')
    await countries.updateMany([
      { key: 'ie', patch: { population: 1 } },
      { key: 'fr', patch: { population: 1 } },
    ])
    await other.collection('geo.countries').update('ie', { population: 2 })
    expect(await other.undo()).toMatchObject({ status: 'done' })
    await other.redo()
    expect(await db.undo()).toEqual({
      status: 'done',
      records: [{ collection: 'geo.countries', key: 'fr' }],
      refused: [{ collection: 'geo.countries', key: 'ie', reason: 'changed' }],
    })
    expect(await changed(db)).toEqual(['update geo.countries/ie'])
    expect(await countries.get('ie')).toMatchObject({ population: 2 })
    await db.close()
    await other.close()
  })

  test('refuse what was committed, here or in another tab', async () => {
    const { tab } = makeWorld()
    const [db, other] = [await tab(), await tab()]
    await db.collection('geo.countries').update('ie', { population: 1 })
    await db.collection('units').update('foot', { factor: 1 })
    await other.refresh()
    await other.commit({ message: 'Countries', records: { collection: 'geo.countries' } })
    expect(await db.undo()).toMatchObject({ status: 'done', records: [{ collection: 'units', key: 'foot' }] })
    expect(await db.undo()).toEqual({
      status: 'refused',
      records: [],
      refused: [{ collection: 'geo.countries', key: 'ie', reason: 'committed' }],
    })
    expect(await db.redo()).toMatchObject({ status: 'done' })
    await db.close()
    await other.close()
  })

  describe('do not take for committed what only others were committed beside', () => {
    interface Tabs {
      readonly db: Database
      readonly other: Database
      readonly disk: MemoryDisk
    }
    /** The branch comes to another commit, which holds nothing of what was edited. */
    const moves = {
      'a commit': async ({ db }) => {
        await db.collection('geo.countries').update('ie', { population: 1 })
        await db.commit({ message: 'Others', records: { collection: 'geo.countries' } })
      },
      "another tab's commit": async ({ db, other }) => {
        await other.collection('geo.countries').update('ie', { population: 1 })
        await other.commit({ message: 'Others', records: { collection: 'geo.countries' } })
        await db.refresh()
      },
      'a move of the branch': ({ db, disk }) => moveUnder(db, disk),
    } satisfies Record<string, (tabs: Tabs) => Promise<void>>
    const open = async (): Promise<Tabs> => {
      const { tab, disk } = makeWorld()
      return { db: await tab(), other: await tab(), disk }
    }
    const close = async ({ db, other }: Tabs): Promise<void> => {
      await db.close()
      await other.close()
    }
    const factor = async ({ db }: Tabs): Promise<unknown> =>
      (await db.collection('units').get('foot'))?.['factor']

    test.each(["another tab's commit", 'a move of the branch'] as const)('a redo after %s', async (move) => {
      const tabs = await open()
      await tabs.db.collection('units').update('foot', { factor: 1 })
      await tabs.db.undo()
      await moves[move](tabs)
      expect(await tabs.db.redo()).toMatchObject({ status: 'done', refused: [] })
      expect(await factor(tabs)).toBe(1)
      await close(tabs)
    })

    test('a redo of what was undone before a commit, and the undo of it after another', async () => {
      const tabs = await open()
      const { db } = tabs
      const countries = db.collection('geo.countries')
      await db.collection('units').update('foot', { factor: 1 })
      await countries.update('ie', { population: 1 })
      await db.undo()
      await db.undo()
      expect(await db.redo()).toMatchObject({ status: 'done' })
      await db.commit({ message: 'The unit' })
      expect(await db.redo()).toMatchObject({ status: 'done', refused: [] })
      expect(await countries.get('ie')).toMatchObject({ population: 1 })
      await close(tabs)
    })

    test.each(Object.entries(moves))('an undo of a discard after %s', async (_, move) => {
      const tabs = await open()
      const { db } = tabs
      await db.collection('units').update('foot', { factor: 1 })
      await db.discard()
      await move(tabs)
      // The commit's own edit is the newest operation of its tab.
      if (move === moves['a commit']) expect(await db.undo()).toMatchObject({ status: 'refused' })
      expect(await db.undo()).toMatchObject({ status: 'done', refused: [] })
      expect(await factor(tabs)).toBe(1)
      await close(tabs)
    })

    test('an undo of an edit that brought the committed value back, also in one tick with the one before', async () => {
      const tabs = await open()
      const { db } = tabs
      const units = db.collection('units')
      await units.update('foot', { factor: 2 })
      // The last two wait for the first, and are written together.
      await Promise.all([
        units.update('foot', { factor: 0.3048 }),
        units.update('metre', { factor: 2 }),
        units.update('metre', { factor: 1 }),
      ])
      expect(await db.changes()).toEqual([])
      await moves["another tab's commit"](tabs)
      for (const [metre, foot] of [
        [2, 0.3048],
        [1, 0.3048],
        [1, 2],
      ]) {
        expect(await db.undo()).toMatchObject({ status: 'done', refused: [] })
        expect([(await units.get('metre'))?.['factor'], await factor(tabs)]).toEqual([metre, foot])
      }
      await close(tabs)
    })

    test('but what was committed after an undo and a redo, and what is another value now', async () => {
      const tabs = await open()
      const { db } = tabs
      const units = db.collection('units')
      await units.update('foot', { factor: 1 })
      await db.undo()
      await db.redo()
      await db.commit({ message: 'The unit' })
      const refused = (reason: string): object => ({ status: 'refused', refused: [{ key: 'foot', reason }] })
      expect(await db.undo()).toMatchObject(refused('committed'))
      await units.update('foot', { factor: 2 })
      await db.undo()
      await tabs.other.refresh()
      await tabs.other.collection('units').update('foot', { factor: 3 })
      await tabs.other.commit({ message: 'The same unit' })
      await db.refresh()
      expect(await db.redo()).toMatchObject(refused('changed'))
      await close(tabs)
    })
  })

  test('a record that others came to need stays, and the operation can be undone later', async () => {
    const { tab } = makeWorld(layoutDatabase)
    const [db, other] = [await tab(), await tab()]
    await db.collection('orders').insert({ $id: 'o9', customer: 'ada' })
    const lines = other.collection('orders').record('o9').collection('lines')
    await other.refresh()
    await lines.insert({ $id: 'l1', product: 'pen', count: 1 })
    await expect(db.undo()).rejects.toMatchObject({ code: 'record/referenced' })
    await lines.delete('l1')
    expect(await db.undo()).toMatchObject({ status: 'done' })
    expect(await db.changes()).toEqual([])
    await db.close()
    await other.close()
  })

  test('an undo that was called right after a write undoes that write', async () => {
    const { tab } = makeWorld()
    const db = await tab()
    const countries = db.collection('geo.countries')
    const [, undone] = await Promise.all([countries.update('ie', { population: 1 }), db.undo()])
    expect(undone).toMatchObject({ status: 'done' })
    expect(await db.changes()).toEqual([])
    await db.close()
  })

  test('a conflict that an edit decided is not brought back', async () => {
    const { tab, disk } = makeWorld()
    const db = await tab()
    await db.collection('geo.countries').update('ie', { population: 6 })
    await moveUnder(db, disk)
    expect((await db.changes()).find(({ key }) => key === 'ie')).toHaveProperty('conflict')
    expect(await db.collection('geo.countries').get('ie')).toMatchObject({ $status: 'conflict' })
    await db.collection('geo.countries').update('ie', { population: 7 })
    expect(await db.undo()).toMatchObject({
      status: 'refused',
      refused: [{ collection: 'geo.countries', key: 'ie', reason: 'conflict' }],
    })
    await db.close()
  })

  test('undo after any operation gives the rows of before', async () => {
    const { tab } = makeWorld(layoutDatabase)
    const db = await tab()
    const lines = db.collection('orders').record('o1').collection('lines')
    const keys = ['l1', 'l2', 'l3', 'x y']
    const rows = fc.uniqueArray(
      fc.record({
        $id: fc.constantFrom(...keys),
        product: fc.constantFrom('pen', 'ink', 'it\'s "q"'),
        count: fc.nat(3),
      }),
      { selector: ({ $id }) => $id, minLength: 1, maxLength: 3 },
    )
    const kinds = ['insertMany', 'upsertMany', 'replaceMany', 'updateMany', 'deleteMany', 'discard'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), rows, async (kind, given) => {
        const before = await viewOf(db)
        const present = new Set((await lines.all()).map(({ $id }) => $id))
        const fitting = given.filter(
          ({ $id }) => kind === 'upsertMany' || present.has($id) === (kind !== 'insertMany'),
        )
        if (kind === 'discard') await db.discard({ collection: 'orders/lines' })
        else if (kind === 'deleteMany') await lines.deleteMany(fitting.map(({ $id }) => $id))
        else if (kind === 'updateMany')
          await lines.updateMany(fitting.map(({ $id, count }) => ({ key: $id, patch: { count } })))
        else await lines[kind](fitting)
        const after = await viewOf(db)
        if (JSON.stringify(after) === JSON.stringify(before)) return
        await db.undo()
        expect(await viewOf(db)).toEqual(before)
        await db.redo()
        expect(await viewOf(db)).toEqual(after)
      }),
      { seed: 4, numRuns: 40 },
    )
    await db.close()
  })
})

test('an undo whose storage call fails, whichever it is, can be done again', async () => {
  const { tab, disk, url } = makeWorld()
  const first = await tab()
  await first.settled()
  const before = await viewOf(first)
  await first.close()
  let failed = 0
  for (let k = 1; ; k++) {
    const storage = failAt(createMemoryStorage(copyDisk(disk)), k, 'fail')
    const db = await openOn(storage, url, { history: 'tip' }).catch(() => undefined)
    if (!db) continue
    const updated = await db
      .collection('geo.countries')
      .update('ie', { population: 1 })
      .catch(() => undefined)
    if (updated) {
      const undone = await db.undo().catch((error: unknown) => error)
      if (undone instanceof Error) {
        failed++
        expect(await db.undo()).toMatchObject({ status: 'done' })
      } else expect(undone).toMatchObject({ status: 'done' })
      expect(await viewOf(db)).toEqual(before)
    }
    const all = storage.calls.length
    await db.close().catch(() => {})
    if (k > all) break
  }
  expect(failed).toBeGreaterThan(0)
})

describe('a commit of a part', () => {
  test('takes what is selected; the rest stays, here, in other tabs and after reopening', async () => {
    const { tab, bare, disk } = makeWorld(layoutDatabase)
    const [db, other] = [await tab(), await tab()]
    await db.collection('cities').update('cork', { name: 'Corcaigh' })
    await db.collection('cities').insert({ $id: 'sligo', id: 'sligo', name: 'Sligo' })
    await db.collection('tags').delete('red')
    await db.collection('orders').update('o1', { customer: 'eve' })
    const rest = ['insert cities/sligo', 'update orders/o1']
    const records: readonly RecordAddress[] = [
      { collection: 'cities', key: 'cork' },
      { collection: 'tags', key: 'red' },
      { collection: 'tags', key: 'nothing' },
    ]
    const { oid } = await db.commit({ message: 'Two of four', records })
    expect(await changed(db)).toEqual(rest)
    await other.refresh()
    expect(await changed(other)).toEqual(rest)
    expect(await other.collection('cities').get('cork')).toMatchObject({ name: 'Corcaigh' })
    await other.close()
    await db.push()
    expect(git(bare, 'rev-parse', 'main').trim()).toBe(oid)
    expect(git(bare, 'show', 'main:cities/cities.csv')).toBe(
      'id,name,note\ncork,Corcaigh,rebel\ndublin,Dublin,"the ""capital"""\ngalway,Galway,\n',
    )
    expect(git(bare, 'show', 'main:orders/$records/o1.yaml')).toBe('customer: ada\n')
    await db.close()
    const again = await tab()
    expect(await changed(again)).toEqual(rest)
    await again.commit({ message: 'The rest', records: { kind: 'insert' } })
    await again.commit({ message: 'All' })
    await again.push()
    expect(git(bare, 'show', 'main:cities/cities.csv')).toContain('sligo,Sligo,')
    git(bare, 'fsck', '--strict')
    await expect(again.commit({ message: 'x', records })).rejects.toMatchObject({
      code: 'engine/nothing-to-commit',
    })
    await again.close()
    await auditDisk(disk)
  })

  test('a conflict that is not selected stays one, also after reopening', async () => {
    const { tab, disk } = makeWorld()
    const db = await tab()
    await db.collection('geo.countries').update('ie', { population: 6 })
    await db.collection('units').update('foot', { factor: 1 })
    await db.collection('units').update('metre', { factor: 2 })
    await moveUnder(db, disk)
    await expect(db.commit({ message: 'All' })).rejects.toMatchObject({ code: 'record/changed' })
    await db.commit({ message: 'One', records: [{ collection: 'units', key: 'foot' }] })
    const changes = await db.changes()
    expect(changes.map(({ key, conflict }) => [key, conflict?.theirs])).toEqual([
      ['ie', { name: 'Éire' }],
      ['metre', undefined],
    ])
    await db.close()
    const again = await tab()
    expect(await again.changes()).toEqual(changes)
    await again.close()
  })

  test('is refused when it would lack a parent, a reference or what refers to a deleted record', async () => {
    const { tab } = makeWorld({
      '.ingitdb/root-collections.yaml': 'currencies: currencies\ncountries: countries\n',
      'currencies/.collection/definition.yaml':
        'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  symbol:\n    type: string\n',
      'countries/.collection/definition.yaml':
        'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  currency:\n    type: string\n    foreign_key: currencies\n',
      'countries/.collection/subcollections/cities/definition.yaml':
        'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  name:\n    type: string\n',
      'currencies/$records/iep.json': '{ "symbol": "IR£" }\n',
      'countries/$records/ie.json': '{ "currency": "iep" }\n',
    })
    const db = await tab()
    await db.collection('currencies').insert({ $id: 'eur', symbol: '€' })
    await db.collection('countries').update('ie', { currency: 'eur' })
    await db.collection('currencies').delete('iep')
    await db.collection('countries').insert({ $id: 'fr', currency: 'eur' })
    await db.collection('countries').record('fr').collection('cities').insert({ $id: 'paris', name: 'Paris' })
    const part = (collection: string, key: string): Promise<unknown> =>
      db.commit({ message: 'Part', records: [{ collection, key }] })
    await expect(part('countries', 'ie')).rejects.toMatchObject({ code: 'record/invalid' })
    await expect(part('currencies', 'iep')).rejects.toMatchObject({ code: 'record/referenced' })
    await expect(part('countries/cities', 'fr/paris')).rejects.toMatchObject({ code: 'record/missing' })
    expect((await db.changes()).length).toBe(5)
    await part('currencies', 'eur')
    await part('countries', 'ie')
    await part('currencies', 'iep')
    await part('countries', 'fr')
    await part('countries/cities', 'fr/paris')
    expect(await db.validate()).toMatchObject({ valid: true })
    await db.close()
  })
})

test('many tabs undo, commit parts and discard at once, and agree in the end', async () => {
  const { tab, disk } = makeWorld(layoutDatabase)
  const tabs = [await tab(), await tab(), await tab()]
  const random = createRandom(5)
  await Promise.all(
    tabs.map(async (db, who) => {
      for (let n = 0; n < 12; n++) {
        const choice = Math.floor(random() * 4)
        const key = `k${Math.floor(random() * 3)}`
        const work: Promise<unknown> =
          choice === 0
            ? db.collection('statuses').upsert({ $id: key, title: `${who} ${n}` })
            : choice === 1
              ? db.undo()
              : choice === 2
                ? db.commit({ message: `${who} ${n}`, records: [{ collection: 'statuses', key }] })
                : db.discard([{ collection: 'statuses', key }])
        await work.catch((error: unknown) => {
          expect(error).toMatchObject({
            code: expect.stringMatching(/nothing-to-commit|record\/(missing|changed)|busy/) as string,
          })
        })
      }
    }),
  )
  for (const db of tabs) await db.refresh()
  const views = await Promise.all(tabs.map(viewOf))
  expect(views[1]).toEqual(views[0])
  expect(views[2]).toEqual(views[0])
  for (const db of tabs) await db.close()
  const again = await tab()
  expect(await viewOf(again)).toEqual(views[0])
  await again.close()
  await auditDisk(disk)
})
