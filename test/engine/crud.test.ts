import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { makeBareRepository } from '../support/git-repositories.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()
let number = 0

/** A clone of its own, and how many journal entries its disk holds. */
async function openFresh(
  files?: Readonly<Record<string, string>>,
): Promise<{ readonly db: Database; entries(): number }> {
  const name = `crud-${++number}`
  makeBareRepository(host.path, name, files)
  const disk = createMemoryDisk()
  const db = await openOn(createMemoryStorage(disk), `${host.server.url}/${name}.git`)
  return {
    db,
    entries: () => [...disk.image.journal.values()].reduce((sum, rows) => sum + rows.length, 0),
  }
}

describe('reads by key', () => {
  test('getMany answers in the order of the keys, with gaps; exists answers by key', async () => {
    const { db } = await openFresh()
    const countries = db.collection('geo.countries')
    const rows = await countries.getMany(['fr', 'xx', 'ie', 'fr'])
    expect(rows.map((row) => row?.['name'])).toEqual(['France', undefined, 'Ireland', 'France'])
    expect(rows[0]).toEqual(await countries.get('fr'))
    expect(await countries.getMany([])).toEqual([])
    expect([await countries.exists('ie'), await countries.exists('xx')]).toEqual([true, false])
    await countries.delete('ie')
    expect(await countries.exists('ie')).toBe(false)
    await db.close()
  })

  test('keys below a parent are the own ones, with slashes and all', async () => {
    const { db } = await openFresh(layoutDatabase)
    const lines = db.collection('orders').record('a/b').collection('lines')
    await lines.upsertMany([
      { $id: 'x/y', product: 'hat', count: 1 },
      { $id: 'z', product: 'cap', count: 2 },
    ])
    expect((await lines.getMany(['z', 'x/y'])).map((row) => [row?.$id, row?.$parent])).toEqual([
      ['z', 'a/b'],
      ['x/y', 'a/b'],
    ])
    const line = await lines.get('x/y')
    await lines.update('x/y', { ...line, product: 'top hat' })
    expect(await lines.get('x/y')).toMatchObject({ product: 'top hat' })
    await lines.replace({ $id: 'x/y', product: 'cap' })
    expect(await db.collection('orders/lines').get('a%2Fb/x%2Fy')).toMatchObject({ product: 'cap' })
    await lines.deleteMany(['x/y', { key: 'z' }])
    expect(await lines.all()).toEqual([])
    await db.close()
  })

  test('a field that is undefined is not there, whichever way a row is written', async () => {
    const { db } = await openFresh()
    const units = db.collection('units')
    const given = { symbol: 'yd', factor: undefined, ['__proto__']: undefined } as unknown as {
      symbol: string
    }
    const names = (row: object | undefined): string =>
      Object.keys(row ?? {})
        .sort()
        .join()
    const whole = '$id,$rev,$status,symbol'
    expect(names(await units.insert({ $id: 'a', ...given }))).toBe(whole)
    expect(names(await units.upsert({ $id: 'b', ...given }))).toBe(whole)
    await units.insert({ $id: 'c', symbol: 'c', factor: 3 })
    expect(names(await units.replace({ $id: 'c', ...given }))).toBe(whole)
    const many = Array.from({ length: 300 }, (_, n) => ({ $id: `m${n}`, ...given }))
    expect(new Set((await units.insertMany(many)).map(names))).toEqual(new Set([whole]))
    await db.transaction((tx) => tx.collection('units').insert({ $id: 'd', ...given }))
    const rows = await units.getMany(['a', 'b', 'c', 'd', 'm0', 'm299'])
    expect(rows.map(names)).toEqual(rows.map(() => whole))
    await db.close()
  })

  test('so it is in maps of a field, but an item of a list that is undefined is refused', async () => {
    const { db } = await openFresh()
    const items = db.collection('units')
    const given = {
      size: { width: undefined, sides: [{ a: 1, b: undefined }, { c: undefined }] },
      ['__proto__']: { x: undefined, y: 1 },
    }
    const loose = { validate: 'off' } as const
    type Fields = { readonly symbol: string }
    const row = (id: string): Fields & { $id: string } => ({ $id: id, symbol: id, ...given })
    await items.insert(row('a'), loose)
    await items.upsert(row('b'), loose)
    await items.insertMany(
      Array.from({ length: 150 }, (_, n) => row(`m${n}`)),
      loose,
    )
    await items.update('foot', given as object, loose)
    await items.updateMany({ where: { symbol: 'm1' } }, given as object, loose)
    await db.transaction((tx) => tx.collection('units').replace(row('metre'), loose))
    for (const { $id, $rev: _rev, $status: _status, ...fields } of await items.all()) {
      const text = JSON.stringify(fields)
      expect(text, $id).toContain('"size":{"sides":[{"a":1},{}]}')
      expect(text, $id).toContain('"__proto__":{"y":1}')
    }
    const before = await db.changes()
    for (const odd of [[undefined], { deep: [{ list: [undefined] }] }])
      for (const write of [
        () => items.insert({ ...row('odd'), odd } as never),
        () => items.update('foot', { odd } as never),
      ])
        await expect(write()).rejects.toMatchObject({ code: 'record/bad-value', data: { field: 'odd' } })
    expect(await db.changes()).toEqual(before)
    await db.close()
  })

  test('an update takes a row as it was read, and refuses another key', async () => {
    const { db } = await openFresh()
    const countries = db.collection('geo.countries')
    const ireland = await countries.get('ie')
    expect(await countries.update('ie', { ...ireland, population: 1 })).toMatchObject({
      $id: 'ie',
      population: 1,
    })
    await expect(countries.update('ie', { $id: 'eire', population: 2 } as never)).rejects.toMatchObject({
      code: 'record/bad-key',
    })
    await expect(countries.get(undefined as never)).rejects.toMatchObject({ code: 'record/bad-key' })
    expect(await Promise.all([countries.get('ie'), countries.getMany([])])).toHaveLength(2)
    // A condition that was forgotten is none of all records.
    for (const slip of [{}, { where: undefined }, { wher: { population: 1 } }]) {
      await expect(countries.deleteMany(slip as never)).rejects.toMatchObject({ code: 'query/invalid' })
      const update = async (): Promise<unknown> => countries.updateMany(slip as never, { population: 3 })
      await expect(update()).rejects.toMatchObject({ code: 'query/invalid' })
    }
    await expect(countries.update('ie', { name: new Date(0) } as never)).rejects.toThrow('toISOString')
    await db.close()
  })

  test('$status tells how a record stands to the last commit', async () => {
    const { db } = await openFresh()
    const countries = db.collection('geo.countries')
    expect(await countries.update('ie', { population: 1 })).toMatchObject({ $status: 'modified' })
    expect(await countries.insert({ $id: 'is', name: 'Iceland' })).toMatchObject({ $status: 'added' })
    expect((await countries.all()).map(({ $id, $status }) => [$id, $status])).toEqual([
      ['de', undefined],
      ['fr', undefined],
      ['ie', 'modified'],
      ['is', 'added'],
    ])
    await db.commit({ message: 'Two' })
    expect(await countries.get('is')).not.toHaveProperty('$status')
    // A row may be written back with all that reads add.
    const row = await countries.update('ie', { population: 2 })
    expect(await countries.update('ie', row)).toEqual(row)
    expect((await db.changes())[0]?.after).not.toHaveProperty('$status')
    await db.close()
  })
})

describe('replace and upsert', () => {
  test('replace takes away what the row lacks, and refuses a record that is not there', async () => {
    const { db, entries } = await openFresh()
    const countries = db.collection('geo.countries')
    const row = await countries.get('ie')
    expect(await countries.replace({ $id: 'ie', name: 'Éire' }, { ifMatch: row?.$rev ?? '' })).toEqual(
      await countries.get('ie'),
    )
    expect(await countries.get('ie')).not.toHaveProperty('population')
    await expect(countries.replace({ $id: 'xx', name: 'Nowhere' })).rejects.toMatchObject({
      code: 'record/missing',
    })
    await expect(
      countries.replace({ $id: 'ie', name: 'x' }, { ifMatch: row?.$rev ?? '' }),
    ).rejects.toMatchObject({ code: 'record/changed', data: { current: { name: 'Éire' } } })
    await expect(countries.replace({ $id: 'ie', population: 1 })).rejects.toMatchObject({
      code: 'record/invalid',
    })
    expect(entries()).toBe(1)
    await db.close()
  })

  test('upsert adds or replaces; with ifMatch a record that is not there is a changed one', async () => {
    const { db } = await openFresh()
    const units = db.collection('units')
    expect(await units.upsert({ $id: 'yard', symbol: 'yd' })).toMatchObject({ $status: 'added' })
    expect(await units.upsert({ $id: 'yard', factor: 0.9144 })).not.toHaveProperty('symbol')
    await expect(units.upsert({ $id: 'ell', factor: 1.143 }, { ifMatch: 'gone' })).rejects.toMatchObject({
      code: 'record/changed',
      data: { actual: null, current: null },
    })
    await expect(units.upsert({ $id: 'a/b' }, {})).resolves.toMatchObject({ $id: 'a/b' })
    await expect(units.upsert({ $id: '..' })).rejects.toMatchObject({ code: 'record/bad-key' })
    await expect(units.upsert({ $id: 'YARD' })).rejects.toMatchObject({ code: 'record/bad-key' })
    await db.close()
  })

  test('a bulk call is one journal entry, all or nothing, and checks every revision', async () => {
    const { db, entries } = await openFresh()
    const countries = db.collection('geo.countries')
    const rows = await countries.all()
    await countries.replaceMany(
      rows.map((row) => ({ ...row, population: 1 })),
      { ifMatch: '$rev' },
    )
    expect(entries()).toBe(1)
    await expect(
      countries.upsertMany(
        rows.map((row) => ({ ...row, population: 2 })),
        { ifMatch: '$rev' },
      ),
    ).rejects.toMatchObject({ code: 'record/changed' })
    await expect(countries.deleteMany(['ie', 'xx'])).rejects.toMatchObject({ code: 'record/missing' })
    for (const gone of [
      countries.update('xx', { name: 'x' }, { ifMatch: 'known' }),
      countries.updateMany([{ key: 'xx', patch: { name: 'x' }, ifMatch: 'known' }]),
      countries.replace({ $id: 'xx', name: 'x' }, { ifMatch: 'known' }),
      countries.upsert({ $id: 'xx', name: 'x' }, { ifMatch: 'known' }),
      countries.delete('xx', { ifMatch: 'known' }),
    ])
      await expect(gone).rejects.toMatchObject({ code: 'record/changed', data: { key: 'xx', current: null } })
    await expect(countries.deleteMany(['ie', 'ie'])).rejects.toMatchObject({ code: 'record/missing' })
    const [first] = await countries.all()
    await expect(
      countries.deleteMany(['ie', { key: 'de', ifMatch: rows[0]?.$rev ?? '' }]),
    ).rejects.toMatchObject({ code: 'record/changed' })
    await countries.deleteMany(['ie', { key: 'de', ifMatch: first?.$rev ?? '' }])
    expect(entries()).toBe(2)
    expect((await countries.all()).map(({ $id }) => $id)).toEqual(['fr'])
    await db.close()
  })

  test('the same record twice in one call: the last one counts', async () => {
    const { db } = await openFresh(layoutDatabase)
    const tags = db.collection('tags')
    await tags.upsertMany([
      { $id: 'green', color: '#0f0' },
      { $id: 'green', color: '#080' },
    ])
    expect(await tags.get('green')).toMatchObject({ color: '#080', $status: 'added' })
    await db.commit({ message: 'Green' })
    expect((await db.files.read('tags/tags.ingr'))?.text).toContain('"#080"')
    await db.close()
  })
})
