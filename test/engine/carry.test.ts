import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Branch, Database } from '../../src/client/database.ts'
import type { OpenOptions } from '../../src/open.ts'
import type { Change, RecordChange } from '../../src/protocol/carry.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../../worker/format/record-diff.ts'
import { mergeRecord } from '../../worker/merge/merge-record.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import {
  beginElsewhere,
  commitElsewhere,
  git,
  makeBareRepository,
  smallDatabase,
  temporaryFolder,
} from '../support/git-repositories.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { anyValues, openOn, until } from './world.ts'

type Records = ReadonlyMap<string, RecordValue>

const countries = 'geo.countries'

async function recordsOf(db: Pick<Branch, 'collection'>): Promise<Records> {
  const rows = await db.collection(countries).all()
  return new Map(
    rows.map((row) => {
      const fields = Object.entries(row).filter(([name]) => !name.startsWith('$'))
      return [row.$id, Object.fromEntries(fields) as RecordValue]
    }),
  )
}

/** Makes the branch hold exactly these records. */
async function become(db: Branch, wanted: Records): Promise<void> {
  await db.transaction(async (tx) => {
    const gone = [...(await recordsOf(tx)).keys()].filter((key) => !wanted.has(key))
    await tx.collection(countries).deleteMany(gone)
    await tx.collection(countries).upsertMany([...wanted].map(([$id, value]) => ({ ...value, $id })))
  })
}

/** A move as what it is: one record less and one more. */
function plain(changes: readonly RecordChange[]): readonly RecordChange[] {
  return changes
    .flatMap(({ collection, key, before, after, from }): RecordChange[] =>
      from
        ? [
            { collection, key: from.key, ...(before && { before }) },
            { collection, key, ...(after && { after }) },
          ]
        : [{ collection, key, ...(before && { before }), ...(after && { after }) }],
    )
    .sort((one, other) => (one.key < other.key ? -1 : 1))
}

const value = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(
    fc.integer({ min: 0, max: 2 }),
    fc.constant(null),
    fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('p', 'q'), fc.integer({ min: 0, max: 2 })),
  ),
  { minKeys: 1 },
) as fc.Arbitrary<RecordValue>
const records: fc.Arbitrary<Records> = fc
  .array(fc.tuple(fc.constantFrom('k1', 'k2', 'k3'), value), { maxLength: 4 })
  .map((entries) => new Map(entries))

describe('changes that are carried around', () => {
  const host = useGitHost()
  let count = 0
  const start = async (
    files?: Readonly<Record<string, string>>,
    options: OpenOptions = {},
  ): Promise<{ db: Database; bare: string }> => {
    const name = `carry-${++count}`
    const bare = makeBareRepository(host.path, name, files)
    const storage = createMemoryStorage(createMemoryDisk())
    const db = await openOn(storage, `${host.server.url}/${name}.git`, {
      history: 'full',
      ...anyValues,
      ...options,
    })
    await until('history', async () => (await db.status()).history === 'full')
    return { db, bare }
  }
  const edit = async (db: Branch, key: string, patch: RecordValue): Promise<string> => {
    await db.collection(countries).update(key, patch)
    return (await db.commit({ message: `Edit ${key}` })).oid
  }

  test('what the repository declares of a field holds, by record and for a whole commit', async () => {
    const { db } = await start({
      ...smallDatabase,
      '.ingitdb/espalier.yaml':
        'merge:\n  strategies:\n    geo.countries:\n      population: counter\n      area: max\n',
    })
    const found = { code: 'format/unknown-key', severity: 'warning', line: 5, column: 7 }
    for (const options of [{}, { from: 'HEAD' }])
      expect(await db.validate(options)).toMatchObject({
        valid: true,
        issues: [{ ...found, file: '.ingitdb/espalier.yaml', collection: countries }],
      })
    const tip = await edit(db, 'ie', { population: 5_262_383 })
    await edit(db, 'ie', { population: 10 })
    expect(await db.revert(tip)).toMatchObject({ status: 'applied' })
    expect(await db.collection(countries).get('ie')).toMatchObject({ population: 9 })
    await db.discard()
    expect(await db.revert(tip, { whole: true })).toMatchObject({ status: 'committed' })
    expect(await db.collection(countries).get('ie')).toMatchObject({ population: 9 })
  })

  test('times that writes keep never stand in the way, by record and for a whole commit', async () => {
    const { db } = await start(smallDatabase, {
      collections: { [countries]: { timestamps: { updated: 'at' } } },
    })
    await edit(db, 'ie', { name: 'Eire' })
    const tip = await edit(db, 'ie', { population: 1 })
    await until('the clock ticks', async () => {
      await edit(db, 'ie', { name: `Éire ${Date.now()}` })
      const [last, first] = await db.collection(countries).history('ie', { fields: ['at'], limit: 2 })
      return last?.after?.['at'] !== first?.after?.['at']
    })
    for (const whole of [false, true]) {
      expect(await db.revert(tip, { whole })).toMatchObject({ status: whole ? 'committed' : 'applied' })
      expect(await db.collection(countries).get('ie')).toMatchObject({ population: 5_262_382 })
      await db.discard()
    }
    await db.close()
  })

  test('a conflict says what each side has, and writes nothing unless told', async () => {
    const { db } = await start()
    const tip = await edit(db, 'ie', { population: 1 })
    await edit(db, 'fr', { population: 2 })
    await edit(db, 'ie', { population: 3, name: 'Éire' })
    const before = await db.collection(countries).all()
    const outcome = await db.revert(tip)
    expect(outcome).toMatchObject({
      status: 'conflicts',
      definitions: [],
      conflicts: [
        {
          collection: countries,
          key: 'ie',
          reason: 'fields',
          base: { population: 1 },
          ours: { population: 3, name: 'Éire' },
          theirs: { population: 5_262_382 },
          conflicts: [{ path: ['population'], kind: 'edit/edit', base: 1, ours: 3, theirs: 5_262_382 }],
        },
      ],
    })
    expect(await db.collection(countries).all()).toEqual(before)
    expect(await db.changes()).toEqual([])
    expect(await db.revert(tip, { onConflict: 'ours' })).toMatchObject({ status: 'unchanged' })
    expect(await db.revert(tip, { onConflict: 'theirs' })).toMatchObject({ status: 'applied' })
    expect(await db.collection(countries).get('ie')).toMatchObject({ population: 5_262_382, name: 'Éire' })
    await db.undo()
    expect(await db.changes()).toEqual([])
    await db.close()
  })

  test('a selection takes records or fields; one that is not there any more writes nothing', async () => {
    const { db } = await start()
    const draft = await db.branches.create('draft')
    await draft
      .collection(countries)
      .update('ie', { population: 1, name: 'Éire', names: { de: 'X', fr: 'Y' } })
    await draft.collection(countries).delete('fr')
    const changes = await draft.diff('main')
    const select = [{ collection: countries, key: 'ie', fields: [['population'], ['names', 'fr']] }]
    expect(await db.applyChanges(changes, { select })).toMatchObject({
      status: 'applied',
      records: [{ collection: countries, key: 'ie' }],
    })
    expect(await db.collection(countries).get('ie')).toMatchObject({
      population: 1,
      name: 'Ireland',
      names: { de: 'Irland', fr: 'Y' },
    })
    expect(await db.collection(countries).exists('fr')).toBe(true)
    await draft.collection(countries).restore('fr')
    const stale = [{ collection: countries, key: 'fr' }]
    const now = await draft.diff('main')
    expect(await db.applyChanges(now, { select: [...select, ...stale] })).toEqual({
      status: 'stale',
      missing: stale,
      definitions: [],
    })
    const noField = [{ collection: countries, key: 'ie', fields: [['capital']] }]
    expect(await db.applyChanges(now, { select: noField })).toMatchObject({ status: 'stale' })
    await db.close()
  })

  test('a moved record is one change, whichever of its keys selects it, forth and back', async () => {
    const { db, bare } = await start()
    const draft = await db.branches.create('draft')
    commitElsewhere(bare, {
      'units/$records/metre.yaml': null,
      'units/$records/meter.yaml': smallDatabase['units/$records/metre.yaml'] ?? '',
    })
    await db.pull()
    const changes = JSON.parse(JSON.stringify(await db.diff('draft', 'main'))) as readonly Change[]
    expect(changes).toMatchObject([{ kind: 'moved', key: 'meter', from: { key: 'metre' } }])
    const keys = async (): Promise<readonly string[]> =>
      (await draft.collection('units').all()).map(({ $id }) => $id)
    for (const key of ['meter', 'metre']) {
      const select = [{ collection: 'units', key }]
      expect(await draft.applyChanges(changes, { select })).toMatchObject({ status: 'applied' })
      expect(await keys()).toEqual(['foot', 'meter'])
      expect(await draft.revert(changes, { select })).toMatchObject({ status: 'applied' })
      expect(await keys()).toEqual(['foot', 'metre'])
    }
    const select = [{ collection: 'units', key: 'meter', fields: [['symbol']] }]
    expect(await draft.applyChanges(changes, { select })).toMatchObject({ status: 'stale' })
    await db.close()
  })

  test('change sets of others are checked', async () => {
    const { db } = await start()
    for (const change of [{}, { collection: 'units', key: 'foot', after: 1 }, { collection: 1, key: 'x' }])
      await expect(db.applyChanges([change as never])).rejects.toMatchObject({ code: 'engine/bad-argument' })
    const unknown = { collection: 'none', key: 'x', after: {} }
    await expect(db.applyChanges([unknown])).rejects.toMatchObject({ code: 'record/collection-missing' })
    const bad = { collection: 'units', key: '..', after: { symbol: 'x' } }
    await expect(db.applyChanges([bad])).rejects.toMatchObject({ code: 'record/bad-key' })
    await db.branches.protect('main', true)
    const added = { collection: 'units', key: 'yard', after: { symbol: 'yd' } }
    await expect(db.applyChanges([added])).rejects.toMatchObject({ code: 'git/branch-protected' })
    await db.branches.protect('main', false)
    expect(await db.applyChanges([added])).toMatchObject({ status: 'applied' })
    await db.close()
  })

  test('merges need a mainline, and nothing else has one; changed definitions are named', async () => {
    const { db, bare } = await start()
    await expect(db.cherryPick('HEAD', { mainline: 1 })).rejects.toMatchObject({
      code: 'engine/bad-argument',
      message: expect.stringMatching(/HEAD is no merge/) as unknown,
    })
    commitElsewhere(bare, {
      'units/.collection/definition.yaml':
        'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  symbol:\n    type: string\n  factor:\n    type: float\n  note:\n    type: string\n',
      'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.31\n',
    })
    await db.pull()
    expect(await db.revert('HEAD')).toMatchObject({
      status: 'applied',
      definitions: ['units'],
      records: [{ collection: 'units', key: 'foot' }],
    })
    await expect(db.revert('HEAD', { mainline: 2 })).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await expect(db.revert('nothing')).rejects.toMatchObject({ code: 'git/ref-missing' })
    await db.close()
  })

  test('the records of a first commit are taken back, and brought to where they are not', async () => {
    const { db } = await start()
    const first = (await db.status()).commit
    expect(await db.cherryPick(first)).toMatchObject({
      status: 'unchanged',
      definitions: [countries, 'units'],
    })
    await edit(db, 'ie', { population: 1 })
    expect(await db.revert(first)).toMatchObject({
      status: 'conflicts',
      conflicts: [{ key: 'ie', reason: 'fields' }],
    })
    expect(await db.revert(first, { onConflict: 'skip' })).toMatchObject({
      status: 'applied',
      skipped: [{ key: 'ie' }],
    })
    expect([...(await recordsOf(db)).keys()]).toEqual(['ie'])
    expect(await db.collection('units').count()).toBe(0)
    await db.commit({ message: 'Only Ireland' })
    expect(await db.cherryPick(first, { onConflict: 'ours' })).toMatchObject({ status: 'applied' })
    expect([...(await recordsOf(db)).keys()].sort()).toEqual(['de', 'fr', 'ie'])
    expect(await db.collection(countries).get('ie')).toMatchObject({ population: 1, name: 'Ireland' })
    await db.close()
  })

  test('a whole first commit brings its definitions and files, and takes them back', async () => {
    const { db, bare } = await start()
    const registry = '.ingitdb/root-collections.yaml'
    const first = beginElsewhere(
      bare,
      {
        [registry]: 'tags: tags\n',
        'tags/.collection/definition.yaml':
          'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  colour:\n    type: string\n',
        'tags/$records/red.json': '{ "colour": "#f00" }\n',
        'NOTES.md': 'Tags\n',
      },
      'tags',
    )
    await db.pull()
    const before = (await db.status()).commit
    expect(await db.cherryPick(first, { whole: true })).toMatchObject({
      status: 'committed',
      definitions: ['tags'],
      records: [{ collection: 'tags', key: 'red' }],
      commit: { message: 'Begin\n' },
    })
    expect(await db.collection('tags').get('red')).toMatchObject({ colour: '#f00' })
    expect(await db.collection('units').count()).toBe(2)
    expect((await db.files.read(registry))?.text).toContain('units: units')
    expect((await db.files.read('NOTES.md'))?.text).toBe('Tags\n')
    expect(await db.cherryPick(first, { whole: true })).toMatchObject({ status: 'unchanged' })

    expect(await db.revert(first, { whole: true })).toMatchObject({
      status: 'committed',
      definitions: ['tags'],
    })
    expect(await db.diff(before, 'HEAD')).toEqual([])
    expect(await db.diff(before, 'HEAD').files()).toEqual([])
    await db.close()
  })

  test('first commits without a database, and their reverts, give the tree that git gives', async () => {
    const { db, bare } = await start(smallDatabase)
    const notes = beginElsewhere(bare, { 'NOTES.md': 'Notes\n', LICENSE: 'Free\n' }, 'notes')
    const founded = commitElsewhere(bare, smallDatabase, 'notes', 'Found a database')
    const yard = beginElsewhere(bare, { 'units/$records/yard.yaml': 'symbol: yd\nfactor: 0.9144\n' }, 'yard')
    await db.pull()
    const other = await db.branches.create('other', { from: founded })

    expect(await other.cherryPick(yard)).toMatchObject({ status: 'unchanged' })
    expect(await other.cherryPick(yard, { whole: true })).toMatchObject({ status: 'committed' })
    expect(await other.collection('units').get('yard')).toMatchObject({ factor: 0.9144 })
    expect(await other.revert(notes)).toMatchObject({ status: 'unchanged', definitions: [] })
    expect(await other.revert(notes, { whole: true })).toMatchObject({
      status: 'committed',
      commit: { message: `Revert "Begin"\n\nThis reverts commit ${notes}.\n` },
    })
    // What founded the database has a parent that is none.
    expect(await other.revert(founded)).toMatchObject({
      status: 'applied',
      definitions: [countries, 'units'],
    })
    await other.discard()
    await other.push()

    const clone = temporaryFolder()
    git(clone.path, 'clone', '-q', bare, '.')
    git(clone.path, 'checkout', '-q', '--detach', founded)
    git(clone.path, 'cherry-pick', yard)
    git(clone.path, 'revert', '--no-edit', notes)
    expect(git(bare, 'rev-parse', 'other^{tree}')).toBe(git(clone.path, 'rev-parse', 'HEAD^{tree}'))
    clone.remove()

    // Without the yard nothing but what founded it is left.
    expect(await other.revert(yard, { whole: true })).toMatchObject({ status: 'committed' })
    const before = await other.status()
    await expect(other.revert(founded, { whole: true })).rejects.toMatchObject({
      code: 'format/not-a-database',
    })
    expect(await other.status()).toEqual(before)
    await db.close()
  })

  test('a whole commit takes its definitions and files along, by a commit, forth and back', async () => {
    const { db, bare } = await start()
    await db.branches.create('draft')
    const before = await db.collection('units').all()
    const note =
      'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  symbol:\n    type: string\n  factor:\n    type: float\n  note:\n    type: string\n'
    const definitionPath = 'units/.collection/definition.yaml'
    const old = (await db.files.read(definitionPath))?.text
    commitElsewhere(bare, {
      [definitionPath]: note,
      'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.31\nnote: "short"\n',
      'NOTES.md': 'Notes\n',
    })
    await db.pull()
    const tip = (await db.status()).commit
    const draft = await db.branches.open('draft')
    await draft.collection('geo.countries').update('ie', { population: 1 })
    const whole = { whole: true } as const

    await expect(draft.cherryPick(tip, { ...whole, onConflict: 'skip' })).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })
    await draft.collection('units').update('metre', { symbol: 'M' })
    expect(await draft.cherryPick(tip, whole)).toMatchObject({
      status: 'blocked',
      records: [{ collection: 'units', key: 'metre' }],
    })
    await draft.discard({ collection: 'units' })

    expect(await draft.cherryPick(tip, whole)).toMatchObject({
      status: 'committed',
      definitions: ['units'],
      records: [{ collection: 'units', key: 'foot' }],
      commit: { message: expect.stringContaining('Elsewhere') as unknown },
    })
    expect(await draft.collection('units').get('foot')).toMatchObject({ factor: 0.31, note: 'short' })
    expect((await draft.files.read('NOTES.md'))?.text).toBe('Notes\n')
    // Other working changes stay.
    expect((await draft.changes()).map(({ key }) => key)).toEqual(['ie'])
    expect(await draft.cherryPick(tip, whole)).toMatchObject({ status: 'unchanged' })

    await draft.collection('units').update('foot', { note: 'longer' })
    await draft.commit({ message: 'A note' })
    const stopped = await draft.revert(tip, whole)
    expect(stopped).toMatchObject({
      status: 'conflicts',
      conflicts: [
        {
          collection: 'units',
          key: 'foot',
          reason: 'fields',
          base: { symbol: 'ft', factor: 0.31, note: 'short' },
          ours: { symbol: 'ft', factor: 0.31, note: 'longer' },
          theirs: { symbol: 'ft', factor: 0.3048 },
          conflicts: [{ kind: 'delete/edit', path: ['note'] }],
        },
      ],
      files: [],
    })
    expect(await draft.revert(tip, { ...whole, onConflict: 'theirs' })).toMatchObject({
      status: 'committed',
      commit: { message: `Revert "Elsewhere"\n\nThis reverts commit ${tip}.\n` },
    })
    expect(await draft.files.read('NOTES.md')).toBeUndefined()
    expect((await draft.files.read(definitionPath))?.text).toBe(old)
    expect((await draft.collection('units').all()).map(({ $id, factor }) => [$id, factor])).toEqual(
      before.map(({ $id, factor }) => [$id, factor]),
    )
    expect(await draft.cherryPick(tip, { ...whole, message: 'Again' })).toMatchObject({
      commit: { message: 'Again\n' },
    })
    await db.close()
  })

  test('definitions and files go through a change set: exported, reviewed, applied by a commit, taken back', async () => {
    const { db, bare } = await start()
    const draft = await db.branches.create('draft')
    const base = (await draft.status()).commit
    const notes = 'one\ntwo\nthree\nfour\nfive\n'
    const definitionPath = 'units/.collection/definition.yaml'
    const definition = `${(await db.files.read(definitionPath))?.text}  note:\n    type: string\n`
    commitElsewhere(bare, {
      [definitionPath]: definition,
      'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.31\nnote: "short"\n',
      'units/$records/metre.yaml': null,
      'tags/.collection/definition.yaml':
        'record_file:\n  name: tags.csv\n  format: csv\n  type: "[]map[string]any"\ncolumns:\n  id:\n    type: string\n',
      'tags/tags.csv': 'id\nred\n',
      '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\ntags: tags\n',
      'NOTES.md': notes,
    })
    await db.pull()
    const exported = JSON.stringify([...(await db.diff('draft')), ...(await db.diff('draft').files())])
    const changes = JSON.parse(exported) as readonly Change[]
    // To be reviewed: each file with both texts, each record with both values.
    expect(changes.map((change) => ('file' in change ? change.file : change.key)).sort()).toEqual([
      '.ingitdb/root-collections.yaml',
      'NOTES.md',
      'foot',
      'metre',
      'red',
      'tags/.collection/definition.yaml',
      definitionPath,
    ])
    expect(changes).toContainEqual({ file: 'NOTES.md', after: notes })

    // Nothing differs after all of it was applied where it began.
    expect(await draft.applyChanges(changes, { message: 'All of it' })).toMatchObject({
      status: 'committed',
      commit: { message: 'All of it\n' },
      definitions: ['tags', 'units'],
    })
    expect(await draft.diff('main')).toEqual([])
    expect(await draft.diff('main').files()).toEqual([])
    expect(await draft.applyChanges(changes)).toMatchObject({ status: 'unchanged' })

    // What happened here since stays when it is taken back.
    await draft.files.replace('NOTES.md', notes.replace('five', 'FIVE'), { message: 'Louder' })
    await draft.collection('units').update('foot', { symbol: 'FT' })
    await draft.commit({ message: 'Shout' })
    const stopped = await draft.revert(changes)
    expect(stopped).toMatchObject({
      status: 'conflicts',
      conflicts: [],
      files: [{ kind: 'file', file: 'NOTES.md', ours: notes.replace('five', 'FIVE') }],
    })
    await draft.collection('units').update('foot', { symbol: 'f' })
    expect(await draft.revert(changes, { onConflict: 'ours' })).toMatchObject({
      status: 'blocked',
      records: expect.arrayContaining([{ collection: 'units', key: 'foot' }]) as unknown,
    })
    await draft.discard({ collection: 'units' })
    expect(await draft.revert(changes, { onConflict: 'ours' })).toMatchObject({ status: 'committed' })
    expect(await draft.collection('units').get('foot')).toMatchObject({ symbol: 'FT', factor: 0.3048 })
    expect((await draft.diff(base)).map(({ key, fields }) => [key, fields.map(({ path }) => path)])).toEqual([
      ['foot', [['symbol']]],
    ])
    expect((await draft.diff(base).files()).map(({ file }) => file)).toEqual(['NOTES.md'])
    await db.close()
  })

  test('a selection takes definitions and files too, and what they break is told', async () => {
    const { db, bare } = await start()
    const draft = await db.branches.create('draft')
    const definitionPath = 'units/.collection/definition.yaml'
    const old = (await db.files.read(definitionPath))?.text ?? ''
    const note = `${old}  note:\n    type: string\n    required: true\n`
    commitElsewhere(bare, {
      [definitionPath]: note,
      'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.31\nnote: "short"\n',
      'units/$records/metre.yaml': 'symbol: m\nfactor: 1.0\nnote: "long"\n',
      'a.txt': 'a\n',
      'b.txt': 'b\n',
    })
    await db.pull()
    const changes: readonly Change[] = [...(await db.diff('draft')), ...(await db.diff('draft').files())]
    expect(await draft.applyChanges(changes, { select: [{ file: 'c.txt' }] })).toMatchObject({
      status: 'stale',
      missing: [{ file: 'c.txt' }],
    })
    expect(await draft.applyChanges(changes, { select: [{ file: 'a.txt' }] })).toMatchObject({
      status: 'committed',
      records: [],
      definitions: [],
    })
    expect((await draft.files.read('a.txt'))?.text).toBe('a\n')
    expect(await draft.files.read('b.txt')).toBeUndefined()
    // Records alone are working changes, as ever.
    const foot = { collection: 'units', key: 'foot' }
    expect(await draft.applyChanges(changes, { select: [{ ...foot, fields: [['factor']] }] })).toMatchObject({
      status: 'applied',
    })
    await draft.undo()

    expect(await draft.applyChanges(changes, { select: [{ file: definitionPath }, foot] })).toMatchObject({
      status: 'conflicts',
      conflicts: [],
      violations: [{ collection: 'units', key: 'metre', severity: 'error' }],
    })
    expect((await draft.files.read(definitionPath))?.text).toBe(old)
    const broken = { file: definitionPath, before: old, after: `${old}  note: [` }
    expect(await draft.applyChanges([broken])).toMatchObject({ status: 'conflicts' })
    await expect(draft.applyChanges(changes, { onConflict: 'skip' })).rejects.toMatchObject({
      code: 'engine/bad-argument',
    })

    const refused: readonly (readonly [string, readonly unknown[]])[] = [
      ['engine/bad-argument', [{ file: 'a.txt', after: { base64: '?' } }]],
      ['engine/bad-argument', [{ file: 'a.txt', after: null }]],
      ['git/unsafe-path', [{ file: '.git/config', after: 'x' }]],
      // Records that are not named would be lost.
      [
        'engine/bad-argument',
        [{ file: definitionPath, before: old, after: old.replace('{key}.yaml', '{key}.yml') }],
      ],
      [
        'record/collection-missing',
        [
          { file: 'a.txt', after: 'x' },
          { collection: 'none', key: 'k', after: {} },
        ],
      ],
      [
        'engine/bad-argument',
        [
          { file: 'a.txt', after: 'x' },
          { collection: 'units', key: '../x', after: {} },
        ],
      ],
    ]
    for (const [code, given] of refused)
      await expect(draft.applyChanges(given as readonly Change[])).rejects.toMatchObject({ code })
    const unread = { collection: 'units', key: 'foot', from: { key: 'f' } }
    expect(await draft.applyChanges([{ file: 'a.txt', after: 'x' }, unread])).toMatchObject({
      status: 'conflicts',
      conflicts: [
        { key: 'f', reason: 'unreadable' },
        { key: 'foot', reason: 'unreadable' },
      ],
    })
    // What is no text crosses too, and only what is there is asked about.
    const jpeg = { file: 'a.jpg', after: { base64: '/9j/4A==' } }
    expect(await draft.applyChanges([jpeg])).toMatchObject({ status: 'committed' })
    expect(await draft.diff('HEAD~1', 'HEAD').files()).toEqual([jpeg])
    expect(await draft.revert([jpeg])).toMatchObject({ status: 'committed' })
    expect(await draft.applyChanges([{ file: 'a.txt', before: 'b\n', after: 'c\n' }])).toMatchObject({
      status: 'conflicts',
      files: [{ kind: 'file', file: 'a.txt', base: 'b\n', ours: 'a\n', theirs: 'c\n' }],
    })
    await db.close()
  })

  test('collections of every layout are restored from a commit, and nothing else', async () => {
    const { db } = await start(layoutDatabase)
    const { commit } = await db.status()
    const ids = (await db.collections()).collections.map(({ definition }) => definition.id)
    const read = async (from: Pick<Branch, 'collection'>): Promise<unknown> =>
      Promise.all(ids.map((id) => from.collection(id).all()))
    await db.collection('cities').update('cork', { name: 'Corcaigh' })
    await db.collection('cities').delete('galway')
    await db.collection('statuses').insert({ $id: 'late', title: 'Late', rank: 3 })
    await db.collection('orders').record('o2').collection('lines').update('l1', { count: 5 })
    await db.commit({ message: 'Here and there' })
    await db.collection('cities').insert({ $id: 'sligo', id: 'sligo', name: 'Sligo' })

    expect(await db.restore({ from: commit, collections: ['cities'], keys: ['galway'] })).toMatchObject({
      records: [{ collection: 'cities', key: 'galway' }],
    })
    await db.restore({ from: commit, collections: ['cities'] })
    const then = await db.at(commit)
    const rows = async (from: Pick<Branch, 'collection'>, id: string): Promise<unknown> =>
      (await from.collection(id).all()).map(({ $id, $rev }) => [$id, $rev])
    expect(await rows(db, 'cities')).toEqual(await rows(then, 'cities'))
    expect(await db.collection('statuses').exists('late')).toBe(true)
    await db.restore({ from: commit })
    await db.commit({ message: 'Back' })
    expect(await read(db)).toEqual(await read(then))
    expect(await db.diff(commit, 'HEAD')).toEqual([])
    await db.close()
  })

  test('collections are restored whole: definitions that changed, what is gone, what was not there', async () => {
    const columns = (name: string): string =>
      (smallDatabase['units/.collection/definition.yaml'] ?? '').replace('symbol:', `${name}:`)
    const { db, bare } = await start({
      ...layoutDatabase,
      '.ingitdb/root-collections.yaml': `${layoutDatabase['.ingitdb/root-collections.yaml'] ?? ''}units: units\n`,
      'units/.collection/definition.yaml': columns('symbol'),
      'units/$records/foot.yaml': 'symbol: ft # short\nfactor: 0.3048\n',
      'units/$records/metre.yaml': 'symbol: m\n',
    })
    const { commit: old } = await db.status()
    const registry =
      '# all\ncities: cities\nnotes: notes\nprices: prices\nsettings: settings\nstatuses: statuses\ntags: tags\nlog: log\nunits: units\n'
    commitElsewhere(bare, {
      '.ingitdb/root-collections.yaml': registry,
      'units/.collection/definition.yaml': columns('sign'),
      'units/$records/foot.yaml': 'sign: ft\n',
      'units/$records/metre.yaml': null,
      'units/$records/yard.yaml': 'sign: yd\n',
      ...Object.fromEntries(
        Object.keys(layoutDatabase).flatMap((name) => (name.startsWith('orders/') ? [[name, null]] : [])),
      ),
      'notes/.collection/definition.yaml': columns('text'),
      'notes/$records/n.yaml': 'text: x\n',
      'README.md': 'All\n',
    })
    await db.pull()
    const { commit: late } = await db.status()

    // The records alone may not fit: it is said what does.
    expect(await db.restore({ from: old, collections: ['units'] })).toMatchObject({ definitions: ['units'] })
    await db.discard()
    await expect(db.restore({ from: old, collections: ['orders'] })).rejects.toMatchObject({
      code: 'record/collection-missing',
      message: expect.stringMatching(/Definitions differ \(orders\): with "whole"/) as unknown,
    })
    await expect(
      db.restore({ from: old, collections: ['units'], keys: ['foot'], whole: true }),
    ).rejects.toMatchObject({ code: 'engine/bad-argument' })
    await db.collection('units').update('yard', { sign: 'y' })
    expect(await db.restore({ from: old, collections: ['units'], whole: true })).toMatchObject({
      status: 'blocked',
      records: [{ collection: 'units', key: 'yard' }],
    })
    await db.discard()

    expect(await db.restore({ from: old, collections: ['units', 'orders'], whole: true })).toMatchObject({
      status: 'committed',
      definitions: expect.arrayContaining(['orders', 'orders/lines', 'units']) as unknown,
      commit: { message: `Restore units, orders from ${old.slice(0, 10)}\n` },
    })
    expect((await db.collection('units').all()).map(({ $id, symbol }) => [$id, symbol])).toEqual([
      ['foot', 'ft'],
      ['metre', 'm'],
    ])
    expect(await db.collection('orders').record('o2').collection('lines').all()).toMatchObject([{ count: 3 }])
    expect(await db.restore({ from: old, collections: ['units'], whole: true })).toMatchObject({
      status: 'unchanged',
    })
    // The notes and the README, which nobody named, are still there; the notes go by name.
    const left = await db.diff(old, 'HEAD').files()
    expect(left.map(({ file }) => file)).toEqual([
      '.ingitdb/root-collections.yaml',
      'README.md',
      'notes/.collection/definition.yaml',
    ])
    await db.restore({ from: old, collections: ['notes'], whole: true, message: 'No notes' })
    expect((await db.files.read('.ingitdb/root-collections.yaml'))?.text).toBe(
      `${registry.replace('notes: notes\n', '')}orders: orders\n`,
    )
    expect((await db.log({ limit: 1 }))[0]?.message).toBe('No notes\n')

    for (const from of [late, old]) {
      expect(await db.restore({ from, whole: true })).toMatchObject({ status: 'committed' })
      expect([...(await db.diff(from, 'HEAD')), ...(await db.diff(from, 'HEAD').files())]).toEqual([])
    }
    await db.close()
  })

  test('laws: apply(diff(a, b), a) = b; revert and diff are inverse; a cherry-pick merges with the parent as base', async () => {
    const { db } = await start()
    let sides = 0
    await fc.assert(
      fc.asyncProperty(records, records, records, async (a, b, c) => {
        await db.discard()
        await become(db, a)
        const commitOf = async (on: Branch): Promise<string> =>
          (await on.changes()).length > 0
            ? (await on.commit({ message: 'x' })).oid
            : (await on.status()).commit
        const start = await commitOf(db)
        const other = await db.branches.create(`other-${++sides}`)
        await become(other, b)
        const changed = await other.changes()
        const tip = await commitOf(other)

        const changes = JSON.parse(JSON.stringify(await db.diff(start, tip))) as readonly RecordChange[]
        expect(plain(changes)).toHaveLength(changed.length)
        await db.applyChanges(changes)
        expect(await recordsOf(db)).toEqual(b)
        expect(await db.applyChanges(changes)).toMatchObject({ status: 'unchanged' })
        await db.revert(changes)
        expect(await recordsOf(db)).toEqual(a)
        expect(await db.changes()).toEqual([])

        if (changed.length > 0) {
          await other.revert(tip)
          expect(await recordsOf(other)).toEqual(a)
          const inverse = plain(await other.diff(tip)).map(({ key, before, after }) => [key, after, before])
          expect(inverse).toEqual(plain(changes).map(({ key, before, after }) => [key, before, after]))
          await other.undo()
          expect(await recordsOf(other)).toEqual(b)

          await become(db, c)
          const rules = { mode: 'field', record: {} } as const
          const expected = new Map<string, RecordValue>()
          let conflicts = 0
          for (const key of new Set([...a.keys(), ...b.keys(), ...c.keys()])) {
            const three = { base: a.get(key), ours: c.get(key), theirs: b.get(key) }
            const merged = mergeRecord(three, rules)
            const isConflict = merged.conflicts.some(({ blocking }) => blocking)
            if (isConflict) conflicts++
            const now = isConflict ? three.ours : merged.value
            if (now) expected.set(key, now)
          }
          const stopped = await db.cherryPick(tip)
          expect(stopped.status === 'conflicts' ? stopped.conflicts.length : 0).toBe(conflicts)
          if (conflicts > 0) expect(await recordsOf(db)).toEqual(c)
          const skipped = await db.cherryPick(tip, { onConflict: 'skip' })
          if ('skipped' in skipped) expect(skipped.skipped).toHaveLength(conflicts)
          const found = await recordsOf(db)
          expect(found.size).toBe(expected.size)
          for (const [key, record] of expected) expect(equalValues(found.get(key), record), key).toBe(true)
        }
        await db.discard()
        await other.discard()
        await db.branches.delete(other.branch ?? '', { force: true })
        await other.close()
      }),
      // Of the laws themselves there are many more runs in carry-laws; these go through a whole database.
      { numRuns: 20, seed: Number(process.env['ESPALIER_SEED'] ?? 5) },
    )
    await db.close()
  }, 3_600_000)
})
