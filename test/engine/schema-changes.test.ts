import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { open, type NodeOpenOptions } from '../../src/node.ts'
import type { Database } from '../../src/client/database.ts'
import type { SchemaChange, SchemaPlan } from '../../src/protocol/schema-changes.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { git, makeBareRepository } from '../support/git-repositories.ts'
import { openOn } from './world.ts'

const author = { name: 'Ada', email: 'ada@example.com' }

/** Two collections that refer to each other's records, a subcollection, and one that nobody touches. */
const shop: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': '# what we sell\nitems: items\norders: orders\nquiet: quiet\n',
  'items/.collection/definition.yaml':
    '# items\nrecord_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  name: {type: string, required: true}\n  price: {type: float} # in euros\n  like: {type: string, foreign_key: items}\ncolumns_order: [name, price, like]\n',
  'items/$records/pen.yaml': 'name: Pen # blue\nprice: 1.50\n',
  'items/$records/ink.yaml': 'name: Ink\nprice: 3\nlike: pen\n',
  'orders/.collection/definition.yaml':
    '# orders\nrecord_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  buyer:\n    type: string\n  count:\n    type: int\n',
  'orders/.collection/subcollections/lines/definition.yaml':
    'record_file:\n  name: lines.json\n  format: json\n  type: "[]map[string]any"\ncolumns:\n  item:\n    type: string\n    foreign_key: items\n',
  'orders/$records/o1.json': '{\n  "buyer": "Ann",\n  "count": 2\n}',
  'orders/$records/o1/lines/lines.json':
    '[\n  {"$ID": "1", "item": "pen"},\n  {"$ID": "2", "item": "ink"}\n]\n',
  'orders/$records/o2.json': '{\n  "buyer": "Bob"\n}\n',
  'quiet/.collection/definition.yaml':
    'record_file: {name: all.csv, format: csv, type: "[]map[string]any"}\ncolumns: {id: {type: string}, text: {type: string}}\ncolumns_order: [id, text]\n',
  'quiet/all.csv': 'id,text\na,"one"\nb,two\n',
}

/** Path → blob of every file of a commit, as native git lists them. */
function blobs(bare: string, revision: string): ReadonlyMap<string, string> {
  const lines = git(bare, 'ls-tree', '-r', '-z', revision).split('\0').filter(Boolean)
  return new Map(
    lines.map((line) => {
      const [meta = '', path = ''] = line.split('\t')
      return [path, meta.split(' ')[2] ?? '']
    }),
  )
}

/** The files that differ between two commits, as a plan names them. */
function changedFiles(bare: string, from: string, to: string): SchemaPlan['files'] {
  const [before, after] = [blobs(bare, from), blobs(bare, to)]
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)]
    if (old === now) return []
    return [{ path, kind: old === undefined ? 'create' : now === undefined ? 'delete' : 'edit' }] as const
  })
}

/** A plan's files with moves taken apart. */
function plainFiles({ files }: SchemaPlan): SchemaPlan['files'] {
  const targets = new Set(files.flatMap((file) => (file.kind === 'delete' ? [] : [file.path])))
  const plain = files.flatMap((file) => {
    if (file.kind !== 'move') return [file]
    const left = targets.has(file.from) ? [] : [{ path: file.from, kind: 'delete' as const }]
    return [{ path: file.path, kind: 'create' as const }, ...left]
  })
  return plain.sort((a, b) => (a.path < b.path ? -1 : 1))
}

describe('db.schema', () => {
  const host = useGitHost()

  let count = 0
  const openShop = async (
    files = shop,
    options: NodeOpenOptions = {},
  ): Promise<{ readonly bare: string; readonly db: Database; readonly url: string }> => {
    const name = `shop-${count++}`
    const bare = makeBareRepository(host.path, name, files)
    const url = `${host.server.url}/${name}.git`
    return { bare, url, db: await open(url, { author, ...options }) }
  }

  test('commits definitions and records as one commit, and native git sees exactly what was planned', async () => {
    const { bare, db } = await openShop()
    const changes: readonly SchemaChange[] = [
      { kind: 'rename-column', collection: 'items', name: 'price', to: 'euros' },
      { kind: 'rename-record', collection: 'items', key: 'pen', to: 'pencil', references: 'update' },
      { kind: 'add-column', collection: 'orders', name: 'paid', column: { type: 'bool' }, fill: false },
    ]
    const plan = await db.schema.plan(changes)
    expect(plan.issues).toEqual([])
    expect(plan.collections).toEqual(['items', 'orders', 'orders/lines'])
    expect(await db.log()).toHaveLength(1)

    const outcome = await db.schema.apply(changes, { message: 'Prices in euros' })
    expect(outcome.plan).toEqual(plan)
    expect(outcome.commit).toMatchObject({ message: 'Prices in euros\n', author })
    expect(await db.push()).toMatchObject({ status: 'pushed', commits: 1 })
    expect(git(bare, 'rev-list', '--count', 'main').trim()).toBe('2')
    expect(git(bare, 'fsck', '--strict')).toBe('')
    expect(changedFiles(bare, 'main~1', 'main')).toEqual(plainFiles(plan))

    expect(git(bare, 'show', 'main:items/$records/pencil.yaml')).toBe('name: Pen # blue\neuros: 1.50\n')
    expect(git(bare, 'show', 'main:items/$records/ink.yaml')).toBe('name: Ink\neuros: 3\nlike: pencil\n')
    expect(git(bare, 'show', 'main:orders/$records/o1/lines/lines.json')).toBe(
      shop['orders/$records/o1/lines/lines.json']?.replace('"pen"', '"pencil"'),
    )
    expect(git(bare, 'show', 'main:items/.collection/definition.yaml')).toBe(
      shop['items/.collection/definition.yaml']?.replaceAll('price', 'euros'),
    )
    // The open handle reads the new schema and records at once.
    expect(await db.collection('items').get('pencil')).toMatchObject({ name: 'Pen', euros: 1.5 })
    expect(await db.collection('orders').get('o2')).toMatchObject({ paid: false })
    expect((await db.validate()).issues).toEqual([])
    await db.close()
  })

  test('a record with subcollections takes them along', async () => {
    const { bare, db } = await openShop()
    await db.schema.apply(
      [{ kind: 'rename-record', collection: 'orders', key: 'o1', to: 'first', references: 'update' }],
      { message: 'Rename' },
    )
    await db.push()
    const files = blobs(bare, 'main')
    expect([...files.keys()].filter((path) => path.includes('o1'))).toEqual([])
    expect(files.get('orders/$records/first/lines/lines.json')).toBe(
      blobs(bare, 'main~1').get('orders/$records/o1/lines/lines.json'),
    )
    expect((await db.collection('orders/lines').all()).map(({ $id }) => $id)).toEqual(['first/1', 'first/2'])
    await db.close()
  })

  test('what would break is planned as issues, and refused with them', async () => {
    const { db } = await openShop()
    const changes: readonly SchemaChange[] = [{ kind: 'drop-collection', collection: 'items' }]
    const plan = await db.schema.plan(changes)
    expect(plan.issues).toMatchObject([
      { code: 'format/unresolved-foreign-key', collection: 'orders/lines', severity: 'error' },
    ])
    await expect(db.schema.apply(changes, { message: 'Drop' })).rejects.toMatchObject({
      code: 'schema/refused',
      data: { issues: plan.issues },
    })
    expect(await db.log()).toHaveLength(1)
    await expect(db.schema.apply([], { message: ' ' })).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await expect(db.schema.apply([], { message: 'Nothing' })).rejects.toMatchObject({
      code: 'engine/nothing-to-commit',
    })
    await db.close()
  })

  test('working changes of an affected collection refuse it; those of others are carried over', async () => {
    const { db } = await openShop()
    await db.collection('items').update('pen', { price: 2 })
    await db.collection('orders').update('o1', { count: 3 })
    const changes: readonly SchemaChange[] = [
      { kind: 'rename-column', collection: 'items', name: 'price', to: 'euros' },
    ]
    await expect(db.schema.apply(changes, { message: 'Euros' })).rejects.toMatchObject({
      code: 'schema/working-changes',
      data: { collections: ['items'] },
    })
    await db.discard([{ collection: 'items', key: 'pen' }])
    await db.schema.apply(changes, { message: 'Euros' })
    expect(await db.changes()).toMatchObject([{ collection: 'orders', key: 'o1', kind: 'update' }])
    expect(await db.collection('orders').get('o1')).toMatchObject({ count: 3 })
    expect(await db.collection('items').get('pen')).toMatchObject({ euros: 1.5 })
    await db.commit({ message: 'Three' })
    await db.close()
  })

  test('two tabs that do not hear of each other change the schema at once: both are planned on what is there', async () => {
    const { bare, db, url } = await openShop()
    await db.close()
    const disk = createMemoryDisk()
    const { lock } = createNodeTabs()
    const tabs = { lock, announcer: () => ({ announce: () => {}, listen: () => {}, close: () => {} }) }
    const [first, second] = await Promise.all([
      openOn(createMemoryStorage(disk), url, { tabs }),
      openOn(createMemoryStorage(disk), url, { tabs }),
    ])
    const euros: SchemaChange = { kind: 'rename-column', collection: 'items', name: 'price', to: 'euros' }
    await Promise.all([
      first.schema.apply([euros], { message: 'Euros' }),
      second.schema.apply(
        [{ kind: 'add-column', collection: 'items', name: 'stock', column: { type: 'int' }, fill: 0 }],
        { message: 'Stock' },
      ),
    ])
    // This tab has not seen the renaming: what it asks for is not there any more.
    await expect(second.schema.apply([euros], { message: 'Again' })).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })
    expect(await second.push()).toMatchObject({ status: 'pushed', commits: 2 })
    expect(git(bare, 'show', 'main:items/$records/pen.yaml')).toBe(
      'name: Pen # blue\neuros: 1.50\nstock: 0\n',
    )
    await first.close()
    await second.close()
  })

  test('a commit is planned on but not changed', async () => {
    const { db } = await openShop()
    const then = await db.at((await db.log())[0]?.oid ?? '')
    expect(then).not.toHaveProperty('schema')
    await then.close()
    await db.close()
  })

  test('a repository without definitions gets the ones that its files suggest, and keeps its bytes', async () => {
    const { bare, db } = await openShop({
      'fruit.csv': 'id,name,kilos\nap,Apple,1.5\npe,Pear,2\n',
      'towns/paris.json': '{ "name": "Paris", "people": 2102650 }\n',
      'towns/lyon.json': '{ "name": "Lyon", "people": 522250 }\n',
    })
    await expect(db.schema.plan([{ kind: 'drop-collection', collection: 'fruit' }])).rejects.toMatchObject({
      code: 'schema/refused',
    })
    const { plan, texts } = await db.schema.infer()
    expect(plan.issues.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(texts.map(({ path }) => path)).toContain('.ingitdb/root-collections.yaml')
    const { commit } = await db.schema.applyInferred({ message: 'Definitions' })
    expect(commit.message.trim()).toBe('Definitions')
    expect((await db.validate()).issues).toEqual([])
    await db.push()
    const [before, after] = [blobs(bare, 'main~1'), blobs(bare, 'main')]
    for (const blob of before.values()) expect([...after.values()]).toContain(blob)
    const { collections } = await db.collections()
    expect(collections.map(({ count: records }) => records)).toEqual([2, 2])
    await db.close()
  })

  /** Changes that fit somewhere in a run: which ones do depends on those before. */
  const change: fc.Arbitrary<SchemaChange> = fc.oneof(
    fc.record({
      kind: fc.constant('add-column' as const),
      collection: fc.constantFrom('items', 'orders', 'copy', 'orders/lines'),
      name: fc.constantFrom('x', 'y'),
      column: fc.constantFrom({ type: 'string' }, { type: 'int', required: true }),
      fill: fc.constantFrom('7', 7),
    }),
    fc.record({
      kind: fc.constant('rename-column' as const),
      collection: fc.constantFrom('items', 'orders', 'copy'),
      name: fc.constantFrom('name', 'price', 'buyer', 'x'),
      to: fc.constantFrom('y', 'z', 'price'),
    }),
    fc.record({
      kind: fc.constant('drop-column' as const),
      collection: fc.constantFrom('items', 'orders', 'copy'),
      name: fc.constantFrom('name', 'price', 'like', 'buyer', 'x'),
    }),
    fc.record({
      kind: fc.constant('alter-column' as const),
      collection: fc.constantFrom('items', 'orders', 'copy'),
      name: fc.constantFrom('price', 'name', 'count', 'x'),
      set: fc.constantFrom({ type: 'string' }, { type: '[]string' }, { required: true }, { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('rename-record' as const),
      collection: fc.constantFrom('items', 'orders', 'copy'),
      key: fc.constantFrom('pen', 'ink', 'o1', 'o2'),
      to: fc.constantFrom('pen', 'new', 'Pen 2'),
      references: fc.constantFrom('update' as const, 'restrict' as const),
    }),
    fc.record({
      kind: fc.constant('copy-collection' as const),
      collection: fc.constantFrom('items', 'orders'),
      to: fc.constant('copy'),
      records: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('rename-collection' as const),
      collection: fc.constantFrom('items', 'orders', 'copy'),
      to: fc.constantFrom('copy', 'goods'),
      references: fc.constantFrom('update' as const, 'restrict' as const),
    }),
    fc.record({
      kind: fc.constant('drop-collection' as const),
      collection: fc.constantFrom('copy', 'orders', 'goods'),
    }),
  )

  test('any run of changes leaves a valid database; what was not concerned keeps its blobs', async () => {
    let applied = 0
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 6 }), async (changes) => {
        const { bare, db } = await openShop()
        let commits = 1
        for (const one of changes) {
          let plan: SchemaPlan
          try {
            plan = await db.schema.plan([one])
          } catch (error) {
            // It names what is not there, or what is there already.
            expect(error).toMatchObject({ code: expect.stringMatching(/^(record|engine)\//) as string })
            continue
          }
          const isRefused = plan.issues.some(({ severity }) => severity === 'error')
          if (isRefused || plan.files.length === 0) {
            await expect(db.schema.apply([one], { message: 'No' })).rejects.toMatchObject({
              code: isRefused ? 'schema/refused' : 'engine/nothing-to-commit',
            })
            continue
          }
          const outcome = await db.schema.apply([one], { message: plan.summary.join(' ') })
          expect(outcome.plan).toEqual(plan)
          applied++
          expect(await db.push()).toMatchObject({ status: 'pushed', commits: 1 })
          expect(git(bare, 'rev-list', '--count', 'main').trim()).toBe(String(++commits))
          expect(changedFiles(bare, 'main~1', 'main')).toEqual(plainFiles(plan))
          expect((await db.validate()).issues).toEqual([])
        }
        const quiet = (revision: string) =>
          [...blobs(bare, revision)].filter(([path]) => path.startsWith('quiet/'))
        expect(quiet('main')).toEqual(quiet(`main~${commits - 1}`))
        // One file says what people wrote; it stays whatever happens around it.
        expect(git(bare, 'show', 'main:.ingitdb/root-collections.yaml')).toContain('# what we sell\n')
        await db.close()
      }),
      { seed: 20261124, numRuns: 12 },
    )
    expect(applied).toBeGreaterThan(15)
  })

  const bundle = resolve(process.env['ESPALIER_SHARED'] ?? '../shared', 'data/demo-ingitdb.bundle')
  const present = existsSync(bundle)
  if (!present) process.stderr.write(`schema changes of the demo database not tested: ${bundle} is missing\n`)

  test.runIf(present)('a customer of the demo database is renamed with every order and address', async () => {
    const work = join(host.path, 'demo.git')
    git(host.path, 'clone', '-q', '--bare', bundle, work)
    git(work, 'symbolic-ref', 'HEAD', 'refs/heads/main')
    git(work, 'config', 'http.receivepack', 'true')
    const db = await open(`${host.server.url}/demo.git`, { author })
    const collection = 'commerce.customers'
    const uses = git(work, 'grep', '-l', '-w', 'cust001', 'main').trim().split('\n')
    expect(uses.length).toBeGreaterThan(2)
    const change: SchemaChange = {
      kind: 'rename-record',
      collection,
      key: 'cust001',
      to: 'ada',
      references: 'update',
    }
    const kept = await db.schema.plan([{ ...change, references: 'restrict' }])
    expect(kept.issues.map(({ file }) => file).sort()).toEqual(
      uses.map((line) => line.replace('main:', '')).sort(),
    )
    await db.schema.apply([change], { message: 'Rename a customer' })
    await db.push()
    expect((await db.validate()).issues).toEqual([])
    expect(git(work, 'grep', '-c', '-w', 'ada', 'main').trim().split('\n')).toHaveLength(uses.length)
    expect(() => git(work, 'grep', '-w', 'cust001', 'main')).toThrow()
    // One line in each file that referred to it, and the customer's own bytes moved.
    const stat = git(work, 'diff', '--numstat', '-M', 'main~1', 'main').trim().split('\n')
    expect(stat.filter((line) => line.startsWith('1\t1\t'))).toHaveLength(uses.length)
    expect(stat.filter((line) => line.startsWith('0\t0\t'))).toHaveLength(1)

    // A product, which its orders' details name in lists below each order.
    await db.schema.apply(
      [
        {
          kind: 'rename-record',
          collection: 'commerce.products',
          key: 'prod001',
          to: 'laptop',
          references: 'update',
        },
        { kind: 'rename-column', collection: 'commerce.products', name: 'unit_price', to: 'price' },
        { kind: 'split-collection', collection: 'todo.tags' },
        { kind: 'split-collection', collection: 'commerce.orders/order_details' },
      ],
      { message: 'More' },
    )
    expect((await db.validate()).issues).toEqual([])
    expect(await db.collection('commerce.orders/order_details').count()).toBe(94)
    expect(await db.collection('commerce.products').get('laptop')).toMatchObject({ price: 1299.99 })
    await db.close()
  })
})
