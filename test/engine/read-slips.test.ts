import { expect, test } from 'vitest'
import type { Collection } from '../../src/client/collection.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { shopDatabase } from '../support/shop-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()

/** The face without its types, which would find most slips. */
type Loose = { readonly [Name in keyof Collection]: (...args: readonly unknown[]) => unknown }

const cyclic: Record<string, unknown> = {}
cyclic['not'] = cyclic
const deep = Array.from({ length: 20_000 }).reduce<unknown>((of) => ({ and: [of] }), { price: 1 })
const deepValue: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
const included: Record<string, unknown> = {}
included['include'] = { kind: included }

type Slip = readonly [what: string, ask: (items: Loose) => unknown, says: RegExp]

const queries: readonly Slip[] = [
  ['an unknown part of an order', (items) => items.find({ orderBy: { price: { dir: 'desc' } } }), /"dir"/],
  ['nulls nowhere', (items) => items.find({ orderBy: { price: { nulls: 'frist' } } }), /"first" or "last"/],
  ['an unknown direction', (items) => items.find({ orderBy: { price: 'down' } }), /"asc" or "desc"/],
  ['a locale of no text', (items) => items.find({ orderBy: { name: { locale: 5 } } }), /locale.*text/],
  [
    'a text as limit of an include',
    (items) => items.find({ include: { kind: { limit: '1' } } }),
    /whole number/,
  ],
  [
    'null as limit of an include',
    (items) => items.find({ include: { kind: { limit: null } } }),
    /whole number/,
  ],
  [
    'a collection of no text',
    (items) => items.find({ include: { kind: { collection: 5 } } }),
    /collection.*text/,
  ],
  ['a column of no text', (items) => items.find({ include: { x: { column: 5 } } }), /column.*text/],
  ['an unknown part of an include', (items) => items.find({ include: { kind: { depth: 2 } } }), /"depth"/],
  ['a number where text belongs', (items) => items.find({ where: { name: { contains: 3 } } }), /text/],
  [
    'text where a switch belongs',
    (items) => items.find({ where: { name: { exists: 'yes' } } }),
    /true or false/,
  ],
  [
    'a text as switch',
    (items) => items.find({ where: { name: { contains: 'I', ignoreCase: 'yes' } } }),
    /ignoreCase.*true or false/,
  ],
  [
    'a switch that an operator does not know',
    (items) => items.find({ where: { name: { eq: 'item 1', ignoreCase: true } } }),
    /"ignoreCase" is not known here/,
  ],
  ['a text for deleted', (items) => items.find({ deleted: 'yes' }), /deleted.*true or false/],
  ['an order of distinct', (items) => items.distinct('kind', { orderBy: 'price' }), /"orderBy"/],
  ['a limit of distinct', (items) => items.distinct('kind', { limit: 1 }), /"limit"/],
  ['groups of count', (items) => items.count({ groupBy: 'kind' }), /"groupBy"/],
  [
    'groups of count with where',
    (items) => items.count({ where: { price: 1 }, groupBy: 'kind' }),
    /"groupBy"/,
  ],
  ['exists of a forgotten key', (items) => items.exists(undefined), /Options are an object/],
  ['exists of a number', (items) => items.exists(5), /Options are an object/],
  ['exists of null', (items) => items.exists(null), /Options are an object/],
  ['exists with an order', (items) => items.exists({ orderBy: 'price' }), /"orderBy"/],
  ['null as options', (items) => items.find(null), /Options are an object/],
  ['no aggregate', (items) => items.aggregate(), /Say what to work out/],
  [
    'having without groups',
    (items) => items.aggregate({ count: true, having: { count: { gt: 100 } } }),
    /"having"/,
  ],
  ['a limit without groups', (items) => items.aggregate({ count: true, limit: 0 }), /"limit"/],
  ['a condition that holds itself', (items) => items.find({ where: cyclic }), /nested too deeply/],
  ['a very deep condition', (items) => items.count({ where: deep }), /nested too deeply/],
  ['a very deep value', (items) => items.find({ where: { name: { eq: deepValue } } }), /nested too deeply/],
  ['an include that holds itself', (items) => items.find(included), /nested too deeply/],
  [
    'a deletion by a condition that holds itself',
    (items) => items.deleteMany({ where: cyclic }),
    /too deeply/,
  ],
]

const reads: readonly Slip[] = [
  ['an unknown option of get', (items) => items.get('i00', { att: 'main' }), /"att"/],
  ['an unknown option of exists', (items) => items.exists('i00', { att: 'main' }), /"att"/],
  ['an unknown option of getMany', (items) => items.getMany(['i00'], { att: 'main' }), /"att"/],
  ['an unknown option of all', (items) => items.all({ deletd: true }), /"deletd"/],
  ['an unknown option of problems', (items) => items.problems({ att: 'main' }), /"att"/],
  ['a text for deleted', (items) => items.all({ deleted: 'yes' }), /"deleted"/],
  ['definitions of another day', (items) => items.all({ schema: 'today' }), /"schema"/],
  ['null as options of get', (items) => items.get('i00', null), /"options"/],
  ['one key where many belong', (items) => items.getMany('i00'), /a list/],
]

test('slips in queries and reads are refused, never ignored', async () => {
  const { url } = host.make('read-slips', shopDatabase)
  const db = await openOn(createMemoryStorage(), url)
  const items = db.collection('items') as unknown as Loose
  for (const [slips, code] of [
    [queries, 'query/invalid'],
    [reads, 'engine/bad-argument'],
  ] as const) {
    for (const [what, ask, says] of slips) {
      // Some are found where the query is made, the others by the engine.
      const asked = new Promise((resolve) => {
        resolve(ask(items))
      })
      await expect(asked, what).rejects.toMatchObject({
        code,
        message: expect.stringMatching(says) as string,
      })
    }
  }
  const changes = await db.changes()
  expect(changes).toEqual([])
  await db.close()
})

test('slips in filters of changes and in options of a database are refused', async () => {
  const { url } = host.make('filter-slips', shopDatabase)
  const db = await openOn(createMemoryStorage(), url)
  await db.collection('items').update('i00', { price: 1 })
  const loose = db as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>
  const bad = 'engine/bad-argument'
  const missing = 'record/collection-missing'
  const asks: readonly (readonly [name: string, options: unknown, code: string])[] = [
    ['discard', null, bad],
    ['discard', { kind: 'nix' }, bad],
    ['discard', { collection: 'nix' }, missing],
    ['discard', [{ collection: 'nix', key: 'i00' }], missing],
    ['commit', { records: undefined }, bad],
    ['commit', { message: 'Plain', records: undefined }, bad],
    ['commit', { records: null }, bad],
    ['commit', { records: { kind: 'inserted' } }, bad],
    ['commit', { records: { collection: 'nix' } }, missing],
    ['collections', { att: 'main' }, bad],
    ['validate', { only: 'record' }, bad],
    ['validate', { onyl: 'records' }, bad],
  ]
  for (const [name, options, code] of asks) {
    const asked = (async () => loose[name]?.(options))()
    await expect(asked, `${name} ${JSON.stringify(options)}`).rejects.toMatchObject({ code })
  }
  expect(await db.changes()).toHaveLength(1)
  await db.discard({ collection: 'kinds', kind: 'delete' })
  await db.commit({ records: { kind: 'update' } })
  await db.close()
})

test('what is absent, undefined or false is no slip', async () => {
  const { url } = host.make('no-slips', shopDatabase)
  const db = await openOn(createMemoryStorage(), url)
  const items = db.collection('items')
  expect(await items.exists()).toBe(true)
  expect(await items.exists({})).toBe(true)
  expect(await items.exists('i00', {})).toBe(true)
  expect(await items.count()).toBe(12)
  expect(await (items as unknown as Loose).aggregate({ count: true, limit: undefined })).toEqual({
    count: 12,
  })
  expect(await (items as unknown as Loose).find({ limit: undefined, deleted: false })).toHaveLength(12)
  const first = await items.first({ where: { name: { eq: 'Item 1', ignoreCase: false } } as never })
  expect(first?.$id).toBe('i01')
  await db.close()
})
