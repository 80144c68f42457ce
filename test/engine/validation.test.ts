import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import type { OpenOptions } from '../../src/open.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { Json } from '../../src/protocol/records.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import type { Storage } from '../../worker/storage/storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { hasDemoDatabase, makeDemoRepository } from '../support/demo-repository.ts'
import { openOn } from './world.ts'

const definition = (
  name: string,
  format: string,
  type: string,
  columns: readonly string[],
  more = '',
): string =>
  `record_file: {name: "${name}", format: ${format}, type: "${type}"}\ncolumns:\n${columns.map((column) => `  ${column}\n`).join('')}${more}`

/** Shops of countries, with orders below them: references within a collection, across, in lists, and required ones. */
const files: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'countries: countries\nshops: shops\nvisits: visits\n',
  'countries/.collection/definition.yaml': definition('{key}.yaml', 'yaml', 'map[string]any', [
    'name: {type: string, required: true, max_length: 10}',
    'people: {type: int, min_value: 1}',
    'part_of: {type: string, foreign_key: countries}',
    'near: {type: "[]string", foreign_key: countries}',
  ]),
  'countries/$records/ie.yaml': 'name: Ireland\nnear: [gb, fr] # by sea\n',
  'countries/$records/gb.yaml': 'name: Britain\n',
  'countries/$records/fr.yaml': 'name: France\npeople: -1\n',
  'countries/$records/gf.yaml': 'name: Guyane\npart_of: fr\n',
  'shops/.collection/definition.yaml': definition(
    'shops.json',
    'json',
    'map[$record_id]map[$field_name]any',
    ['country: {type: string, required: true, foreign_key: countries}'],
  ),
  'shops/shops.json': '{\n  "dublin": {"country": "ie"},\n  "cayenne": {"country": "gf"}\n}\n',
  'shops/.collection/subcollections/orders/definition.yaml': definition(
    'orders.csv',
    'csv',
    '[]map[string]any',
    ['id: {type: string}', 'total: {type: int, max_value: 100}'],
    'columns_order: [id, total]\n',
  ),
  'shops/dublin/orders/orders.csv': 'id,total\no1,7\n',
  'shops/cayenne/orders/orders.csv': 'id,total\no2,8\no3,9\n',
  'visits/.collection/definition.yaml': definition('visits.jsonl', 'jsonl', '[]map[string]any', [
    'id: {type: string}',
    'shop: {type: string, foreign_key: shops}',
  ]),
  'visits/visits.jsonl': '{"id":"v1","shop":"cayenne"}\n{"id":"v2","shop":"dublin"}\n',
}

/** Numbers of many digits: some are more than a JavaScript number holds. */
const numbers: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'one: one\nlist: list\n',
  'one/.collection/definition.yaml': definition('{key}.json', 'json', 'map[string]any', ['n: {type: float}']),
  'one/$records/exact.json': '{"n": 0.14285714285714285}\n',
  'one/$records/large.json': '{\n  "n": 9007199254740993\n}\n',
  'list/.collection/definition.yaml': definition('list.json', 'json', '[]map[string]any', [
    'id: {type: string}',
    'n: {type: any}',
  ]),
  'list/list.json': '[\n  {"id": "a", "n": 1},\n  {"id": "b", "n": [12345678901234567890]}\n]\n',
}

const host = useGitHost()
let count = 0
beforeAll(() => {
  host.make('shops', files)
  host.make('numbers', numbers)
})

/** A database of its own for each test. */
async function withDatabase(
  run: (db: Database, storage: Storage) => Promise<void>,
  { name = 'shops', ...options }: OpenOptions & { readonly name?: string } = {},
): Promise<void> {
  const storage = createMemoryStorage()
  const db = await openOn(storage, `${host.server.url}/${name}.git`, {
    namespace: `test-${++count}`,
    ...options,
  })
  try {
    await run(db, storage)
  } finally {
    await db.close()
  }
}

const brief = (issues: unknown): readonly string[] =>
  (issues as readonly Issue[]).map(
    ({ code, collection, key, path }) => `${collection}/${key} ${path?.join('.')} ${code}`,
  )
/** The issues of a call that must be refused. */
async function refusal(code: string, call: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await call.then(
    () => 'not refused',
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code })
  return brief((error as { data: { issues: Json } }).data.issues)
}

describe('writes', () => {
  test('are refused with everything that they break, and then change nothing', async () => {
    await withDatabase(async (db) => {
      const rows = [
        { $id: 'xa', name: 'a name that is too long', people: 0 },
        { $id: 'xb', name: 'Fine' },
        { $id: 'xc', capital: 'Unknown', part_of: 'nowhere', near: ['ie', 'no'] },
      ]
      const issues = await refusal('record/invalid', db.collection('countries').insertMany(rows))
      expect(issues).toEqual([
        'countries/xa name validation/max-length',
        'countries/xa people validation/min-value',
        'countries/xc capital validation/undeclared-field',
        'countries/xc name validation/required',
        'countries/xc part_of validation/foreign-key',
        'countries/xc near.1 validation/foreign-key',
      ])
      await refusal('record/invalid', db.collection('countries').update('ie', { name: undefined }))
      await refusal(
        'record/invalid',
        db.collection('shops').record('dublin').collection('orders').update('o1', { total: 101 }),
      )
      expect(await db.changes()).toEqual([])
    })
  })

  test('leave a record editable that was wrong before, but make nothing worse', async () => {
    await withDatabase(async (db) => {
      const countries = db.collection('countries')
      await countries.update('fr', { name: 'Francia' })
      await countries.update('fr', { people: 5 })
      expect(await refusal('record/invalid', countries.update('fr', { people: -2 }))).toEqual([
        'countries/fr people validation/min-value',
      ])
    })
  })

  test('may refer to what the branch holds now: working changes and the same call, not what is deleted', async () => {
    await withDatabase(async (db) => {
      const [countries, shops] = [db.collection('countries'), db.collection('shops')]
      await countries.insert({ $id: 'es', name: 'Spain' })
      await shops.insert({ $id: 'madrid', country: 'es' })
      await countries.insertMany([
        { $id: 'xa', name: 'A', part_of: 'xb' },
        { $id: 'xb', name: 'B', part_of: 'xa' },
      ])
      await countries.delete('gb', { references: 'set-null' })
      const issues = await refusal('record/invalid', countries.update('es', { part_of: 'gb' }))
      expect(issues).toEqual(['countries/es part_of validation/foreign-key'])
      // Many at once: then the keys are read in one go.
      await shops.insertMany(
        Array.from({ length: 30 }, (_, at) => ({ $id: `s${at}`, country: at % 2 ? 'es' : 'ie' })),
      )
      const wrong = Array.from({ length: 30 }, (_, at) => ({
        $id: `w${at}`,
        country: at === 7 ? 'no' : 'ie',
      }))
      expect(await refusal('record/invalid', shops.insertMany(wrong))).toEqual([
        'shops/w7 country validation/foreign-key',
      ])
    })
  })

  test('are not checked where the call or the opening says so', async () => {
    await withDatabase(async (db) => {
      await db.collection('shops').insert({ $id: 'nowhere', country: 'no' }, { validate: 'off' })
      await db.collection('countries').update('ie', { people: 0 }, { validate: 'off' })
      await db.collection('countries').delete('gb', { validate: 'off' })
      await refusal('record/invalid', db.collection('shops').insert({ $id: 'other', country: 'no' }))
    })
    await withDatabase(
      async (db) => {
        await db.collection('shops').insert({ $id: 'nowhere', country: 'no' })
        await refusal(
          'record/invalid',
          db.collection('shops').insert({ $id: 'x', country: 'no' }, { validate: 'on' }),
        )
      },
      { validate: 'off' },
    )
  })
})

describe('deletes', () => {
  test('are refused while others refer to the record, in the commit or in working changes', async () => {
    await withDatabase(async (db) => {
      const countries = db.collection('countries')
      expect(await refusal('record/referenced', countries.delete('fr'))).toEqual([
        'countries/gf part_of validation/referenced',
        'countries/ie near validation/referenced',
      ])
      await db.collection('shops').update('dublin', { country: 'gb' })
      expect(await refusal('record/referenced', countries.delete('gb'))).toEqual([
        'countries/ie near validation/referenced',
        'shops/dublin country validation/referenced',
      ])
      // Nothing refers to it any more.
      await countries.delete('ie')
      await db.commit({ message: 'Ireland left' })
      expect(await refusal('record/referenced', countries.delete('gb'))).toEqual([
        'shops/dublin country validation/referenced',
      ])
      await db.collection('shops').update('dublin', { country: 'fr' })
      await countries.delete('gb')
    })
  })

  test('cascade to what refers to them, and to records below, as one step', async () => {
    await withDatabase(async (db, storage) => {
      await db.collection('countries').delete('gf', { references: 'cascade' })
      expect((await storage.readState()).journal).toHaveLength(1)
      const changes = await db.changes()
      expect(changes.map(({ collection, key, kind }) => `${kind} ${collection}/${key}`)).toEqual([
        'delete countries/gf',
        'delete shops/cayenne',
        'delete shops/orders/cayenne/o2',
        'delete shops/orders/cayenne/o3',
        'delete visits/v1',
      ])
      await db.commit({ message: 'Without Guyane' })
      const { issues } = await db.validate()
      expect(brief(issues)).toEqual(['countries/fr people validation/min-value'])
    })
  })

  test('take references out of fields and lists, but not out of required ones', async () => {
    await withDatabase(async (db) => {
      const countries = db.collection('countries')
      await countries.delete('fr', { references: 'set-null' })
      expect(await countries.get('gf')).not.toHaveProperty('part_of')
      expect(await countries.get('ie')).toMatchObject({ near: ['gb'] })
      expect(await refusal('record/referenced', countries.delete('gf', { references: 'set-null' }))).toEqual([
        'shops/cayenne country validation/referenced',
      ])
      expect((await db.validate()).issues).toEqual([])
    })
  })
})

describe('db.validate()', () => {
  test('sees working changes, with the place that they have in their files', async () => {
    await withDatabase(async (db) => {
      await db.collection('countries').update('ie', { near: ['gb', 'no'], people: 3 }, { validate: 'off' })
      await db.collection('visits').update('v2', { shop: 'closed' }, { validate: 'off' })
      await db
        .collection('countries')
        .insert({ $id: 'new', name: 'a name that is too long' }, { validate: 'off' })
      const { valid, issues, checked } = await db.validate()
      expect(valid).toBe(false)
      expect(checked).toEqual({ collections: 4, records: 12 })
      expect(issues.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
        'countries/$records/fr.yaml:2 validation/min-value',
        'countries/$records/ie.yaml:2 validation/foreign-key',
        'countries/$records/new.yaml:1 validation/max-length',
        'visits/visits.jsonl:2 validation/foreign-key',
      ])
    })
  })

  test('reads a commit as it was, and what changed since another', async () => {
    await withDatabase(async (db) => {
      const start = (await db.status()).commit
      await db.collection('visits').update('v1', { shop: 'closed' }, { validate: 'off' })
      await db.commit({ message: 'Closed' })
      await db.collection('countries').delete('gb', { validate: 'off' })
      expect(brief((await db.validate({ from: start })).issues)).toEqual([
        'countries/ie near.0 validation/foreign-key',
        'visits/v1 shop validation/foreign-key',
      ])
      expect(brief((await db.validate({ from: 'main' })).issues)).toEqual([
        'countries/ie near.0 validation/foreign-key',
      ])
      const then = await db.at(start)
      expect(brief((await then.validate()).issues)).toEqual(['countries/fr people validation/min-value'])
      await expect(db.validate({ from: 'nowhere' })).rejects.toMatchObject({ code: 'git/ref-missing' })
      await expect(db.validate({ collections: ['nowhere'] })).rejects.toMatchObject({
        code: 'record/collection-missing',
      })
    })
  })

  test('warns of numbers that say more in their file than JavaScript can', async () => {
    await withDatabase(
      async (db) => {
        const lines = async (): Promise<readonly string[]> => {
          const { valid, issues } = await db.validate()
          expect(valid).toBe(true)
          return issues.map(({ code, key, path, line }) => `${key} ${path?.join('.')}:${line} ${code}`)
        }
        const expected = ['large n:2 validation/unsafe-number', 'b n.0:3 validation/unsafe-number']
        expect(await lines()).toEqual(expected)
        // What is known to be exact is not read again; what is not is told again.
        expect(await lines()).toEqual(expected)
        await db.collection('list').delete('a')
        await db.collection('list').insert({ $id: 'c', id: 'c', n: 1 / 3 })
        await db.collection('one').update('large', { n: 0.5 })
        expect(await lines()).toEqual(['b n.0:2 validation/unsafe-number'])
      },
      { name: 'numbers' },
    )
  })

  test('of changes finds all that they break, whatever they are', async () => {
    const country = fc.constantFrom('ie', 'gb', 'fr', 'gf', 'new', 'no')
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('delete' as const), key: country }),
      fc.record({
        kind: fc.constant('country' as const),
        key: country,
        part_of: country,
        near: fc.array(country, { maxLength: 2 }),
        people: fc.constantFrom(-1, 1),
      }),
      fc.record({
        kind: fc.constant('shop' as const),
        key: fc.constantFrom('dublin', 'cayenne', 'other'),
        country,
      }),
      fc.record({
        kind: fc.constant('visit' as const),
        key: fc.constantFrom('v1', 'v2'),
        shop: fc.constantFrom('dublin', 'cayenne', 'other', 'no'),
      }),
      fc.record({ kind: fc.constant('commit' as const) }),
    )
    type EditOf = typeof edit extends fc.Arbitrary<infer T> ? T : never
    const put = async (
      db: Database,
      collection: string,
      key: string,
      fields: { readonly [name: string]: Json },
    ) => {
      const records = db.collection(collection)
      if (await records.get(key)) await records.update(key, fields)
      else await records.insert({ $id: key, ...fields })
    }
    const apply = async (db: Database, step: EditOf): Promise<void> => {
      if (step.kind === 'commit') {
        if ((await db.changes()).length > 0) await db.commit({ message: 'Step' })
      } else if (step.kind === 'delete') {
        if (await db.collection('countries').get(step.key)) await db.collection('countries').delete(step.key)
      } else if (step.kind === 'country') {
        const { key, part_of, near, people } = step
        await put(db, 'countries', key, { name: key, part_of, near, people })
      } else if (step.kind === 'shop') await put(db, 'shops', step.key, { country: step.country })
      else await put(db, 'visits', step.key, { shop: step.shop })
    }
    const texts = (issues: readonly Issue[]): ReadonlySet<string> =>
      new Set(issues.map((issue) => JSON.stringify(issue)))
    let found = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { maxLength: 6 }),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        async (first, second) => {
          await withDatabase(
            async (db) => {
              for (const step of [...first, { kind: 'commit' } as const]) await apply(db, step)
              const from = (await db.status()).commit
              const before = texts((await db.validate()).issues)
              for (const step of second) await apply(db, step)
              const now = texts((await db.validate()).issues)
              const changed = texts((await db.validate({ from })).issues)
              const added = [...now].filter((issue) => !before.has(issue))
              found += added.length
              expect(added.filter((issue) => !changed.has(issue))).toEqual([])
              expect([...changed].filter((issue) => !now.has(issue))).toEqual([])
            },
            { validate: 'off' },
          )
        },
      ),
      { seed: 20261124, numRuns: 25 },
    )
    expect(found).toBeGreaterThan(20)
  })
})

test.runIf(hasDemoDatabase('validation of the demo database'))(
  'the demo database holds 314 records without any issue',
  async () => {
    makeDemoRepository(host.path)
    await withDatabase(
      async (db) => {
        expect(await db.validate()).toEqual({
          valid: true,
          issues: [],
          checked: { collections: 19, records: 314 },
        })
      },
      { name: 'demo' },
    )
  },
)
