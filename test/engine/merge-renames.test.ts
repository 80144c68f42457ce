import { beforeAll, describe, expect, test } from 'vitest'
import { definition } from '../support/layout-database.ts'
import {
  createMemoryCommits,
  filesOf,
  mergeCommits,
  recordsAnew,
  type Files,
  type MemoryCommits,
  type MemoryMerge,
} from '../support/memory-commits.ts'

let commits: MemoryCommits
beforeAll(async () => {
  commits = await createMemoryCommits()
})

async function merge(base: Files, ours: Files, theirs: Files, options = {}): Promise<MemoryMerge> {
  const start = await commits.commit(base)
  return mergeCommits(
    commits,
    start,
    await commits.commit(ours, start),
    await commits.commit(theirs, start),
    options,
  )
}

async function recordsOf(merged: MemoryMerge): Promise<unknown> {
  expect(merged.plan.problems).toEqual([])
  const found = await recordsAnew(merged)
  // What the merge tells of its records is what its files hold.
  for (const [id, steps] of merged.plan.steps)
    for (const [key, { after }] of steps) expect(found.get(`${id}/${key}`) ?? null).toEqual(after)
  return Object.fromEntries([...found].map(([at, record]) => [at.split('/')[1], record]))
}

const columns = ['title', 'text', 'note']
const of = (name: string, format: string, type: 'single' | 'list' | 'dictionary', more = columns): Files => ({
  '.ingitdb/root-collections.yaml': 'all: all\n',
  'all/.collection/definition.yaml': definition(name, format, type, more),
})
const text = 'A text that nobody writes by chance'

describe('a record that one side gave another key', () => {
  const moves: readonly (readonly [string, Files, Files, Files])[] = [
    [
      'in a file of its own',
      { ...of('{key}.yaml', 'yaml', 'single'), 'all/$records/a.yaml': `# A\ntitle: A\ntext: ${text}\n` },
      { 'all/$records/a.yaml': null, 'all/$records/b.yaml': `# A\ntitle: A\ntext: ${text}\n` },
      { 'all/$records/a.yaml': `# A\ntitle: Edited\ntext: ${text}\n` },
    ],
    [
      'in a JSON file of its own',
      { ...of('{key}.json', 'json', 'single'), 'all/$records/a.json': `{"title":"A","text":"${text}"}\n` },
      { 'all/$records/a.json': null, 'all/$records/b.json': `{"title":"A","text":"${text}"}\n` },
      { 'all/$records/a.json': `{"title":"Edited","text":"${text}"}\n` },
    ],
    [
      'in a list',
      {
        ...of('all.json', 'json', 'list', ['id', ...columns]),
        'all/all.json': `[{ "id": "a", "title": "A", "text": "${text}" }]\n`,
      },
      { 'all/all.json': `[{ "id": "b", "title": "A", "text": "${text}" }]\n` },
      { 'all/all.json': `[{ "id": "a", "title": "Edited", "text": "${text}" }]\n` },
    ],
    [
      'in a CSV file',
      {
        ...of('all.csv', 'csv', 'list', ['$ID', ...columns]),
        'all/all.csv': `$ID,title,text\na,A,${text}\n`,
      },
      { 'all/all.csv': `$ID,title,text\nb,A,${text}\n` },
      { 'all/all.csv': `$ID,title,text\na,Edited,${text}\n` },
    ],
  ]
  test.each(moves)(
    '%s takes the edits of the other side along, whichever did which',
    async (_name, base, moved, edited) => {
      for (const [ours, theirs] of [
        [moved, edited],
        [edited, moved],
      ] as const) {
        const merged = await merge(base, ours, theirs)
        expect(merged.conflicts).toEqual([])
        const found = (await recordsOf(merged)) as Record<string, unknown>
        expect(Object.keys(found)).toEqual(['b'])
        expect(found['b']).toMatchObject({ title: 'Edited', text })
        const apart = await merge(base, ours, theirs, { followRenames: false })
        expect(apart.conflicts).toMatchObject([{ kind: 'delete/edit', key: 'a' }])
        // Nothing of both is lost.
        expect(Object.keys((await recordsOf(apart)) as object)).toEqual(['a', 'b'])
      }
    },
  )

  test('keeps its file as it is written', async () => {
    const [, base = {}, moved = {}, edited = {}] = moves[0] ?? []
    expect((await filesOf(await merge(base, edited, moved))).get('all/$records/b.yaml')).toBe(
      `# A\ntitle: Edited\ntext: ${text}\n`,
    )
  })

  test('and edited too, is one record as long as half of its fields are equal', async () => {
    const files = of('{key}.yaml', 'yaml', 'single', [...columns, 'more'])
    const record = (title: string, note: string, about = text): string =>
      `title: ${title}\ntext: ${about}\nnote: ${note}\nmore: x\n`
    const base = { ...files, 'all/$records/a.yaml': record('A', 'one') }
    const edited = { 'all/$records/a.yaml': record('A', 'edited') }
    const movedAs = (value: string): Files => ({ 'all/$records/a.yaml': null, 'all/$records/b.yaml': value })
    const moved = movedAs(record('B', 'one'))
    for (const [ours, theirs] of [
      [edited, moved],
      [moved, edited],
    ] as const) {
      const merged = await merge(base, ours, theirs)
      expect(merged.conflicts).toEqual([])
      expect(await recordsOf(merged)).toEqual({
        b: { title: 'B', text, note: 'edited', more: 'x' },
      })
    }
    // The same field, edited on both sides.
    const both = await merge(base, edited, movedAs(record('A', 'two')))
    expect(both.conflicts).toMatchObject([{ kind: 'edit/edit', key: 'b', path: ['note'] }])
    const apart = [
      // Less than half is the same, or what is the same says little.
      movedAs(record('B', 'two', 'Another text that nobody writes').replace('x', 'y')),
      movedAs(record('A', 'two', 'Another text that nobody writes')),
      // Another record is as much like it.
      { ...moved, 'all/$records/c.yaml': record('C', 'one') },
    ]
    for (const theirs of apart)
      expect((await merge(base, edited, theirs)).conflicts).toMatchObject([{ kind: 'delete/edit', key: 'a' }])
    // One of two is more like it.
    const more = { ...moved, 'all/$records/c.yaml': record('C', 'two') }
    expect(Object.keys((await recordsOf(await merge(base, edited, more))) as object)).toEqual(['b', 'c'])
  })

  test('that may be another one is a record that went and one that came', async () => {
    const [, base = {}, moved = {}, edited = {}] = moves[0] ?? []
    const theirs = { ...moved, 'all/$records/c.yaml': `title: A\ntext: ${text}\n` }
    expect((await merge(base, edited, theirs)).conflicts).toMatchObject([{ kind: 'delete/edit', key: 'a' }])
    const short = { ...base, 'all/$records/a.yaml': 'title: A\nnote: B\n' }
    const ours = { 'all/$records/a.yaml': 'title: A\nnote: C\n' }
    const moves2 = { 'all/$records/a.yaml': null, 'all/$records/b.yaml': 'title: A\nnote: B\n' }
    expect((await merge(short, ours, moves2)).conflicts).toMatchObject([{ kind: 'delete/edit', key: 'a' }])
  })

  test.each(moves)(
    '%s and that the other side gave yet another one asks which',
    async (_name, base, moved) => {
      const rename = (files: Files): Files =>
        Object.fromEntries(
          Object.entries(files).map(([path, held]) => [
            path.replace('/b.', '/c.'),
            held?.replace('"id": "b"', '"id": "c"').replace('b,A', 'c,A') ?? null,
          ]),
        )
      const merged = await merge(base, moved, rename(moved))
      expect(merged.conflicts).toMatchObject([
        { kind: 'move', key: 'a', base: 'a', ours: 'b', theirs: 'c', blocking: true },
      ])
      expect(Object.keys((await recordsOf(merged)) as object)).toEqual(['b'])
      for (const [choice, keys] of [
        ['ours', ['b']],
        ['theirs', ['c']],
        ['base', ['a']],
        ['both', ['b', 'c']],
        ['delete', []],
      ] as const) {
        const chosen = await merged.resolve(() => choice)
        expect(Object.keys((await recordsOf(chosen)) as object)).toEqual(keys)
      }
      await expect(merged.resolve(() => ({ value: 'd' }))).rejects.toThrow('no other value')
      const apart = await merge(base, moved, rename(moved), { followRenames: false })
      expect(apart.conflicts).toEqual([])
      expect(Object.keys((await recordsOf(apart)) as object)).toEqual(['b', 'c'])
    },
  )

  test('conflicts under its new key where both changed it', async () => {
    const base = {
      ...of('all.json', 'json', 'list', ['id', ...columns]),
      'all/all.json': `[{ "id": "a", "title": "A", "text": "${text}" }]\n`,
    }
    const moved = { 'all/all.json': `[{ "id": "b", "title": "A", "text": "${text}" }]\n` }
    const merged = await merge(
      base,
      {
        'all/all.json': `[{ "id": "a", "title": "Edited", "text": "${text}" }, { "id": "b", "title": "B" }]\n`,
      },
      moved,
    )
    // There is a record of that key already: nothing is followed.
    expect(merged.conflicts.map(({ kind, key, path }) => [kind, key, ...path])).toEqual([
      ['delete/edit', 'a'],
      ['add/add', 'b', 'title'],
    ])
  })
})

describe('a column that one side renamed', () => {
  const renamed = ['title', 'body', 'note']
  const record = (title: string, name: string, value: string): string =>
    `title: ${title}\n${name}: ${value}\n`
  const base: Files = {
    ...of('{key}.yaml', 'yaml', 'single'),
    'all/$records/a.yaml': record('A', 'text', 'one'),
    'all/$records/b.yaml': record('B', 'text', 'two'),
    'all/$records/c.yaml': 'title: C\n',
  }
  const rename: Files = {
    ...of('{key}.yaml', 'yaml', 'single', renamed),
    'all/$records/a.yaml': record('A', 'body', 'one'),
    'all/$records/b.yaml': record('B', 'body', 'two'),
  }
  const edit: Files = {
    'all/$records/a.yaml': record('Edited', 'text', 'new'),
    'all/$records/c.yaml': record('C', 'text', 'three'),
    'all/$records/d.yaml': record('D', 'text', 'four'),
  }
  const expected = {
    a: { title: 'Edited', body: 'new' },
    b: { title: 'B', body: 'two' },
    c: { title: 'C', body: 'three' },
    d: { title: 'D', body: 'four' },
  }

  test('takes the values that the other side wrote, of old and new records', async () => {
    for (const [ours, theirs] of [
      [rename, edit],
      [edit, rename],
    ] as const) {
      const merged = await merge(base, ours, theirs)
      expect(merged.conflicts).toEqual([])
      expect(await recordsOf(merged)).toEqual(expected)
      const [apart] = [await merge(base, ours, theirs, { followRenames: false })]
      expect(apart.conflicts).toMatchObject([{ kind: 'delete/edit', key: 'a', path: ['text'] }])
    }
  })

  test('in a table too', async () => {
    const table = (names: readonly string[], rows: string): Files => ({
      ...of('all.csv', 'csv', 'list', ['$ID', ...names]),
      'all/all.csv': `$ID,title,${names[1]}\n${rows}`,
    })
    const merged = await merge(
      table(columns, 'a,A,one\nb,B,two\n'),
      table(columns, 'a,A,one\nb,B,new\nc,C,three\n'),
      table(renamed, 'a,A,one\nb,B,two\n'),
    )
    expect(merged.conflicts).toEqual([])
    expect((await filesOf(merged)).get('all/all.csv')).toBe('$ID,title,body\na,A,one\nb,B,new\nc,C,three\n')
  })

  test('is one that went and one that came when no record says otherwise', async () => {
    const dropped: Files = {
      ...rename,
      'all/$records/a.yaml': 'title: A\nbody: other\n',
      'all/$records/b.yaml': 'title: B\n',
    }
    const merged = await merge(base, edit, dropped)
    expect(merged.conflicts).toMatchObject([{ kind: 'delete/edit', key: 'a', path: ['text'] }])
  })
})
