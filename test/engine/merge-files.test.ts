import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository, smallDatabase } from '../support/git-repositories.ts'
import { definition, layoutDatabase } from '../support/layout-database.ts'
import { openOn } from './world.ts'

// Sides that are made with other tools: whatever files they hold.

const host = useGitHost()
let number = 0

type Files = Readonly<Record<string, string | null>>

interface Sides {
  readonly base?: Readonly<Record<string, string>>
  readonly ours: Files
  readonly theirs: Files
}

/** A database on `main`, and `draft` beside it. */
async function diverged({ base, ours, theirs }: Sides): Promise<{ db: Database; bare: string }> {
  const name = `files-${++number}`
  const bare = makeBareRepository(host.path, name, base)
  git(bare, 'branch', 'draft')
  commitElsewhere(bare, ours)
  commitElsewhere(bare, theirs, 'draft')
  const db = await openOn(createMemoryStorage(), `${host.server.url}/${name}.git`, { history: 'full' })
  return { db, bare }
}

async function merged(sides: Sides): Promise<Database> {
  const { db } = await diverged(sides)
  const merge = await db.merge.start('draft')
  expect(merge).toMatchObject({ status: 'merge', conflicts: [], violations: [] })
  expect(await merge.commit()).toMatchObject({ status: 'merged' })
  return db
}

async function textOf(db: Database, path: string): Promise<string | undefined> {
  return (await db.files.read(path))?.text
}

describe('files that are no records', () => {
  test('merge by lines, and conflict with the places where they differ', async () => {
    const lines = ['one', 'two', 'three', 'four', 'five', '']
    const { db } = await diverged({
      base: { ...smallWith({ 'README.md': lines.join('\n'), 'notes.txt': 'a\nb\nc\n' }) },
      ours: { 'README.md': lines.with(0, 'ONE').join('\n'), 'notes.txt': 'a\nours\nc\n' },
      theirs: {
        'README.md': lines.with(4, 'FIVE').join('\n'),
        'notes.txt': 'a\ntheirs\nc\n',
        'new.txt': 'x',
      },
    })
    const merge = await db.merge.start('draft')
    expect(merge.conflicts).toMatchObject([
      {
        kind: 'file',
        file: 'notes.txt',
        base: 'a\nb\nc\n',
        ours: 'a\nours\nc\n',
        theirs: 'a\ntheirs\nc\n',
        parts: ['a', { base: 'b', ours: 'ours', theirs: 'theirs' }, 'c\n'],
      },
    ])
    await merge.resolve(merge.conflicts[0]?.id ?? '', 'both')
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    expect(await textOf(db, 'README.md')).toBe(lines.with(0, 'ONE').with(4, 'FIVE').join('\n'))
    expect(await textOf(db, 'notes.txt')).toBe('a\nours\ntheirs\nc\n')
    expect(await textOf(db, 'new.txt')).toBe('x')
    await db.close()
  })

  test('that one side deleted and the other changed conflict', async () => {
    const { db } = await diverged({
      base: smallWith({ 'a.txt': 'a\n', 'b.txt': 'b\n' }),
      ours: { 'a.txt': null, 'b.txt': 'ours\n' },
      theirs: { 'a.txt': 'theirs\n', 'b.txt': null },
    })
    const merge = await db.merge.start('draft')
    expect(merge.conflicts.map(({ file, ours, theirs }) => [file, ours, theirs])).toEqual([
      ['a.txt', undefined, 'theirs\n'],
      ['b.txt', 'ours\n', undefined],
    ])
    await merge.resolveAll('theirs')
    await merge.commit()
    expect(await textOf(db, 'a.txt')).toBe('theirs\n')
    expect(await textOf(db, 'b.txt')).toBeUndefined()
    await db.close()
  })

  test('conflict where one side has a folder and the other a file of that name', async () => {
    for (const choice of ['ours', 'theirs'] as const) {
      const { db } = await diverged({
        ours: { 'docs/a.txt': 'a', 'docs/b.txt': 'b' },
        theirs: { docs: 'a file', 'other.txt': 'o' },
      })
      const merge = await db.merge.start('draft')
      expect(merge.conflicts).toMatchObject([{ kind: 'file', file: 'docs' }])
      for (const neither of ['base', 'both', 'delete', { value: 'x' }] as const)
        await expect(merge.resolveAll(neither)).rejects.toMatchObject({ code: 'merge/bad-choice' })
      await merge.resolveAll(choice)
      expect(await merge.commit()).toMatchObject({ status: 'merged' })
      expect(await textOf(db, 'other.txt')).toBe('o')
      expect(await textOf(db, choice === 'ours' ? 'docs/a.txt' : 'docs')).toBeDefined()
      expect(await textOf(db, choice === 'ours' ? 'docs' : 'docs/a.txt')).toBeUndefined()
      await db.close()
    }
  })

  test('whose names differ only in case conflict, records too', async () => {
    for (const choice of ['ours', 'theirs'] as const) {
      const { db } = await diverged({
        ours: { 'units/$records/inch.yaml': 'symbol: in\n' },
        theirs: { 'units/$records/Inch.yaml': 'symbol: IN\n' },
      })
      const merge = await db.merge.start('draft')
      expect(merge.conflicts).toMatchObject([{ kind: 'file', file: 'units/$records/Inch.yaml' }])
      await merge.resolveAll(choice)
      expect(await merge.commit()).toMatchObject({ status: 'merged' })
      const keys = (await db.collection('units').all()).map(({ $id }) => $id)
      expect(keys).toEqual(choice === 'ours' ? ['foot', 'inch', 'metre'] : ['Inch', 'foot', 'metre'])
      await db.close()
    }
  })
})

describe('files of records', () => {
  test('keep the comments and the order of our side', async () => {
    const db = await merged({
      ours: { 'units/$records/foot.yaml': '# ours\nfactor: 0.3048 # exactly\nsymbol: "FT"\n' },
      theirs: { 'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.3049 # exactly\n' },
    })
    expect(await textOf(db, 'units/$records/foot.yaml')).toBe(
      '# ours\nfactor: 0.3049 # exactly\nsymbol: "FT"\n',
    )
    await db.close()
  })

  test('that cannot be read are taken whole from a side, never as if they were empty', async () => {
    const { db } = await diverged({
      base: layoutDatabase,
      ours: {
        'settings/app.yaml': 'theme: [\n',
        'statuses/statuses.yaml': 'new: [\n',
        'cities/cities.csv': 'id,name,note\ncork,Corcaigh,\n',
      },
      theirs: {
        'settings/app.yaml': 'theme: light\nsize: 12\n',
        'statuses/statuses.yaml': 'new:\n  title: Newer\n  rank: 1\ndone:\n  title: Done\n  rank: 2\n',
        'cities/cities.csv': 'id,name,note\n"cork,Cork,\n',
      },
    })
    const merge = await db.merge.start('draft')
    expect(merge.conflicts.map(({ kind, collection, file }) => [kind, collection, file])).toEqual([
      ['file', 'cities', 'cities/cities.csv'],
      ['file', 'settings', 'settings/app.yaml'],
      ['file', 'statuses', 'statuses/statuses.yaml'],
    ])
    await merge.resolveAll(({ collection }) => (collection === 'cities' ? 'ours' : 'theirs'))
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    expect(await db.collection('statuses').get('new')).toMatchObject({ title: 'Newer' })
    expect(await db.collection('settings').get('app')).toMatchObject({ theme: 'light' })
    expect(await db.collection('cities').get('cork')).toMatchObject({ name: 'Corcaigh' })
    await db.close()
  })

  test('are taken whole where the definition allows no merge of records', async () => {
    const list = 'log/log.csv'
    const { db } = await diverged({
      base: {
        '.ingitdb/root-collections.yaml': 'log: log\n',
        'log/.collection/definition.yaml': `${definition('log.csv', 'csv', 'list', ['id', 'what'])}conflict_resolution:\n  record_merge:\n    enabled: false\n`,
        [list]: 'id,what\n1,rain\n2,sun\n',
      },
      ours: { [list]: 'id,what\n1,snow\n2,sun\n' },
      theirs: { [list]: 'id,what\n1,rain\n2,hail\n' },
    })
    const { conflicts } = await db.merge.preview('draft')
    expect(conflicts.map(({ kind, file }) => [kind, file])).toEqual([['file', list]])
    await db.close()
  })

  test('whose rows have no key keep what both sides added and removed', async () => {
    const log = 'log/log.csv'
    const db = await merged({
      base: {
        '.ingitdb/root-collections.yaml': 'log: log\n',
        'log/.collection/definition.yaml': definition('log.csv', 'csv', 'list', ['day', 'what']),
        [log]: 'day,what\n1,rain\n2,sun\n',
      },
      ours: { [log]: 'day,what\n1,rain\n2,sun\n3,snow\n' },
      theirs: { [log]: 'day,what\n2,sun\n3,hail\n' },
    })
    expect(await textOf(db, log)).toBe('day,what\n2,sun\n3,snow\n3,hail\n')
    await db.close()
  })

  test('of one parent in two layouts give no key twice', async () => {
    const { db } = await diverged({
      base: layoutDatabase,
      ours: { 'orders/$records/a%2Fb/lines/lines.json': '[\n  { "$ID": "l1", "product": "pen" }\n]\n' },
      theirs: {
        'orders/a%2Fb/lines/lines.json':
          '[\n  { "$ID": "l1", "product": "cup" },\n  { "$ID": "l2", "product": "hat" }\n]\n',
      },
    })
    const merge = await db.merge.start('draft')
    expect(merge.conflicts).toMatchObject([
      { kind: 'add/add', collection: 'orders/lines', key: 'a%2Fb/l1', path: ['product'] },
    ])
    await merge.resolveAll('theirs')
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    const lines = db.collection('orders').record('a/b').collection('lines')
    expect(await lines.problems()).toEqual([])
    expect((await lines.all()).map(({ $id, product }) => [$id, product])).toEqual([
      ['l1', 'cup'],
      ['l2', 'hat'],
    ])
    await db.close()
  })
})

describe('definitions', () => {
  const columns = (names: readonly string[]): string => definition('{key}.yaml', 'yaml', 'single', names)
  const base = {
    '.ingitdb/root-collections.yaml': 'notes: notes\n',
    'notes/.collection/definition.yaml': columns(['title', 'text']),
    'notes/$records/a.yaml': 'title: A\ntext: one\n',
    'notes/$records/b.yaml': 'title: B\ntext: two\n',
  }

  test('merge by their names, and records under the merged ones', async () => {
    const db = await merged({
      base,
      ours: {
        'notes/.collection/definition.yaml': columns(['title', 'text', 'mine']),
        'notes/$records/a.yaml': 'title: A\ntext: one\nmine: 1\n',
      },
      theirs: {
        'notes/.collection/definition.yaml': columns(['title', 'text', 'yours']),
        'notes/$records/a.yaml': 'title: A\ntext: one\nyours: 2\n',
        'more/.collection/definition.yaml': columns(['title']),
        '.ingitdb/root-collections.yaml': 'notes: notes\nmore: more\n',
        'more/$records/m.yaml': 'title: M\n',
      },
    })
    const { collections } = await db.collections()
    expect(collections.map(({ definition: { id } }) => id)).toEqual(['more', 'notes'])
    expect(collections[1]?.definition.columns.map(({ name }) => name).sort()).toEqual([
      'mine',
      'text',
      'title',
      'yours',
    ])
    expect(await db.collection('notes').get('a')).toMatchObject({ mine: 1, yours: 2 })
    expect(await db.collection('more').get('m')).toMatchObject({ title: 'M' })
    await db.close()
  })

  test('that both changed differently conflict, and decide which records are right', async () => {
    const { db } = await diverged({
      base,
      ours: {
        'notes/.collection/definition.yaml': columns(['title', 'text']).replace(
          'text:\n    type: any',
          'text:\n    type: string',
        ),
      },
      theirs: {
        'notes/.collection/definition.yaml': columns(['title', 'text']).replace(
          'text:\n    type: any',
          'text:\n    type: int',
        ),
        'notes/$records/a.yaml': 'title: A\ntext: 5\n',
      },
    })
    const merge = await db.merge.start('draft')
    expect(merge.conflicts).toMatchObject([
      { kind: 'schema', path: ['columns', 'text', 'type'], ours: 'string', theirs: 'int' },
    ])
    await merge.resolveAll('ours')
    expect(merge.violations).toMatchObject([{ code: 'validation/type', key: 'a', severity: 'error' }])
    expect(await merge.commit()).toMatchObject({ status: 'unresolved', conflicts: [] })
    await merge.resolve(merge.conflicts[0]?.id ?? '', 'theirs')
    expect(merge.violations).toEqual([])
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    await db.close()
  })

  test('that move records to another layout take the edits of the other side along, in both directions', async () => {
    const moved = {
      'notes/.collection/definition.yaml': definition('notes.json', 'json', 'list', ['$ID', 'title', 'text']),
      'notes/$records/a.yaml': null,
      'notes/$records/b.yaml': null,
      'notes/notes.json':
        '[\n  { "$ID": "a", "title": "A", "text": "one" },\n  { "$ID": "b", "title": "B", "text": "two" }\n]\n',
    }
    const edited = {
      'notes/$records/a.yaml': 'title: A\ntext: edited\n',
      'notes/$records/b.yaml': null,
      'notes/$records/c.yaml': 'title: C\ntext: new\n',
    }
    for (const [ours, theirs] of [
      [edited, moved],
      [moved, edited],
    ] as const) {
      const db = await merged({ base, ours, theirs })
      const rows = await db.collection('notes').all()
      expect(rows.map(({ $id, title, text }) => [$id, title, text])).toEqual([
        ['a', 'A', 'edited'],
        ['c', 'C', 'new'],
      ])
      expect(await textOf(db, 'notes/$records/a.yaml')).toBeUndefined()
      expect(await textOf(db, 'notes/$records/c.yaml')).toBeUndefined()
      expect((await db.validate()).issues).toEqual([])
      await db.close()
    }
  })
})

test('histories that have no commit in common are merged when that is wanted', async () => {
  const note = definition('{key}.yaml', 'yaml', 'single', ['title', 'text'])
  const { db, bare } = await diverged({
    base: {
      '.ingitdb/root-collections.yaml': 'notes: notes\n',
      'notes/.collection/definition.yaml': note,
      'notes/$records/a.yaml': 'title: A\ntext: one\n',
      'notes/$records/b.yaml': 'title: B\n',
    },
    ours: { 'README.md': 'Ours\n' },
    theirs: { 'README.md': 'Theirs\n' },
  })
  const other = makeBareRepository(host.path, `unrelated-${++number}`, {
    '.ingitdb/root-collections.yaml': 'notes: notes\nmore: more\n',
    'notes/.collection/definition.yaml': note,
    'more/.collection/definition.yaml': note,
    'notes/$records/a.yaml': 'title: A\ntext: two\n',
    'notes/$records/b.yaml': 'title: B\n',
    'notes/$records/c.yaml': 'title: C\n',
    'more/$records/m.yaml': 'title: M\n',
  })
  git(bare, 'fetch', '-q', other, 'main:other')
  await db.pull()
  expect(await db.merge.preview('origin/other')).toMatchObject({ status: 'unrelated', bases: [] })
  const merge = await db.merge.start('origin/other', { allowUnrelated: true })
  expect(merge).toMatchObject({ status: 'merge', bases: [], violations: [] })
  expect(merge.conflicts).toMatchObject([
    { kind: 'add/add', collection: 'notes', key: 'a', path: ['text'], ours: 'one', theirs: 'two' },
  ])
  await merge.resolveAll('theirs')
  expect(await merge.commit()).toMatchObject({ status: 'merged' })
  expect((await db.collection('notes').all()).map(({ $id, text }) => [$id, text])).toEqual([
    ['a', 'two'],
    ['b', undefined],
    ['c', undefined],
  ])
  expect(await db.collection('more').get('m')).toMatchObject({ title: 'M' })
  expect(await textOf(db, 'README.md')).toBe('Ours\n')
  await db.close()
})

describe('violations', () => {
  const base = {
    '.ingitdb/root-collections.yaml': 'authors: authors\nbooks: books\n',
    'authors/.collection/definition.yaml': definition('{key}.json', 'json', 'single', ['name']),
    'books/.collection/definition.yaml':
      'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\n' +
      'columns:\n  title:\n    type: string\n    max_length: 20\n  author:\n    type: string\n    foreign_key: authors\n',
    'authors/$records/ada.json': '{ "name": "Ada" }\n',
    'authors/$records/eve.json': '{ "name": "Eve" }\n',
    'books/$records/b1.json': '{ "title": "One", "author": "ada" }\n',
  }
  const child = { 'books/$records/b2.json': '{ "title": "Two", "author": "eve" }\n' }
  const gone = { 'authors/$records/eve.json': null }

  test('are references from new records to deleted ones, whichever side did which', async () => {
    for (const [ours, theirs] of [
      [child, gone],
      [gone, child],
    ] as const) {
      const { db } = await diverged({ base, ours, theirs })
      const merge = await db.merge.start('draft')
      expect(merge.conflicts).toEqual([])
      expect(merge.violations).toMatchObject([{ severity: 'error', collection: 'books', key: 'b2' }])
      expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
      expect((await db.status()).commit).toBe(merge.ours)
      // Whoever repairs their own side goes on with the merge.
      if (ours === child) {
        await db.collection('books').update('b2', { author: 'ada' })
        await db.commit({ message: 'Another author' })
        expect(await merge.commit()).toMatchObject({ status: 'merged' })
      }
      await db.close()
    }
  })

  test('that theirs has already are warnings', async () => {
    const { db } = await diverged({
      base,
      ours: { 'authors/$records/bob.json': '{ "name": "Bob" }\n' },
      theirs: { 'books/$records/b3.json': '{ "title": "Three", "author": "nobody" }\n' },
    })
    const merge = await db.merge.start('draft')
    expect(merge.violations).toMatchObject([{ severity: 'warning', key: 'b3' }])
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    await db.close()
  })
})

function smallWith(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...layoutDatabase, ...files }
}

test('a collection that one side deleted while the other added a record to it is asked for', async () => {
  const deleted: Files = {
    '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\n',
    'units/.collection/definition.yaml': null,
    'units/$records/foot.yaml': null,
    'units/$records/metre.yaml': null,
  }
  const added = { 'units/$records/inch.yaml': 'symbol: in\n' }
  for (const choice of ['ours', 'theirs', 'delete'] as const) {
    const { db } = await diverged({ ours: deleted, theirs: added })
    const merge = await db.merge.start('draft')
    expect(merge.violations).toEqual([])
    expect(merge.conflicts).toMatchObject([
      {
        collection: 'units',
        file: 'units/.collection/definition.yaml',
        kind: 'schema',
        path: [],
        base: { record_file: { format: 'yaml' } },
        ours: undefined,
        theirs: { record_file: { format: 'yaml' } },
        blocking: true,
      },
    ])
    expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
    for (const neither of ['base', 'both', { value: 'x' }] as const)
      await expect(merge.resolveAll(neither)).rejects.toMatchObject({ code: 'merge/bad-choice' })
    await merge.resolveAll(choice)
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    const ids = (await db.collections()).collections.map(({ definition: { id } }) => id)
    expect(ids).toEqual(choice === 'theirs' ? ['geo.countries', 'units'] : ['geo.countries'])
    if (choice === 'theirs')
      expect((await db.collection('units').all()).map(({ $id }) => $id)).toEqual(['foot', 'inch', 'metre'])
    else expect(await textOf(db, 'units/$records/inch.yaml')).toBeUndefined()
    await db.close()
  }
})

test('numbers that JavaScript cannot hold are merged to the digit', async () => {
  const ie = (name: string, population: string): Files => ({
    'geo/countries/$records/ie.json': `{\n  "name": "${name}",\n  "population": ${population}\n}\n`,
  })
  const base = { ...smallDatabase, ...ie('Ireland', '9007199254740992') } as Record<string, string>
  const clean = await merged({
    base,
    ours: ie('Eire', '9007199254740992'),
    theirs: ie('Ireland', '9007199254740993'),
  })
  const path = 'geo/countries/$records/ie.json'
  expect(await textOf(clean, path)).toBe(ie('Eire', '9007199254740993')[path])
  await clean.close()

  const { db } = await diverged({
    base: { ...base, ...ie('Ireland', '1') } as Record<string, string>,
    ours: ie('Ireland', '9007199254740992'),
    theirs: ie('Ireland', '9007199254740993'),
  })
  const merge = await db.merge.start('draft')
  expect(merge.conflicts).toMatchObject([
    {
      path: ['population'],
      kind: 'edit/edit',
      base: 1,
      ours: '9007199254740992',
      theirs: '9007199254740993',
    },
  ])
  await merge.resolveAll('theirs')
  expect(await merge.commit()).toMatchObject({ status: 'merged' })
  expect(await textOf(db, path)).toBe(ie('Ireland', '9007199254740993')[path])
  await db.close()
})

test('a record of a subcollection is never left without its parent unseen', async () => {
  const o1 = Object.fromEntries(
    Object.keys(layoutDatabase)
      .filter((path) => path.startsWith('orders/$records/o1'))
      .map((path) => [path, null]),
  )
  const note = { 'orders/$records/o1/notes/$records/n9.yaml': 'text: nine\n' }
  for (const [ours, theirs] of [
    [o1, note],
    [note, o1],
  ] as const) {
    const { db } = await diverged({ base: layoutDatabase, ours, theirs })
    const merge = await db.merge.start('draft')
    expect(merge.conflicts).toEqual([])
    expect(merge.violations).toMatchObject([
      {
        code: 'validation/parent-missing',
        severity: 'error',
        collection: 'orders/notes',
        key: 'o1/n9',
        file: 'orders/$records/o1/notes/$records/n9.yaml',
      },
    ])
    expect(await merge.commit()).toMatchObject({ status: 'unresolved' })
    await db.close()
  }
})

test('a parent that one side gave another key takes along only what is told', async () => {
  const { db } = await diverged({
    base: layoutDatabase,
    ours: {
      'orders/$records/o2.yaml': null,
      'orders/$records/o3.yaml': 'customer: grace\n',
      'orders/o2/lines/lines.json': null,
      'orders/o3/lines/lines.json': layoutDatabase['orders/o2/lines/lines.json'] ?? '',
      'orders/o2/notes/$records/n1.yaml': null,
      'orders/o3/notes/$records/n1.yaml': 'text: elsewhere\n',
    },
    theirs: {
      'orders/o2/notes/$records/n1.yaml': 'text: edited\n',
      'orders/o2/notes/$records/n2.yaml': 'text: added\n',
    },
  })
  const merge = await db.merge.start('draft')
  expect(merge.conflicts).toMatchObject([{ kind: 'delete/edit', collection: 'orders/notes', key: 'o2/n1' }])
  await merge.resolveAll('theirs')
  expect(merge.violations.map(({ code, key }) => [code, key]).toSorted()).toEqual([
    ['validation/parent-missing', 'o2/n1'],
    ['validation/parent-missing', 'o2/n2'],
  ])
  await db.close()
})

test('a commit with digits that JavaScript does not hold is carried whole, or not at all', async () => {
  const path = 'geo/countries/$records/ie.json'
  const ie = (name: string, n: string): Files => ({
    [path]: `{\n  "name": "${name}",\n  "population": ${n}\n}\n`,
  })
  const base = { ...smallDatabase, ...ie('Ireland', '9007199254740992') } as Record<string, string>
  const { db } = await diverged({
    base,
    ours: { 'new.txt': 'x' },
    theirs: ie('Ireland', '9007199254740993'),
  })
  const told = { status: 'conflicts', conflicts: [{ key: 'ie', reason: 'unreadable' }] }
  expect(await db.cherryPick('draft')).toMatchObject(told)
  expect(await db.cherryPick('draft', { whole: true })).toMatchObject({ status: 'committed' })
  expect(await textOf(db, path)).toBe(ie('Ireland', '9007199254740993')[path])
  expect(await db.revert('HEAD')).toMatchObject(told)
  expect(await db.restore({ from: 'HEAD~1', collections: ['geo.countries'] })).toMatchObject(told)
  expect(await db.restore({ from: 'HEAD~1', collections: ['units'] })).toMatchObject({ status: 'unchanged' })
  await db.close()

  // A number that stays as it is does not stand in the way.
  const other = await diverged({
    base,
    ours: { 'new.txt': 'x' },
    theirs: ie('Eire', '9007199254740992'),
  })
  expect(await other.db.cherryPick('draft')).toMatchObject({ status: 'applied' })
  await other.db.commit({ message: 'Rename it' })
  expect(await textOf(other.db, path)).toBe(ie('Eire', '9007199254740992')[path])
  await other.db.close()
})
