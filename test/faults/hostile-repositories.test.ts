import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { auditDisk, inTime, openOn, until } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'
import { git, makeBareRepository, smallDatabase } from '../support/git-repositories.ts'

/** An entry of a tree, of any name: git's own tools would refuse to write most of these. */
interface Entry {
  readonly mode: string
  readonly name: string | Uint8Array
  readonly oid: string
}

function writeObject(bare: string, type: 'blob' | 'tree', bytes: Uint8Array | string): string {
  const args = ['hash-object', '-w', '--literally', '-t', type, '--stdin']
  return execFileSync('git', args, { cwd: bare, input: bytes, encoding: 'utf8', maxBuffer: 1 << 26 }).trim()
}

/** Tree bytes as they are told, in the order that they are told (gitformat of trees: mode, space, name, NUL, id). */
function writeTree(bare: string, entries: readonly Entry[]): string {
  const parts = entries.flatMap(({ mode, name, oid }) => [
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.from([0]),
    Buffer.from(oid, 'hex'),
  ])
  return writeObject(bare, 'tree', Buffer.concat(parts))
}

function readTree(bare: string, treeish: string): readonly Entry[] {
  return git(bare, 'ls-tree', '-z', treeish)
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [meta = '', name = ''] = line.split('\t')
      const [mode = '', , oid = ''] = meta.split(' ')
      return { mode: mode.replace(/^0/, ''), name, oid }
    })
}

/** Commits more entries in one folder, sorted as bytes, and moves `main` there. */
function addEntries(bare: string, folder: string, added: readonly Entry[]): void {
  const names = folder.split('/')
  let tree = writeTree(bare, sorted([...readTree(bare, `main:${folder}`), ...added]))
  for (let depth = names.length - 1; depth >= 0; depth--) {
    const parent = names.slice(0, depth).join('/')
    const name = names[depth] ?? ''
    const oid = tree
    tree = writeTree(
      bare,
      readTree(bare, `main:${parent}`).map((entry) => (entry.name === name ? { ...entry, oid } : entry)),
    )
  }
  const commit = git(bare, 'commit-tree', tree, '-p', 'main', '-m', 'Hostile').trim()
  git(bare, 'update-ref', 'refs/heads/main', commit)
}

function sorted(entries: readonly Entry[]): readonly Entry[] {
  const key = ({ mode, name }: Entry): Buffer =>
    Buffer.concat([Buffer.from(name), Buffer.from(mode === '40000' ? '/' : '')])
  return [...entries].sort((a, b) => Buffer.compare(key(a), key(b)))
}

const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi']
  .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(', ')}]\n`)
  .join('')}`

/** Record files that are wrong in themselves, each in its own collection's format. */
const badRecords: Readonly<Record<string, string | Uint8Array>> = {
  'units/$records/bomb.yaml': bomb,
  'units/$records/broken.yaml': 'a: [1, 2\nb: }\n',
  'units/$records/twice.yaml': 'a: 1\na: 2\n',
  'units/$records/list.yaml': '- 1\n- 2\n',
  'units/$records/latin.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]),
  'geo/countries/$records/broken.json': '{ "name": "Half',
  'geo/countries/$records/deep.json': `{"a":${'['.repeat(200_000)}`,
  'geo/countries/$records/nested.json': `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  'geo/countries/$records/list.json': '[1]',
  'geo/countries/$records/empty.json': '',
  'geo/countries/$records/huge.json': `{"text":"${'x'.repeat(11_000_000)}"}`,
  'geo/countries/$records/latin.json': new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
}

describe('a hostile repository opens, its good records are read, and what is wrong is listed', () => {
  const host = useGitHost()

  const openHostile = async (name: string): Promise<Database> => {
    const disk = createMemoryDisk()
    const db = await inTime('opening', openOn(createMemoryStorage(disk), `${host.server.url}/${name}.git`))
    await until('history', async () => (await db.status()).history !== 'loading')
    await auditDisk(disk)
    return db
  }

  test('records that are broken, enormous or after the prototype', async () => {
    const bare = makeBareRepository(host.path, 'records')
    const large = `{"name":"Large","text":"${'x'.repeat(5_000_000)}"}`
    const files = {
      ...badRecords,
      'units/$records/proto.yaml':
        '__proto__:\n  polluted: yes\nconstructor:\n  prototype:\n    polluted: yes\n',
      'units/$records/tag.yaml': 'a: !!js/function "function () { globalThis.polluted = 1 }"\n',
      'geo/countries/$records/proto.json': '{"__proto__":{"polluted":true},"toString":1,"name":"P"}',
      'geo/countries/$records/large.json': large,
      'geo/countries/$records/number.json': '{"n":123456789012345678901234567890,"e":1e400}',
    }
    for (const records of ['units/$records', 'geo/countries/$records']) {
      const added = Object.entries(files)
        .filter(([file]) => file.startsWith(records))
        .map(([file, text]) => ({
          mode: '100644',
          name: file.slice(records.length + 1),
          oid: writeObject(bare, 'blob', text),
        }))
      addEntries(bare, records, added)
    }

    const db = await openHostile('records')
    const [units, countries] = [db.collection('units'), db.collection('geo.countries')]
    const problems = await inTime('problems', Promise.all([units.problems(), countries.problems()]))
    const listed = new Map(problems.flat().map(({ file, code, message }) => [file, { code, message }]))
    for (const file of Object.keys(badRecords)) {
      expect(listed.get(file)?.code, file).toBe('format/bad-record')
      expect(listed.get(file)?.message, file).toContain(file)
    }
    expect((await units.all()).map(({ $id }) => $id)).toEqual(
      expect.arrayContaining(['foot', 'metre', 'proto']),
    )
    expect((await countries.all()).map(({ $id }) => $id)).toEqual(
      expect.arrayContaining(['de', 'fr', 'ie', 'large', 'proto']),
    )
    expect((await countries.get('large'))?.['text']).toHaveLength(5_000_000)
    const proto = (await units.get('proto')) as object
    expect(Object.hasOwn(proto, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(proto)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect((globalThis as Record<string, unknown>)['polluted']).toBeUndefined()
    await expect(countries.get('broken')).rejects.toMatchObject({ code: 'format/bad-record' })
    await expect(countries.update('broken', { name: 'x' })).rejects.toMatchObject({
      code: 'format/bad-record',
    })

    // What could not be read again is not taken.
    const tooLong = { $id: 'long', text: 'x'.repeat(9_000_000) }
    await expect(countries.insert(tooLong, { validate: 'off' })).rejects.toMatchObject({
      code: 'record/bad-value',
    })

    // Beside all that, work goes on; and what is broken can be deleted.
    await countries.update('ie', { population: 1 })
    await countries.update('large', { name: 'Larger' })
    await countries.update('proto', { name: 'Q' })
    await db.commit({ message: 'Beside' })
    expect(await db.push()).toMatchObject({ status: 'pushed' })
    expect(git(bare, 'show', 'main:geo/countries/$records/proto.json')).toBe(
      '{"__proto__":{"polluted":true},"toString":1,"name":"Q"}',
    )
    expect(git(bare, 'diff', '--name-only', 'main~1', 'main').trim().split('\n')).toHaveLength(3)
    await db.close()
  })

  test('tree entries that would leave the folder, hide in .git, or are no files', async () => {
    const bare = makeBareRepository(host.path, 'entries')
    const blob = writeObject(bare, 'blob', 'symbol: evil\n')
    const inner = writeTree(bare, [{ mode: '100644', name: 'config.yaml', oid: blob }])
    addEntries(bare, 'units/$records', [
      { mode: '40000', name: '..', oid: inner },
      { mode: '40000', name: '.git', oid: inner },
      { mode: '100644', name: '.GIT', oid: blob },
      { mode: '100644', name: 'back\\slash.yaml', oid: blob },
      { mode: '100644', name: 'bell\u0007.yaml', oid: blob },
      { mode: '100644', name: 'line\nbreak.yaml', oid: blob },
      { mode: '100644', name: 'con.yaml', oid: blob },
      { mode: '100644', name: '.yaml', oid: blob },
      { mode: '100644', name: new Uint8Array([0xff, 0x2e, 0x79, 0x61, 0x6d, 0x6c]), oid: blob },
      { mode: '100644', name: 'Metre.yaml', oid: blob },
      { mode: '100644', name: '\u00e5.yaml', oid: blob },
      { mode: '100644', name: 'a\u030a.yaml', oid: writeObject(bare, 'blob', 'symbol: twin\n') },
      { mode: '100644', name: 'e\u0301.yaml', oid: blob },
      { mode: '120000', name: 'link.yaml', oid: writeObject(bare, 'blob', '/etc/passwd') },
      { mode: '160000', name: 'module.yaml', oid: '1'.repeat(40) },
      { mode: '100755', name: 'program.yaml', oid: blob },
    ])
    const db = await openHostile('entries')
    const units = db.collection('units')
    const rows = await units.all()
    const problems = await units.problems()
    const ids = rows.map(({ $id }) => $id)
    expect(ids).toEqual(expect.arrayContaining(['foot', 'metre', 'Metre', 'program', '\u00e5', '\u00e9']))
    for (const id of ids) {
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(id).not.toMatch(/[\u0000-\u001f/]|^\.|evil|link|module|absolute|escape/)
      expect(await units.get(id), id).toBeDefined()
    }
    expect(new Set(ids).size).toBe(ids.length)
    // A name that no new record may have, but an old one has.
    expect(await units.get('con')).toMatchObject({ symbol: 'evil' })
    await expect(units.insert({ $id: 'aux' })).rejects.toMatchObject({ code: 'record/bad-key' })
    // Two files, one key: one is read, the other is named; and so are names that are unsafe somewhere.
    expect(problems.map(({ file }) => file)).toEqual(
      expect.arrayContaining(
        ['a\u030a', 'back\\slash', 'bell\u0007', 'line\nbreak', '\ufffd'].map(
          (key) => `units/$records/${key}.yaml`,
        ),
      ),
    )
    expect(await units.count()).toBe(rows.length)
    expect(await units.get('link')).toBeUndefined()
    await units.update('metre', { factor: 3 })
    await units.update('\u00e9', { factor: 4 })
    await units.update('program', { factor: 5 })
    await inTime('commit', db.commit({ message: 'Among them' }))
    expect(await db.push()).toMatchObject({ status: 'pushed' })
    const changed = git(bare, 'diff', '--raw', '-z', 'main~1', 'main').split('\0')
    expect(changed.filter((part) => part.includes('units/')).sort()).toEqual([
      'units/$records/e\u0301.yaml',
      'units/$records/metre.yaml',
      'units/$records/program.yaml',
    ])
    expect(changed.some((part) => part.startsWith(':100755 100755'))).toBe(true)
    await db.close()
  })

  test('tree entries whose names are paths: they are not followed, and such a folder is not written to', async () => {
    const bare = makeBareRepository(host.path, 'paths')
    const blob = writeObject(bare, 'blob', 'symbol: evil\n')
    addEntries(bare, 'units/$records', [
      { mode: '100644', name: '../../escape.yaml', oid: blob },
      { mode: '100644', name: '/etc/absolute.yaml', oid: blob },
    ])
    const db = await openHostile('paths')
    const units = db.collection('units')
    expect((await units.all()).map(({ $id }) => $id)).toEqual(['foot', 'metre'])
    await units.update('metre', { factor: 3 })
    const committed = await inTime('commit', db.commit({ message: 'Beside' })).then(
      () => 'done',
      (error: unknown) => (isEspalierError(error) ? error.code : error),
    )
    expect(['done', 'git/object-corrupt', 'git/unsafe-path']).toContain(committed)
    expect(await units.get('metre')).toMatchObject({ factor: 3 })
    await db.collection('geo.countries').update('ie', { population: 1 })
    await db.close()
  })

  test('definitions and settings that are broken leave the other collections readable', async () => {
    for (const [name, file, text] of [
      ['definition', 'units/.collection/definition.yaml', bomb],
      ['broken', 'units/.collection/definition.yaml', 'record_file: [\n'],
      [
        'escape',
        'units/.collection/definition.yaml',
        'record_file:\n  name: "../../{key}.yaml"\n  format: yaml\n',
      ],
      ['proto', 'units/.collection/definition.yaml', '__proto__:\n  record_file: {}\ncolumns: 7\n'],
    ] as const) {
      makeBareRepository(host.path, name, { ...smallDatabase, [file]: text })
      const db = await openHostile(name)
      expect(await db.collection('geo.countries').count(), name).toBe(3)
      const { issues, collections } = await db.collections()
      const unreadable = collections.some(
        ({ definition }) => definition.id === 'units' && !definition.readable.ok,
      )
      expect(issues.length > 0 || unreadable, name).toBe(true)
      await db.close()
    }
    makeBareRepository(host.path, 'outside', {
      ...smallDatabase,
      '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: ../units\n__proto__: geo\n',
    })
    const db = await openHostile('outside')
    expect(await db.collection('geo.countries').count()).toBe(3)
    expect((await db.collections()).issues.length).toBeGreaterThan(0)
    await db.close()
  })

  test('a repository with SHA-256 ids is named as such', async () => {
    git(host.path, 'init', '-q', '--bare', '--object-format=sha256', '-b', 'main', 'sha256.git')
    const bare = `${host.path}/sha256.git`
    const tree =
      git(bare, 'mktree', '--missing').trim() ||
      git(bare, 'hash-object', '-t', 'tree', '-w', '/dev/null').trim()
    git(bare, 'update-ref', 'refs/heads/main', git(bare, 'commit-tree', tree, '-m', 'Start').trim())
    for (const protocol of [0, 2] as const) {
      const disk = createMemoryDisk()
      await expect(
        openOn(createMemoryStorage(disk), `${host.server.url}/sha256.git`, { protocol }),
      ).rejects.toMatchObject({ code: 'git/sha256-unsupported' })
      expect(disk).toEqual(createMemoryDisk())
    }
  })
})
