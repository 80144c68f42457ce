import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Snapshot } from '../../src/client/database.ts'
import type { AtOptions, Revision } from '../../src/protocol/records.ts'
import { eq, field, gt } from '../../src/query.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere } from '../support/git-repositories.ts'
import { openHosted, until } from './world.ts'

const host = useGitHost()

const file = (name: string, columns: string): string =>
  `record_file:\n  name: "${name}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n${columns}`
const text = 'type: string\n'
const old: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'units: units\nkinds: kinds\norders: orders\n',
  'units/.collection/definition.yaml': file('{key}', `  symbol:\n    ${text}  kind:\n    ${text}`),
  'units/$records/foot.yaml': 'symbol: ft\nkind: length\n',
  'units/$records/mile.yaml': 'symbol: mi\nkind: length\n',
  'units/$records/broken.yaml': 'symbol: [\n',
  'kinds/.collection/definition.yaml': file('{key}', `  title:\n    ${text}`),
  'kinds/$records/length.yaml': 'title: Length\n',
  'kinds/$records/time.yaml': 'title: Time\n',
  'orders/.collection/definition.yaml': file('{key}', `  buyer:\n    ${text}`),
  'orders/.collection/subcollections/notes/definition.yaml': file('{key}', `  text:\n    ${text}`),
  'orders/$records/o1.yaml': 'buyer: ada\n',
  'orders/$records/o1/notes/$records/n1.yaml': 'text: then\n',
}
/** Today: another column, a rule and a JSON Schema that the old records break, and a key that leads elsewhere. */
const changes: Readonly<Record<string, string | null>> = {
  '.ingitdb/root-collections.yaml': 'units: units\nkinds: kinds\nsorts: sorts\norders: orders\n',
  'units/.collection/definition.yaml': file(
    '{key}',
    `  symbol:\n    ${text}    max_length: 1\n  kind:\n    ${text}    foreign_key: sorts\n  loud:\n    ${text}    formula: symbol + "!"\n`,
  ),
  'units/.collection/record.schema.json': '{ "required": ["factor"] }',
  'units/$records/foot.yaml': 'symbol: "\'"\nkind: length\nfactor: 1\n',
  'units/$records/mile.yaml': null,
  'units/$records/broken.yaml': null,
  'sorts/.collection/definition.yaml': file('{key}', `  title:\n    ${text}`),
  'sorts/$records/length.yaml': 'title: A length\n',
  'orders/.collection/subcollections/notes/definition.yaml': file(
    '{key}',
    `  text:\n    ${text}  length:\n    type: int\n    formula: len(text)\n`,
  ),
  'orders/$records/o1/notes/$records/n1.yaml': 'text: later\n',
}

/** Each read of the public face that shows a state: at a revision that it is told, or without at the handle's own. */
type Read = (view: Snapshot, at?: AtOptions) => PromiseLike<unknown>
const reads: Readonly<Record<string, Read>> = {
  get: (view, at) => view.collection('units').get('foot', at),
  getMany: (view, at) => view.collection('units').getMany(['mile', 'foot', 'none'], at),
  all: (view, at) => view.collection('units').all(at),
  'exists by key': (view, at) => view.collection('units').exists('mile', at),
  'exists where': (view, at) => view.collection('units').exists({ where: { symbol: 'mi' }, ...at }),
  find: (view, at) =>
    view.collection('units').find({ where: { symbol: { ne: null } }, orderBy: { symbol: 'desc' }, ...at }),
  first: (view, at) => view.collection('units').first({ orderBy: 'symbol', ...at }),
  page: async (view, at) =>
    (
      await view
        .collection('units')
        .find({ limit: 1, ...at })
        .page()
    ).rows,
  count: (view, at) => view.collection('units').count({ ...at }),
  distinct: (view, at) => view.collection('units').distinct('symbol', at),
  aggregate: (view, at) => view.collection('units').aggregate({ groupBy: 'kind', count: true, ...at }),
  search: (view, at) => view.collection('units').search('length', at),
  explain: async (view, at) => {
    const plan = await view
      .collection('units')
      .find({ where: { kind: 'length' }, ...at })
      .explain()
    return { rowsRead: plan.rowsRead, rowsReturned: plan.rowsReturned }
  },
  include: (view, at) =>
    view
      .collection('orders')
      .find({ include: { notes: { collection: 'orders/notes', column: '$parent' } }, ...at }),
  'db.query': (view, at) =>
    view.query((q) =>
      q.from({ u: { collection: 'units', ...at } }).where(({ u }) => gt(field(u, 'symbol'), '')),
    ),
  'a join': (view, at) =>
    view.query((q) =>
      q
        .from({ u: { collection: 'units', ...at } })
        .leftJoin({ k: { collection: 'kinds', ...at } }, ({ u, k }) => eq(field(u, 'kind'), field(k, '$id')))
        .select(({ u, k }) => ({ symbol: field(u, 'symbol'), title: field(k, 'title') })),
    ),
  'db.run': (view, at) => view.run(view.collection('units').find({ ...at }).query),
  'a live query': (view, at) =>
    new Promise((resolve, reject) => {
      const stop = view
        .collection('units')
        .find({ ...at })
        .subscribe(({ rows }) => {
          queueMicrotask(() => stop())
          resolve(rows)
        }, reject)
    }),
  'a subcollection': (view, at) => view.collection('orders').record('o1').collection('notes').all(at),
  'find in a subcollection': (view, at) =>
    view
      .collection('orders')
      .record('o1')
      .collection('notes')
      .find({ where: { text: { ne: '' } }, ...at }),
  problems: (view, at) => view.collection('units').problems(at),
  collections: (view, at) => view.collections(at),
  validate: (view, at) => view.validate(at),
  'validate since': (view, at) => view.validate({ from: 'start', only: 'records', ...at }),
  'files.read': (view, at) => view.files.read('units/$records/foot.yaml', at),
  history: (view, at) => view.collection('units').history('foot', at),
  blame: (view, at) => view.collection('units').blame('foot', at),
  log: (view, at) => view.log(at),
  'a filtered log': (view, at) => view.log({ collection: 'units', ...at }),
}
/** Commits are listed, and files read, as they are: with no definitions but their own. */
const withoutSchema = new Set(['files.read', 'history', 'blame', 'log', 'a filtered log'])
/** A diff names its sides. */
const sides = (view: Snapshot): PromiseLike<unknown> => view.diff('main')

describe('every read', () => {
  let db: Database
  let start: string
  beforeAll(async () => {
    ;({ db } = await openHosted(host, 'travel', old, (bare) => {
      commitElsewhere(bare, changes)
    }))
    start = (await db.log())[1]?.oid ?? ''
    await db.tags.create('start', { at: start })
    await db.branches.create('old', { from: start })
    await db.collection('units').update('foot', { symbol: '*' })
  })
  afterAll(() => db.close())

  test.each(Object.entries(reads))('%s: at a revision as on a handle of it', async (name, read) => {
    const now = await read(db)
    const wanted: unknown[] = []
    for (const schema of ['own', 'current'] as const) {
      const then = await db.at(start, { schema })
      const shown = await read(then)
      wanted.push(shown)
      const revisions: readonly Revision[] = [start, start.slice(0, 10), 'start', 'HEAD~1', 'old']
      const how = withoutSchema.has(name) ? {} : { schema }
      for (const at of revisions) expect(await read(db, { at, ...how })).toEqual(shown)
      // A handle of another commit takes revisions too; today's definitions are its own then.
      const other = await db.at('HEAD')
      expect(await read(other, { at: 'start', ...how })).toEqual(shown)
      if (name !== 'validate since') expect(shown).not.toEqual(now)
      await then.close()
      await other.close()
    }
    const isAlike = JSON.stringify(wanted[0]) === JSON.stringify(wanted[1])
    if (withoutSchema.has(name)) expect(isAlike).toBe(true)
    if (['get', 'all', 'find', 'a live query', 'a subcollection', 'collections', 'validate'].includes(name))
      expect(isAlike).toBe(false)
    expect(await read(db, { at: start })).toEqual(wanted[0])
    // The last commit, without the working change.
    expect(await read(db, { at: new Date(Date.now() + 60_000) })).toEqual(await read(db, { at: 'main' }))
    expect(await read(db)).toEqual(now)
  })

  test.each(Object.entries(reads))('%s: what is no revision is refused', async (name, read) => {
    const failing = async (at: unknown): Promise<unknown> => {
      try {
        return await read(db, at as AtOptions)
      } catch (error) {
        return error
      }
    }
    expect(await failing({ at: 'nowhere' })).toMatchObject({ code: 'git/ref-missing' })
    expect(await failing({ at: new Date('2001-01-01') })).toMatchObject({ code: 'git/ref-missing' })
    const slips = [
      { at: 3 },
      { at: new Date('nonsense') },
      ...(withoutSchema.has(name) ? [] : [{ at: 'main', schema: 'today' }]),
    ]
    for (const slip of slips)
      expect(await failing(slip)).toMatchObject({
        code: expect.stringMatching(/^(engine\/bad-argument|query\/invalid)$/),
      })
  })

  test('a diff reads each side with its own definitions, whatever those of the handle', async () => {
    const [own, current] = [await db.at(start), await db.at(start, { schema: 'current' })]
    expect(await sides(current)).toEqual(await sides(own))
    expect(await current.diff('main').schema()).toEqual(await own.diff('main').schema())
    expect((await own.diff('main').schema()).collections).not.toEqual([])
    for (const view of [own, current]) await view.close()
  })

  test('an include follows the keys of the definitions that its source is read with', async () => {
    const find = async (at: AtOptions): Promise<unknown> =>
      (await db.collection('units').first({ where: { $id: 'foot' }, include: { kind: true }, ...at }))?.[
        'kind'
      ]
    expect(await find({})).toMatchObject({ title: 'A length' })
    await expect(find({ at: 'start' })).rejects.toMatchObject({ code: 'query/invalid' })
    const back = { include: { units: { collection: 'units', column: 'kind' } } }
    await expect(db.collection('kinds').find(back)).rejects.toMatchObject({ code: 'query/invalid' })
    expect(await db.collection('sorts').first(back)).toMatchObject({ units: [{ $id: 'foot' }] })
    // Nothing is in the collection yet.
    expect(await find({ at: 'start', schema: 'current' })).toBeNull()
  })
})

test('today’s rules stay today’s when old records were read with them first', async () => {
  const { db } = await openHosted(host, 'travel', old, (bare) => void commitElsewhere(bare, changes))
  const said = async (options: AtOptions): Promise<string> =>
    (await db.validate(options)).issues.map(({ message }) => message).join('\n')
  expect(await said({ at: 'HEAD~1', schema: 'current' })).toMatch(/factor/)
  expect(await said({ at: 'HEAD~1' })).not.toMatch(/factor/)
  await db.collection('units').insert({ $id: 'yard', symbol: 'y', kind: 'length' })
  expect(await said({})).toMatch(/factor/)
  // Points in time name revisions wherever one is compared with or taken from.
  const now = new Date(Date.now() + 60_000)
  const report = await db.validate({ from: now })
  expect(report.checked.records).toBe(1)
  await db.collection('units').delete('foot')
  expect(await db.collection('units').restore('foot', { from: now })).toMatchObject({ symbol: "'" })
  await db.close()
})

test('definitions of today in a live query are those of the branch as it goes on', async () => {
  const { db } = await openHosted(host, 'travel', old)
  await db.tags.create('start')
  const names: string[][] = []
  const errors: unknown[] = []
  const units = db.collection('units')
  const stop = units.find({ where: { $id: 'foot' }, at: 'start', schema: 'current' }).subscribe(
    ({ rows }) => names.push(Object.keys(rows[0] ?? {})),
    (error) => errors.push(error),
  )
  await until('it begins', () => names.length === 1)
  expect(names[0]).not.toContain('loud')
  await db.files.replace(
    'units/.collection/definition.yaml',
    `${changes['units/.collection/definition.yaml']}`,
    {
      message: 'Loud',
      force: true,
    },
  )
  await until('the definitions are heard of', () => names.length > 1 || errors.length > 0)
  expect(errors).toEqual([])
  expect(names.at(-1)).toContain('loud')
  stop()
  await db.close()
})

test('a handle stays where its name led; sources that a live query reads at branches follow them there too', async () => {
  const { db } = await openHosted(host, 'travel', old)
  const draft = await db.branches.create('draft')
  const then = await db.at('draft')
  const seen = (query: ReturnType<ReturnType<Snapshot['collection']>['find']>): unknown[] => {
    const symbols: unknown[] = []
    query.subscribe(({ rows }) => symbols.push(rows[0]?.['symbol']))
    return symbols
  }
  const find = (options?: AtOptions): ReturnType<ReturnType<Snapshot['collection']>['find']> =>
    then.collection('units').find({ where: { $id: 'foot' }, ...options })
  const [fixed, following, head] = [seen(find()), seen(find({ at: 'draft' })), seen(find({ at: 'HEAD' }))]
  await until('all begin', () => [fixed, following, head].every(({ length }) => length === 1))
  await draft.collection('units').update('foot', { symbol: 'f' })
  await draft.commit({ message: 'Shorter' })
  await until('the branch is followed', () => following.length === 2)
  expect([fixed, following, head]).toEqual([['ft'], ['ft', 'f'], ['ft']])
  expect(await find()).toMatchObject([{ symbol: 'ft' }])
  // Each handle has a HEAD of its own.
  const symbolAt = async (view: Snapshot, revision: string): Promise<unknown> =>
    (await (await view.at(revision)).collection('units').get('foot'))?.['symbol']
  expect(await Promise.all([draft, db, then].map((view) => symbolAt(view, 'HEAD')))).toEqual([
    'f',
    'ft',
    'ft',
  ])
  expect(await symbolAt(draft, 'HEAD~1')).toBe('ft')
  await then.close()
  await draft.collection('units').update('foot', { symbol: 'g' })
  await draft.commit({ message: 'Another' })
  expect(await db.collection('units').get('foot', { at: 'draft' })).toMatchObject({ symbol: 'g' })
  expect(following).toHaveLength(2)
  await db.close()
})
