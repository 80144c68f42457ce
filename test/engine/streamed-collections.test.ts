import { afterEach, describe, expect, test } from 'vitest'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { eq } from '../../src/query.ts'
import type { OpenWhere } from '../../src/types/filter-types.ts'
import { openOver, type OpenOptions } from '../../src/open.ts'
import { createEngine } from '../../worker/engine/engine.ts'
import type { Platform } from '../../worker/engine/platform/platform.ts'
import type { StreamedRows } from '../../worker/engine/queries/streamed-table.ts'
import { createParts } from '../../worker/engine/platform/plugins.ts'
import { extras } from '../../worker/extras.ts'
import { givenExtras } from '../../worker/format/extras.ts'
import { createNodeTabs, type NodeTabs } from '../../worker/node-engine.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { author, createRandom, unlisted, until } from './world.ts'

const size = 300
const key = (n: number): string => `note-${String(n).padStart(3, '0')}`
const files: Record<string, string> = {
  '.ingitdb/root-collections.yaml': 'notes: notes\nkinds: kinds\n',
  'notes/.collection/definition.yaml':
    'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: map[string]any\ncolumns:\n' +
    '  n:\n    type: int\n  gone:\n    type: string\n  kind:\n    type: string\n    foreign_key: kinds\n',
  'kinds/.collection/definition.yaml':
    'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: map[string]any\ncolumns:\n  title:\n    type: string\n',
}
for (let n = 0; n < size; n++) files[`notes/$records/${key(n)}.yaml`] = `n: ${n}\nkind: k${n % 7}\n`
for (let k = 0; k < 7; k++) files[`kinds/$records/k${k}.yaml`] = `title: Kind ${k}\n`

/** The same, with references from small to large, among the large, and in lists. */
const related: Record<string, string> = {
  'notes/.collection/definition.yaml': `${files['notes/.collection/definition.yaml']}  next:\n    type: string\n    foreign_key: notes\n  kinds:\n    type: "[]string"\n    foreign_key: kinds\n`,
  'kinds/.collection/definition.yaml': `${files['kinds/.collection/definition.yaml']}  best:\n    type: string\n    foreign_key: notes\n`,
}
for (let n = 0; n < size; n++)
  related[`notes/$records/${key(n)}.yaml`] =
    `n: ${n}\nkind: k${n % 7}\nnext: ${key(n + 1)}\nkinds: [k${n % 7}]\n`
for (let k = 0; k < 7; k++) related[`kinds/$records/k${k}.yaml`] = `title: Kind ${k}\nbest: ${key(k * 10)}\n`

const inOneFile: Record<string, string> = {
  '.ingitdb/root-collections.yaml': 'notes: notes\nkinds: kinds\nlist: list\n',
  'list/.collection/definition.yaml':
    'record_file:\n  name: list.yaml\n  format: yaml\n  type: map[$record_id]map[$field_name]any\ncolumns:\n  n:\n    type: int\n',
  'list/list.yaml': Array.from({ length: size }, (_, n) => `${key(n)}:\n  n: ${n}\n`).join(''),
}

/** How many record files were parsed, of which collection. */
const parsed = new Map<string, number>()
const reads = (collection = 'notes'): number => parsed.get(collection) ?? 0

/** The most rows that a query has held of a collection that it read in passing. */
let mostHeld = 0
const countHeld =
  (make: StreamedRows): StreamedRows =>
  () => {
    const made = make()
    if (!made) return undefined
    mostHeld = Math.max(mostHeld, made.held)
    const { more } = made
    return more ? { ...made, more: () => more()?.then(countHeld) } : made
  }

const countingExtras: typeof extras = {
  ...extras,
  streamTable: async (...given) => countHeld(await extras.streamTable(...given)),
  recordSetCodec: (definition, options) => {
    const codec = extras.recordSetCodec(definition, options)
    return (
      codec && {
        ...codec,
        parse: (bytes) => {
          parsed.set(definition.id, reads(definition.id) + 1)
          return codec.parse(bytes)
        },
      }
    )
  },
  recordCodec: (definition, options) => {
    const codec = extras.recordCodec(definition, options)
    const count = (more: number): void => {
      parsed.set(definition.id, reads(definition.id) + more)
    }
    return (
      codec && {
        ...codec,
        parse: (bytes) => {
          count(1)
          return codec.parse(bytes)
        },
        parseMany: (many) => {
          count(many.length)
          return codec.parseMany(many)
        },
      }
    )
  },
}

const host = useGitHost()
const opened: Database[] = []

afterEach(async () => {
  for (const db of opened.splice(0)) await db.close()
})

const newUrl = (more: Record<string, string> = {}): string => host.make('streamed', { ...files, ...more }).url

interface LargeOptions {
  readonly url?: string
  readonly disk?: MemoryDisk
  readonly tabs?: NodeTabs
  /** Of `open()`. */
  readonly more?: OpenOptions
}

async function openLarge({
  url = newUrl(),
  disk = createMemoryDisk(),
  tabs = createNodeTabs(),
  more,
}: LargeOptions = {}): Promise<Database> {
  const platform: Platform = {
    ...tabs,
    ...unlisted,
    environment: 'node',
    hasStorage: async () => disk.segments.size > 0,
    openStorage: async () => createMemoryStorage(disk),
    persisted: async () => null,
    whenIdle: () => () => {},
    after: () => () => {},
  }
  const engine = createEngine(platform, createParts(givenExtras(countingExtras)))
  const options: OpenOptions = { author, maxRecordsInMemory: 100, ...more }
  const db: Database = await openOver(connectInProcess(engine), url, options)
  opened.push(db)
  return db
}

/** The record files of `notes` that work parses, and the rows of them that it holds. */
async function costOf(work: () => PromiseLike<unknown>): Promise<{ files: number; rows: number }> {
  mostHeld = 0
  return { files: await readsOf(work), rows: mostHeld }
}

/** The record files of `notes` that work parses. */
async function readsOf(work: () => PromiseLike<unknown>): Promise<number> {
  const before = reads()
  await work()
  return reads() - before
}

describe('of a collection that stays on disk', () => {
  test('single records are read from their files alone', async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    expect(await readsOf(async () => expect(await notes.get(key(7))).toMatchObject({ n: 7 }))).toBe(1)
    expect(await readsOf(() => notes.get('none'))).toBe(0)
    expect(await readsOf(() => notes.getMany([key(1), 'none', key(2), key(3)]))).toBe(3)
    expect(await readsOf(() => Promise.all([notes.get(key(4)), notes.get(key(5))]))).toBe(2)
    expect(
      await readsOf(async () => {
        expect([await notes.exists(key(8)), await notes.exists('none')]).toEqual([true, false])
      }),
    ).toBe(1)
    expect(await readsOf(() => notes.update(key(9), { n: -9 }))).toBeLessThanOrEqual(2)
    expect(await readsOf(() => notes.get(key(9)))).toBe(0)
  })

  test('a query that names keys reads the files of these', async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    await notes.update(key(2), { n: 1000 })
    const found = async (where: OpenWhere): Promise<readonly string[]> =>
      (await notes.find({ where })).map(({ $id }) => $id)
    expect(
      await readsOf(async () => {
        const keys = [key(5), key(2), 'none', '', '../x', key(5)]
        expect(await found({ $id: { in: keys } })).toEqual([key(2), key(5)])
      }),
    ).toBeLessThan(10)
    expect(await readsOf(async () => expect(await found({ $id: key(3), n: { lt: 3 } })).toEqual([]))).toBe(1)
    expect(
      await readsOf(() =>
        db.query((q) =>
          q
            .from({ k: 'kinds' })
            .join({ n: 'notes' }, ({ k, n }) => eq(n['kind'] as never, k['$id'] as never))
            .where(({ n }) => eq(n['$id'] as never, key(3)))
            .select(({ k, n }) => ({ title: k['title'] as never, n: n['n'] as never })),
        ),
      ),
    ).toBe(1)
  })

  test('records are counted without reading them, where no condition needs them', async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    await notes.delete(key(0))
    await notes.insertMany([
      { $id: 'more', n: 1 },
      { $id: 'most', n: 2 },
    ] as never)
    const counts: unknown[] = []
    expect(
      await readsOf(async () => {
        counts.push(await notes.count(), await notes.aggregate({ count: true }))
        counts.push(await notes.count({ where: { $id: { startsWith: 'note-01' } } }))
        counts.push(await db.collections().then(({ collections }) => collections.map(({ count }) => count)))
      }),
    ).toBe(0)
    expect(counts).toEqual([301, { count: 301 }, 10, [7, 301]])
    expect(await readsOf(() => notes.count({ where: { n: { gt: 5 } } }))).toBe(size)
  })

  test('all records are handed out, and nothing of them is kept', async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    expect(await notes.all()).toHaveLength(size)
    expect(await readsOf(() => notes.all())).toBe(size)
    expect(await readsOf(() => notes.get(key(1)))).toBe(1)
    expect(await readsOf(() => db.validate())).toBe(size)
    expect(await readsOf(() => notes.get(key(1)))).toBe(1)
    // A smaller one is.
    const before = reads('kinds')
    await db.collection('kinds').all()
    await db.collection('kinds').all()
    expect(reads('kinds') - before).toBeLessThanOrEqual(7)
  })

  test('included records are read by their keys, or kept as far as they are shown', async () => {
    const db = await openLarge({ url: newUrl(related) })
    const notes = db.collection('notes')
    const kinds = db.collection('kinds')
    // Of a small collection the keys of a large one: these files, and no others.
    expect(
      await costOf(async () => {
        const rows = await kinds.find({ include: { best: true } })
        expect(rows.map((row) => (row['best'] as unknown as { n: number } | null)?.n)).toEqual([
          0, 10, 20, 30, 40, 50, 60,
        ])
      }),
    ).toEqual({ files: 7, rows: 7 })
    // One that is edited, deleted or new counts as it is now.
    await notes.update(key(10), { n: -10 })
    await kinds.update('k2', { best: key(11) })
    expect(
      await costOf(async () => {
        const rows = await kinds.find({ include: { best: true }, where: { $id: { lte: 'k2' } } })
        expect(rows.map((row) => (row['best'] as unknown as { n: number }).n)).toEqual([0, -10, 11])
      }),
    ).toEqual({ files: 3, rows: 3 })
    await db.discard()
    // The other way all files pass by; what stays is shown, a bounded number for each.
    const newest = { collection: 'notes', column: 'kind', orderBy: { n: 'desc' }, limit: 2 } as never
    const few = await costOf(async () => {
      const rows = await kinds.find({ where: { $id: 'k3' }, include: { newest } })
      expect(rows[0]?.['newest']).toMatchObject([{ n: 297 }, { n: 290 }])
    })
    expect(few).toEqual({ files: size, rows: 43 })
    // Lists of keys, in both directions, and what is included there.
    const listing = { collection: 'notes', column: 'kinds', orderBy: 'n' } as never
    const nested = await costOf(async () => {
      const [kind] = await kinds.find({
        where: { $id: 'k6' },
        include: { best: { include: { kinds: true } } as never, listing },
      })
      expect(kind?.['best']).toMatchObject({ kinds: [{ title: 'Kind 4' }] })
      expect(kind?.['listing']).toHaveLength(42)
    })
    expect(nested).toEqual({ files: size + 1, rows: 42 })
    // Both large, with a limit: the first rows only.
    const both = await costOf(async () => {
      const rows = await notes.find({ orderBy: { n: 'desc' }, limit: 3, include: { next: true } })
      expect(rows.map((row) => (row['next'] as unknown as { n: number } | null)?.n)).toEqual([
        undefined,
        299,
        298,
      ])
    })
    expect(both.rows).toBeLessThan(200)
    expect(both.files).toBe(size + 2)
  })

  test('joined records are kept as far as something joins them', async () => {
    const db = await openLarge()
    const cost = await costOf(async () => {
      const rows = await db.query((q) =>
        q
          .from({ k: 'kinds' })
          .join({ n: 'notes' }, ({ k, n }) => eq(n['kind'] as never, k['$id'] as never))
          .where(({ k }) => eq(k['title'] as never, 'Kind 5'))
          .select(({ n }) => ({ n: n['n'] as never })),
      )
      expect(rows).toHaveLength(43)
    })
    expect(cost).toEqual({ files: size, rows: 43 })
  })

  test('pages and groups keep no more than they show', async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    const options = { orderBy: { n: 'desc' }, limit: 5 } as const
    const first = await notes.find(options).page()
    const cost = await costOf(async () => {
      const second = await notes.find({ ...options, after: first.next ?? '' }).page()
      expect(second.rows.map(({ n }) => n)).toEqual([294, 293, 292, 291, 290])
      const back = await notes.find({ ...options, before: second.previous ?? '' }).page()
      expect(back.rows).toEqual(first.rows)
    })
    expect(cost.files).toBe(2 * size)
    expect(cost.rows).toBeLessThan(200)
    await notes.update(key(0), { kind: 'k1' })
    await notes.delete(key(2))
    const groups = await costOf(async () => {
      const found = await notes.aggregate({
        groupBy: 'kind',
        count: true,
        max: 'n',
        where: { n: { lt: 70 } },
      } as never)
      expect(found).toMatchObject([
        { kind: 'k0', count: 9, max: 63 },
        { kind: 'k1', count: 11, max: 64 },
        { kind: 'k2', count: 9, max: 65 },
        { kind: 'k3', count: 10, max: 66 },
        { kind: 'k4', count: 10, max: 67 },
        { kind: 'k5', count: 10, max: 68 },
        { kind: 'k6', count: 10, max: 69 },
      ])
    })
    expect(groups).toEqual({ files: size, rows: 0 })
  })

  test('in one file is read for each query, and let go after it', async () => {
    const db = await openLarge({ url: newUrl(inOneFile) })
    const notes = db.collection('list')
    const both = async (): Promise<unknown> => [
      await notes.find({ where: { n: { gte: 298 } } }),
      await notes.find({ where: { $id: key(5) } }),
      await notes.count(),
    ]
    const found = await both()
    expect(found).toMatchObject([[{ n: 298 }, { n: 299 }], [{ n: 5 }], size])
    const before = reads('list')
    expect(await both()).toEqual(found)
    expect(reads('list') - before).toBe(2)
    await notes.update(key(299), { n: 0 })
    await notes.insert({ $id: 'new', n: 400 })
    expect(await notes.find({ where: { n: { gte: 298 } } })).toMatchObject([{ $id: 'new' }, { n: 298 }])
    await db.commit({ message: 'Change the list' })
    expect(await notes.find({ where: { n: { gte: 298 } } })).toMatchObject([{ $id: 'new' }, { n: 298 }])
    expect(await notes.get(key(299))).toMatchObject({ n: 0 })
    expect(await notes.all()).toHaveLength(size + 1)
    expect((await db.validate()).issues).toEqual([])
  })

  test('softly deleted records are not counted, and none is kept to know it', async () => {
    const db = await openLarge({
      more: { collections: { notes: { softDelete: { field: 'gone' } } } } as never,
    })
    const notes = db.collection('notes')
    await notes.delete(key(0))
    expect(await notes.count()).toBe(size - 1)
    await db.commit({ message: 'One less' })
    expect(await costOf(async () => expect(await notes.count()).toBe(size - 1))).toEqual({
      files: size,
      rows: 0,
    })
    expect(await db.collection('kinds').count()).toBe(7)
  })

  test('rules about references hold, and the references are looked up once for each commit', async () => {
    const db = await openLarge()
    await expect(db.collection('kinds').delete('k1')).rejects.toMatchObject({ code: 'record/referenced' })
    expect(
      await readsOf(async () => {
        await expect(db.collection('kinds').delete('k2')).rejects.toMatchObject({ code: 'record/referenced' })
      }),
    ).toBe(0)
    await db.collection('kinds').insert({ $id: 'k9', title: 'Unused' })
    expect(await readsOf(() => db.collection('kinds').delete('k9'))).toBe(0)
  })
})

describe('a live query of a collection that stays on disk', () => {
  interface Seen {
    rows: readonly unknown[]
    emissions: number
  }
  const show = ({ $id, $status = 'clean', n }: Record<string, unknown>): string =>
    `${String($id)} ${String(n)} ${String($status)}`
  const watch = (db: Database, options: object): Seen => {
    const seen: Seen = { rows: [], emissions: 0 }
    db.collection('notes')
      .find(options)
      .subscribe(({ rows }) => {
        seen.rows = rows.map(show)
        seen.emissions++
      })
    return seen
  }
  const equals = async (db: Database, options: object, seen: Seen, what: string): Promise<void> => {
    let fresh: readonly unknown[] = []
    try {
      await until(what, async () => {
        fresh = (await db.collection('notes').find(options)).map(show)
        return JSON.stringify(seen.rows) === JSON.stringify(fresh)
      })
    } catch {
      expect(seen.rows, what).toEqual(fresh)
    }
  }

  test('follows what changes by reading that alone: writes, undo, commits, discards, pulls', async () => {
    const url = newUrl()
    const db = await openLarge({ url })
    const other = await openLarge({ url })
    const notes = db.collection('notes')
    const seen = watch(db, { where: { n: { gte: 297 } }, orderBy: 'n' })
    const shows = (...rows: string[]): Promise<void> =>
      until(rows.join(), () => JSON.stringify(seen.rows) === JSON.stringify(rows))
    const last = [297, 298, 299].map((n) => `${key(n)} ${n} clean`)
    await shows(...last)
    const before = reads()
    await notes.update(key(1), { n: 500 })
    await shows(...last, `${key(1)} 500 modified`)
    await notes.insert({ $id: 'new', n: 400 } as never)
    await shows(...last, 'new 400 added', `${key(1)} 500 modified`)
    await db.undo()
    await shows(...last, `${key(1)} 500 modified`)
    await notes.delete(key(298))
    await shows(`${key(297)} 297 clean`, `${key(299)} 299 clean`, `${key(1)} 500 modified`)
    await db.commit({ message: 'Change notes' })
    await shows(`${key(297)} 297 clean`, `${key(299)} 299 clean`, `${key(1)} 500 clean`)
    await notes.update(key(299), { n: 0 })
    await shows(`${key(297)} 297 clean`, `${key(1)} 500 clean`)
    await db.discard()
    await shows(`${key(297)} 297 clean`, `${key(299)} 299 clean`, `${key(1)} 500 clean`)
    // What does not matter is not heard of.
    const { emissions } = seen
    await notes.update(key(5), { n: 6 })
    await db.collection('kinds').update('k1', { title: 'Other' })
    await db.commit({ message: 'Change others' })
    await db.push()
    await other.pull()
    await other.collection('notes').update(key(3), { n: 300 })
    await other.commit({ message: 'Change from elsewhere' })
    await other.push()
    expect(seen.emissions).toBe(emissions)
    await db.pull()
    await shows(
      `${key(297)} 297 clean`,
      `${key(299)} 299 clean`,
      `${key(3)} 300 clean`,
      `${key(1)} 500 clean`,
    )
    expect(reads() - before).toBeLessThan(60)
  })

  test('hears of other tabs', async () => {
    const url = newUrl()
    const disk = createMemoryDisk()
    const tabs = createNodeTabs()
    const db = await openLarge({ url, disk, tabs })
    const other = await openLarge({ url, disk, tabs })
    const seen = watch(db, { where: { n: { gte: 299 } } })
    await until('first', () => seen.emissions === 1)
    const before = reads()
    await other.collection('notes').update(key(1), { n: 600 })
    await until('write', () => seen.rows.length === 2)
    await other.commit({ message: 'From the other tab' })
    await until('commit', () => seen.rows.includes(`${key(1)} 600 clean`))
    expect(reads() - before).toBeLessThan(20)
  })

  test('with a limit keeps the rows right behind it too, and reads again when they run out', async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    const options = { orderBy: 'n', limit: 3 }
    const seen = watch(db, options)
    await until('first', () => seen.emissions === 1)
    const quiet = await readsOf(async () => {
      for (let n = 0; n < 10; n++) await notes.update(key(n), { n: 1000 })
      await until('rows move up', () => seen.rows[0] === `${key(10)} 10 clean`)
    })
    expect(quiet).toBeLessThan(30)
    const again = await readsOf(async () => {
      for (let n = 10; n < 40; n++) await notes.update(key(n), { n: 1000 })
      await until('rows move up', () => seen.rows[0] === `${key(40)} 40 clean`)
    })
    expect(again).toBeGreaterThanOrEqual(size)
    await equals(db, options, seen, 'at the end')
  })

  test('of groups reads again, and shows every write', async () => {
    const db = await openLarge()
    const seen: unknown[] = []
    db.collection('notes')
      .aggregate({ groupBy: 'kind', count: true, orderBy: 'kind' } as never)
      .subscribe(({ rows }) => seen.push(rows))
    const counts: number[] = []
    db.collection('notes')
      .count()
      .subscribe(({ rows }) => counts.push(Number(rows[0])))
    await until('first', () => seen.length === 1 && counts.length === 1)
    await db.collection('notes').delete(key(7))
    await until('second', () => seen.length === 2 && counts.length === 2)
    expect(seen[1]).toContainEqual(expect.objectContaining({ kind: 'k0', count: 42 }))
    expect(counts).toEqual([300, 299])
  })

  test('goes on when the collection becomes small enough for memory, and large again', async () => {
    const db = await openLarge({ more: { maxRecordsInMemory: 295 } })
    const notes = db.collection('notes')
    const options = { where: { n: { gte: 290 } }, orderBy: 'n' }
    const seen = watch(db, options)
    await until('first', () => seen.emissions === 1)
    await notes.deleteMany(Array.from({ length: 10 }, (_, n) => key(n)))
    await db.commit({ message: 'Smaller' })
    // This query reads it into memory.
    expect(await notes.count({ where: { n: { gte: 0 } } })).toBe(290)
    await notes.update(key(20), { n: 700 })
    await equals(db, options, seen, 'in memory')
    await notes.insertMany(Array.from({ length: 10 }, (_, n) => ({ $id: `more-${n}`, n: 800 + n })) as never)
    await db.commit({ message: 'Larger' })
    await equals(db, options, seen, 'large again')
  })

  test('ends with an error when its collection goes', async () => {
    const db = await openLarge()
    const errors: unknown[] = []
    db.collection('notes')
      .find({ where: { n: 1 } })
      .subscribe(
        () => {},
        (error) => errors.push(error),
      )
    await until('first', async () => (await db.collection('notes').count({ where: { n: 1 } })) === 1)
    await db.schema.apply([{ kind: 'drop-collection', collection: 'notes' }], { message: 'No notes' })
    await until('error', () => errors.length === 1)
    expect(errors[0]).toMatchObject({ code: 'record/collection-missing' })
  })

  const seed = 11
  test(`equals a fresh query after random writes, whatever comes between (seed ${seed})`, async () => {
    const db = await openLarge()
    const notes = db.collection('notes')
    const random = createRandom(seed)
    const some = (): string => key(Math.floor(random() * size))
    const queries = [
      { where: { n: { gte: 150 } }, orderBy: { n: 'desc' } },
      { orderBy: 'n', limit: 4 },
      { where: { kind: 'k3' }, orderBy: { n: 'desc' }, limit: 5, offset: 3 },
      { where: { $id: { in: [key(1), key(2), key(3)] } } },
    ]
    const watched = queries.map((options) => ({ options, seen: watch(db, options) }))
    await until('first', () => watched.every(({ seen }) => seen.emissions > 0))
    const steps: readonly (() => Promise<unknown>)[] = [
      () =>
        notes.upsert({
          $id: some(),
          n: Math.floor(random() * 400),
          kind: `k${Math.floor(random() * 7)}`,
        } as never),
      () => notes.upsert({ $id: some(), n: Math.floor(random() * 400), kind: 'k3' } as never),
      () => notes.deleteMany([some(), some()]).catch(() => {}),
      () => db.undo(),
      () => db.commit({ message: 'step' }).catch(() => {}),
      () => db.discard(),
      () => notes.updateMany([some(), some()].map((one) => ({ key: one, patch: { n: 0 } }))).catch(() => {}),
    ]
    for (let round = 0; round < 40; round++) {
      const step = steps[Math.floor(random() * steps.length)]
      await step?.()
      if (round % 8 !== 7) continue
      for (const { options, seen } of watched)
        await equals(db, options, seen, `${round} ${JSON.stringify(options)}`)
    }
  })
})
