import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { tsc } from '../../test/support/tsc.ts'

const root = resolve(import.meta.dirname, '../..')
const collections = Array.from({ length: 40 }, (_, n) => `c${n}`)

/** 20 columns of every type, one of them a foreign key. */
const columns = [
  'kind: Ref<"KIND">',
  'status: "open" | "closed" | "late"',
  'names: { readonly [locale: string]: string | undefined }',
  'place: { readonly city: string; readonly at: { readonly lat: number; readonly lon: number } }',
  'tags?: readonly string[] | null',
  'extra?: Json',
  ...Array.from({ length: 7 }, (_, n) => `text${n}${n > 3 ? '?' : ''}: string${n > 3 ? ' | null' : ''}`),
  ...Array.from({ length: 5 }, (_, n) => `size${n}${n > 2 ? '?' : ''}: number`),
  'done: boolean',
  'since?: string | null',
]

const schema = `
import type { CollectionTypes, Database, Json, Ref } from 'espalier'
import { count, eq, gt, sum } from 'espalier/query'
${collections.map((id, n) => `interface R${id} { ${columns.map((each) => `readonly ${each.replace('KIND', `c${(n + 1) % collections.length}`)}`).join('; ')} }`).join('\n')}
interface Schema { ${collections.map((id) => `readonly ${id}: CollectionTypes<R${id}, R${id}, Ref<'${id}'>>`).join('; ')} }
declare const db: Database<Schema>
`

const queries: Readonly<Record<string, (id: string) => string>> = {
  'opening every collection': (id) => `await db.collection('${id}').get('x')`,
  'a query of every collection': (id) => `{
    const rows = await db.collection('${id}').find({
      where: { text0: { startsWith: 'a' }, size1: { gt: 3 }, 'place.at.lat': 5, or: [{ status: 'open' }, { done: true }] },
      orderBy: [{ size0: 'desc' }, 'names.en'],
      limit: 50,
    })
    rows[0]?.text0.length
  }`,
  'a selection with related records of every collection': (id) => `{
    const rows = await db.collection('${id}').find({ select: ['text0', 'place.city'], include: { kind: true } })
    rows[0]?.kind?.size0.toFixed()
  }`,
  'an aggregate of every collection': (id) => `{
    const groups = await db.collection('${id}').aggregate({ groupBy: 'status', count: true, sum: 'size0', having: { count: { gt: 1 } } })
    groups[0]?.count.toFixed()
  }`,
  'a join of every collection': (id) => `{
    const rows = await db.query((q) => q
      .from({ a: '${id}' })
      .join({ b: 'c${(Number(id.slice(1)) + 1) % collections.length}' }, ({ a, b }) => eq(a.kind, b.$id))
      .where(({ a }) => gt(a.place.at.lat, 5))
      .groupBy(({ b }) => b.status)
      .select(({ a, b }) => ({ status: b.status, n: count(), total: sum(a.size0) })))
    rows[0]?.total.toFixed()
  }`,
}

/**
 * How many type instantiations a use of 40 collections × 20 columns may cost, beside what the schema costs. Measured
 * when written (3,553, 120,820, 28,343, 157,896 and 19,733), and half as much again: a change that multiplies the work fails here, long before an editor is slow.
 */
const bounds: Readonly<Record<string, number>> = {
  'opening every collection': 5_500,
  'a query of every collection': 180_000,
  'a selection with related records of every collection': 43_000,
  'an aggregate of every collection': 240_000,
  'a join of every collection': 30_000,
}

describe('types of 40 collections with 20 columns', () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-types-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function instantiations(name: string, body: string): number {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        rewriteRelativeImportExtensions: false,
        noUnusedLocals: false,
        types: [],
        paths: {
          espalier: [join(root, 'src/index.ts')],
          'espalier/query': [join(root, 'src/query.ts')],
        },
      },
      include: [`${name}.ts`],
    }
    writeFileSync(join(folder, `${name}.ts`), `${schema}\nvoid [count, eq, gt, sum]\n${body}\nexport {}\n`)
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(config))
    const printed = execFileSync(process.execPath, [tsc, '-p', `${name}.json`, '--extendedDiagnostics'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return Number(/^Instantiations:\s+(\d+)$/m.exec(printed)?.[1])
  }

  test('stay cheap in every use', () => {
    const base = instantiations('base', '')
    const cost = Object.fromEntries(
      Object.entries(queries).map(([use, write], index) => [
        use,
        instantiations(`use${index}`, collections.map(write).join('\n')) - base,
      ]),
    )
    for (const [use, bound] of Object.entries(bounds)) {
      expect(cost[use], `${use}: ${JSON.stringify(cost)}`).toBeGreaterThan(0)
      expect(cost[use], `${use}: ${JSON.stringify(cost)}`).toBeLessThan(bound)
    }
  })
})
