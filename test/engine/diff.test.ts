import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Branch, Database, Snapshot } from '../../src/client/database.ts'
import type { RecordDiff } from '../../src/protocol/diff.ts'
import type { RecordValue, Row } from '../../src/protocol/records.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git } from '../support/git-repositories.ts'
import { definition, layoutDatabase } from '../support/layout-database.ts'
import { openHosted } from './world.ts'

const host = useGitHost()
const openFresh = (
  files?: Readonly<Record<string, string>>,
  change?: (bare: string) => void,
): ReturnType<typeof openHosted> => openHosted(host, 'diff', files, change)

const said = ({ collection, key, kind }: RecordDiff): string => `${kind} ${collection} ${key}`
const valueOf = ({ $id: _id, $rev: _rev, $parent: _parent, $status: _status, ...value }: Row): RecordValue =>
  value

/** Every record of a view, by `collection key`. */
async function recordsOf(view: Snapshot): Promise<Map<string, RecordValue>> {
  const records = new Map<string, RecordValue>()
  for (const {
    definition: { id },
  } of (await view.collections()).collections)
    for (const row of await view.collection(id).all()) records.set(`${id} ${row.$id}`, valueOf(row as Row))
  return records
}

function apply(
  diffs: readonly RecordDiff[],
  records: ReadonlyMap<string, RecordValue>,
): Map<string, RecordValue> {
  const result = new Map(records)
  for (const { collection, key, before, from } of diffs) {
    const address = `${collection} ${from?.key ?? key}`
    expect(result.get(address)).toEqual(before)
    result.delete(address)
  }
  for (const { collection, key, after } of diffs) {
    if (!after) continue
    expect(result.has(`${collection} ${key}`)).toBe(false)
    result.set(`${collection} ${key}`, after)
  }
  return result
}

const inOrder = (records: ReadonlyMap<string, RecordValue>): unknown =>
  [...records].sort(([a], [b]) => (a < b ? -1 : 1))

describe('a diff of working changes', () => {
  test('tells of records and of their fields; a field that is gone is not null', async () => {
    const { db } = await openFresh()
    expect(await db.diff()).toEqual([])
    await db
      .collection('geo.countries')
      .update('ie', { population: null, names: { de: 'Irland', ga: 'Éire' } })
    await db.collection('geo.countries').update('fr', { population: undefined })
    await db.collection('geo.countries').insert({ $id: 'es', name: 'Spain' })
    await db.collection('units').delete('foot')
    const diffs = await db.diff()
    expect(diffs.map(said)).toEqual([
      'added geo.countries es',
      'modified geo.countries fr',
      'modified geo.countries ie',
      'removed units foot',
    ])
    expect(diffs[0]).toEqual({
      collection: 'geo.countries',
      key: 'es',
      kind: 'added',
      after: { name: 'Spain' },
      fields: [],
    })
    expect(diffs[1]?.fields).toEqual([{ path: ['population'], before: 68042591 }])
    expect(diffs[2]?.fields).toEqual([
      { path: ['population'], before: 5262382, after: null },
      { path: ['names', 'ga'], after: 'Éire' },
    ])
    expect(diffs[3]).toMatchObject({ before: { symbol: 'ft', factor: 0.3048 } })
    expect(await db.diff('HEAD')).toEqual(diffs)
    expect(await db.diff().sides()).toMatchObject({ withWorkingChanges: true })
    await db.close()
  })

  test('leaves out a record that is again what it was, and finds one that moved', async () => {
    const { db } = await openFresh()
    const countries = db.collection('geo.countries')
    const [start] = await db.log()
    const ireland = valueOf((await countries.get('ie')) as Row)
    await countries.delete('ie')
    await countries.insert({ $id: 'irl', ...ireland })
    expect(await db.diff()).toEqual([
      {
        collection: 'geo.countries',
        key: 'irl',
        kind: 'moved',
        before: ireland,
        after: ireland,
        fields: [],
        from: { key: 'ie' },
        to: { key: 'irl' },
      },
    ])
    await db.commit({ message: 'Move' })
    await countries.update('fr', { population: 1 })
    await countries.update('fr', { population: 68042591 })
    expect(await db.diff()).toEqual([])
    await db.collection('geo.countries').delete('irl')
    await db.collection('geo.countries').insert({ $id: 'ie', ...ireland })
    expect(await db.diff(start?.oid)).toEqual([])
    await db.close()
  })
})

describe('a diff of two revisions', () => {
  test('has two dots and three', async () => {
    const { db } = await openFresh()
    const draft = await db.branches.create('draft')
    await draft.collection('units').update('foot', { symbol: 'ft.' })
    await draft.commit({ message: 'Draft' })
    await db.collection('units').update('metre', { symbol: 'M' })
    await db.commit({ message: 'Main' })
    const two = ['modified units foot', 'modified units metre']
    expect((await db.diff('main', 'draft')).map(said)).toEqual(two)
    expect((await db.diff('main..draft')).map(said)).toEqual(two)
    expect((await db.diff('main', 'draft', { base: 'merge-base' })).map(said)).toEqual(two.slice(0, 1))
    expect((await db.diff('main...draft')).map(said)).toEqual(two.slice(0, 1))
    expect((await db.diff('...draft')).map(said)).toEqual(two.slice(0, 1))
    expect((await draft.diff('main...')).map(said)).toEqual(two.slice(0, 1))
    const [start] = await db.log({ at: 'draft~1' })
    expect(await db.diff('main...draft').sides()).toMatchObject({
      from: start?.oid,
      withWorkingChanges: false,
    })
    await expect(db.diff('nowhere')).rejects.toMatchObject({ code: 'git/ref-missing' })
    await db.close()
  })

  test('of branches without a common ancestor has two dots only', async () => {
    const { db } = await openFresh(undefined, (bare) => {
      const tree = git(bare, 'rev-parse', 'main^{tree}').trim()
      git(bare, 'update-ref', 'refs/heads/other', git(bare, 'commit-tree', '-m', 'Orphan', tree).trim())
    })
    expect(await db.diff('main', 'origin/other')).toEqual([])
    await expect(db.diff('main...origin/other')).rejects.toMatchObject({ code: 'git/no-merge-base' })
    await db.close()
  })

  test('is filtered by collection, key and field, and limited', async () => {
    const { db } = await openFresh()
    await db.collection('geo.countries').update('ie', { name: 'Éire', names: { de: 'Eire' } })
    await db.collection('geo.countries').update('fr', { population: 1 })
    await db.collection('geo.countries').insert({ $id: 'es', population: 2 })
    await db.collection('units').update('foot', { symbol: 'ft.' })
    const all = async (options: Parameters<Database['diff']>[2]): Promise<readonly string[]> =>
      (await db.diff('HEAD', undefined, options)).map(said)
    expect(await all({ collections: ['units'] })).toEqual(['modified units foot'])
    expect(await all({ keys: ['ie', 'foot'] })).toEqual(['modified geo.countries ie', 'modified units foot'])
    expect(await all({ fields: ['population'] })).toEqual([
      'added geo.countries es',
      'modified geo.countries fr',
    ])
    expect(await all({ fields: ['names.de'] })).toEqual(['modified geo.countries ie'])
    expect(await all({ limit: 2 })).toHaveLength(2)
    const [ireland] = await db.diff('HEAD', undefined, { fields: ['names'] })
    expect(ireland?.fields).toEqual([{ path: ['names', 'de'], before: 'Irland', after: 'Eire' }])
    await db.close()
  })

  test('streams in pages that may be left early', async () => {
    const { db } = await openFresh()
    const rows = Array.from({ length: 1300 }, (_, i) => ({ $id: `c${i}`, name: `Country ${i}` }))
    await db.collection('geo.countries').upsertMany(rows)
    expect(await db.diff()).toHaveLength(1300)
    let seen = 0
    for await (const { kind } of db.diff()) {
      expect(kind).toBe('added')
      // What is written meanwhile is not in it.
      if (seen === 0) await db.discard()
      if (++seen === 700) break
    }
    expect(seen).toBe(700)
    expect(await db.diff()).toEqual([])
    await db.close()
  })

  test('names what cannot be read and shows the rest', async () => {
    const { db, bare } = await openFresh(layoutDatabase)
    commitElsewhere(bare, {
      'orders/$records/o1.yaml': 'customer: [\n',
      'orders/$records/o2.yaml': 'customer: joan\n',
      'prices/prices.json': '[{ "id": "a", "amount": 1 }, 5, { "id": "b", "amount": 2 }]',
      'statuses/statuses.yaml': 'new: [\n',
    })
    await db.pull()
    const diffs = await db.diff('HEAD~1', 'HEAD')
    expect(diffs.map(said)).toEqual(['modified orders o1', 'modified orders o2', 'modified prices a'])
    expect(diffs[0]).toMatchObject({
      before: { customer: 'ada' },
      problems: [{ side: 'after', key: 'o1', file: 'orders/$records/o1.yaml', code: 'format/bad-record' }],
    })
    expect(diffs[0]).not.toHaveProperty('after')
    const problems = await db.diff('HEAD~1', 'HEAD').problems()
    expect(problems.map(({ side, file }) => `${side} ${file}`)).toEqual([
      'after orders/$records/o1.yaml',
      'after prices/prices.json',
      'after statuses/statuses.yaml',
    ])
    await db.close()
  })

  test('reads each side with its own definition', async () => {
    const { db, bare } = await openFresh()
    commitElsewhere(bare, {
      'units/.collection/definition.yaml':
        'record_file:\n  name: units.json\n  format: json\n  type: "[]map[string]any"\nprimary_key: [id]\n' +
        'columns:\n  id:\n    type: string\n  symbol:\n    type: string\n  factor:\n    type: int\n',
      'units/units.json':
        '[{ "id": "foot", "symbol": "ft", "factor": 0.3048 }, { "id": "mile", "symbol": "mi" }]\n',
      '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\nempty: empty\n',
      'empty/.collection/definition.yaml': definition('{key}.json', 'json', 'single', ['a']),
    })
    await db.pull()
    const diffs = await db.diff('HEAD~1', 'HEAD')
    expect(diffs.map(said)).toEqual(['modified units foot', 'removed units metre', 'added units mile'])
    expect(diffs[0]?.fields).toEqual([{ path: ['id'], after: 'foot' }])
    const { collections } = await db.diff('HEAD~1', 'HEAD').schema()
    expect(
      collections.map(({ kind, collection, columns, properties }) => ({
        kind,
        collection,
        columns: columns.map((c) => `${c.kind} ${c.name}`),
        properties,
      })),
    ).toEqual([
      { kind: 'added', collection: 'empty', columns: ['added a'], properties: [] },
      {
        kind: 'modified',
        collection: 'units',
        columns: ['added id', 'modified factor'],
        properties: expect.arrayContaining(['recordFile', 'primaryKey']),
      },
    ])
    await db.close()
  })
})

test('a patch makes the one value of the other', async () => {
  const { db } = await openFresh()
  await db.collection('geo.countries').update('ie', { names: { 'a/b~c': 'x', list: ['1', '2'] } })
  await db.commit({ message: 'Lists' })
  await db.collection('geo.countries').update('ie', { names: { list: ['0', '1', '3'], new: null } })
  const [diff] = await db.diff('HEAD', undefined, { patch: true })
  expect(diff?.patch).toEqual(
    expect.arrayContaining([
      { op: 'remove', path: '/names/a~1b~0c' },
      { op: 'add', path: '/names/new', value: null },
    ]),
  )
  await db.close()
})

/** A few edits of records of every layout. */
const edit = fc.record({
  collection: fc.constantFrom(
    'cities',
    'prices',
    'statuses',
    'tags',
    'log',
    'orders',
    'orders/notes',
    'orders/lines',
  ),
  key: fc.constantFrom('1', '2', '3'),
  what: fc.constantFrom('delete', 'move', 'write', 'write'),
  value: fc.constantFrom('x', 'y', null, 'z'),
})
const columnOf: Readonly<Record<string, string>> = {
  cities: 'note',
  prices: 'unit',
  statuses: 'title',
  tags: 'color',
  log: 'text',
  orders: 'customer',
  'orders/notes': 'text',
  'orders/lines': 'product',
}

/** Their rows hold their keys. */
const keyed: ReadonlySet<string> = new Set(['cities', 'prices', 'log'])

async function perform(
  branch: Branch,
  edits: readonly (typeof edit extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<void> {
  for (const { collection: id, key: own, what, value: given } of edits) {
    // In CSV null is an empty cell, and that is no field.
    const value = id === 'cities' ? String(given) : given
    const collection = branch.collection(id)
    const key = id.includes('/') ? `o1/${own}` : own
    const column = columnOf[id] ?? 'text'
    const row = (await collection.get(key)) as Row | undefined
    if (what === 'write') {
      if (row) await collection.update(key, { [column]: value })
      else if (keyed.has(id)) await collection.insert({ $id: key, id: key, [column]: value })
      else await collection.insert({ $id: key, [column]: value })
    } else if (row) {
      await collection.delete(key)
      const other = `${key}b`
      if (what === 'move' && !(await collection.exists(key)) && !(await collection.exists(other))) {
        const rest = valueOf(row)
        await collection.insert({ $id: other, ...rest, ...(keyed.has(id) && { id: other }) })
      }
    }
  }
}

test('the diff of a revision with itself is empty, and applied to one side it gives the other, as its numbers say', async () => {
  const { db } = await openFresh(layoutDatabase)
  const numRuns = process.env['ESPALIER_LONG'] ? 300 : 25
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 6 }), fc.array(edit, { maxLength: 6 }), async (one, two) => {
      const [{ oid: from = '' } = {}] = await db.log({ limit: 1 })
      const old = await db.at(from)
      const before = await recordsOf(old)
      await perform(db, one)
      if ((await db.changes()).length > 0) await db.commit({ message: 'One' })
      await perform(db, two)
      const after = await recordsOf(db)
      const diffs = await db.diff(from)
      expect(inOrder(apply(diffs, before))).toEqual(inOrder(after))
      expect(await db.diff(from, from)).toEqual([])
      const kinds = (kind: RecordDiff['kind']): number => diffs.filter((diff) => diff.kind === kind).length
      const cells = (records: ReadonlyMap<string, RecordValue>): number =>
        [...records.values()].reduce((sum, value) => sum + Object.keys(value).length, 0)
      const stat = await db.diff(from).stat()
      const touched = new Set(diffs.map(({ collection }) => collection))
      const within = (records: ReadonlyMap<string, RecordValue>): Map<string, RecordValue> =>
        new Map([...records].filter(([address]) => touched.has(address.split(' ')[0] ?? '')))
      expect(stat).toMatchObject({
        rowsAdded: kinds('added'),
        rowsDeleted: kinds('removed'),
        rowsModified: kinds('modified') + kinds('moved'),
        oldRowCount: within(before).size,
        newRowCount: within(after).size,
        oldCellCount: cells(within(before)),
        newCellCount: cells(within(after)),
        rowsUnmodified: within(after).size - kinds('added') - kinds('modified') - kinds('moved'),
      })
      expect(stat.oldCellCount + stat.cellsAdded - stat.cellsDeleted).toBe(stat.newCellCount)
      for (const wanted of [
        { keys: ['a', 'ab', 'o1/b'] },
        { fields: ['text'] },
        { keys: ['a'], fields: ['text'] },
      ]) {
        const some = await db.diff(from, undefined, wanted)
        const part = await db.diff(from, undefined, wanted).stat()
        const of = (kind: RecordDiff['kind']): number => some.filter((diff) => diff.kind === kind).length
        expect(part.rowsAdded).toBe(of('added'))
        expect(part.rowsDeleted).toBe(of('removed'))
        expect(part.rowsModified).toBe(of('modified') + of('moved'))
        const isRow = (key: string, value: RecordValue): boolean =>
          wanted.keys?.includes(key) !== false && (!wanted.fields || Object.hasOwn(value, 'text'))
        const rows = [...after].filter(([address, value]) => {
          const [collection = '', key = ''] = address.split(' ')
          return some.some((diff) => diff.collection === collection) && isRow(key, value)
        })
        // Wanted by the key that they had, or by a field that they had.
        const others = some.filter((diff) => diff.after && !isRow(diff.key, diff.after))
        expect(part.newRowCount).toBe(rows.length + others.length)
        expect(part.newRowCount).toBe(part.rowsUnmodified + part.rowsAdded + part.rowsModified)
        expect(part.oldRowCount).toBe(part.rowsUnmodified + part.rowsDeleted + part.rowsModified)
        expect(part.oldCellCount + part.cellsAdded - part.cellsDeleted).toBe(part.newCellCount)
      }
      // What is read of a commit stays as it is, whatever is written meanwhile.
      expect(inOrder(await recordsOf(old))).toEqual(inOrder(before))
      await old.close()
    }),
    { seed: 20261127, numRuns },
  )
  await db.close()
})
