import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Branch, Database } from '../../src/client/database.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { git } from '../support/git-repositories.ts'
import { definition } from '../support/layout-database.ts'
import { anyValues, createRandom, openOn } from './world.ts'

// Merges against an oracle of maps, and their history against native git.

vi.setConfig({ testTimeout: 600_000 })
const long = process.env['ESPALIER_LONG'] !== undefined

const columns = ['$ID', 'a', 'b'] as const
const collections = ['single', 'yaml', 'csv', 'list', 'dictionary', 'lines', 'ingr'] as const
const keys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'] as const

const files: Record<string, string> = {
  '.ingitdb/root-collections.yaml': collections.map((id) => `${id}: ${id}\n`).join(''),
  'single/.collection/definition.yaml': definition('{key}.json', 'json', 'single', ['a', 'b']),
  'yaml/.collection/definition.yaml': definition('{key}.yaml', 'yaml', 'single', ['a', 'b']),
  'csv/.collection/definition.yaml': definition('all.csv', 'csv', 'list', columns),
  'list/.collection/definition.yaml': definition('all.json', 'json', 'list', columns),
  'dictionary/.collection/definition.yaml': definition('all.yaml', 'yaml', 'dictionary', ['a', 'b']),
  'lines/.collection/definition.yaml': definition('all.jsonl', 'jsonl', 'list', columns),
  'ingr/.collection/definition.yaml': definition('all.ingr', 'ingr', 'list', columns),
}
for (const key of keys) {
  files[`single/$records/${key}.json`] = '{\n  "a": "0",\n  "b": "0"\n}\n'
  files[`yaml/$records/${key}.yaml`] = 'a: "0" # first\nb: "0"\n'
}
const rows = keys.map((key) => ({ $ID: key, a: '0', b: '0' }))
files['csv/all.csv'] = `$ID,a,b\n${keys.map((key) => `${key},0,0\n`).join('')}`
files['list/all.json'] = `${JSON.stringify(rows, null, 2)}\n`
files['dictionary/all.yaml'] = keys.map((key) => `${key}:\n  a: "0"\n  b: "0"\n`).join('')
files['lines/all.jsonl'] = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
files['ingr/all.ingr'] =
  `# INGR.io | ingr: $ID, a, b\n${rows.map(({ $ID }) => `"${$ID}"\n"0"\n"0"\n`).join('')}# ${rows.length} records\n`

/** `collection/key` → field → value. */
type Model = Map<string, Map<string, string>>

function startModel(): Model {
  return new Map(
    collections.flatMap((id) =>
      keys.map((key): [string, Map<string, string>] => [
        `${id}/${key}`,
        new Map([
          ['a', '0'],
          ['b', '0'],
        ]),
      ]),
    ),
  )
}

const copy = (model: Model): Model => new Map(Array.from(model, ([at, fields]) => [at, new Map(fields)]))

async function readModel(branch: Branch): Promise<Model> {
  const model: Model = new Map()
  for (const id of collections) {
    const collection = branch.collection(id)
    expect(await collection.problems()).toEqual([])
    for (const row of await collection.all()) {
      const fields = Object.entries(row).filter(([name]) => !name.startsWith('$'))
      model.set(`${id}/${row.$id}`, new Map(fields.map(([name, value]) => [name, String(value)])))
    }
  }
  return model
}

const sorted = (model: Model): unknown =>
  [...model]
    .map(([at, fields]) => [at, [...fields].sort()] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))

async function setField(
  branch: Branch,
  model: Model,
  at: string,
  field: string,
  value: string,
): Promise<void> {
  const [id = '', key = ''] = at.split('/')
  const fields = model.get(at)
  if (fields) {
    await branch.collection(id).update(key, { [field]: value }, anyValues)
    fields.set(field, value)
  } else {
    const all = new Map([
      ['a', ''],
      ['b', ''],
      [field, value],
    ])
    model.set(at, all)
    await branch.collection(id).insert({ $id: key, ...Object.fromEntries(all) } as RecordValue, anyValues)
  }
}

async function deleteRecord(branch: Branch, model: Model, at: string): Promise<void> {
  const [id = '', key = ''] = at.split('/')
  if (!model.delete(at)) return
  await branch.collection(id).delete(key, anyValues)
}

const host = useGitHost()
let url: string
beforeAll(() => {
  url = host.make('model', files).url
})

const openModel = (): Promise<Database> => openOn(createMemoryStorage(), url)

test('histories in which nobody touches the same values merge to what both wrote, criss-cross too', async () => {
  let crossed = 0
  for (let seed = 1; seed <= (long ? 60 : 4); seed++) {
    const random = createRandom(seed)
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T // none is empty
    const db = await openModel()
    // Main owns the fields "a" and the records m*, draft the fields "b" and the records d*.
    const sides = [
      { name: 'main', branch: db as Branch, field: 'a', own: 'm', model: startModel() },
      { name: 'draft', branch: await db.branches.create('draft'), field: 'b', own: 'd', model: startModel() },
    ] as const
    const seen: { ours: string; theirs: string; bases: readonly string[] }[] = []
    let token = 0
    const edit = async ({ branch, field, own, model }: (typeof sides)[number]): Promise<void> => {
      for (let n = 0; n < 4; n++) {
        const id = pick(collections)
        const roll = random()
        if (roll < 0.6) await setField(branch, model, `${id}/${pick(keys)}`, field, `t${++token}`)
        else if (roll < 0.9)
          await setField(branch, model, `${id}/${own}${Math.floor(random() * 4)}`, field, `t${++token}`)
        else await deleteRecord(branch, model, `${id}/${own}${Math.floor(random() * 4)}`)
      }
      if ((await branch.changes()).length > 0) await branch.commit({ message: `Edit ${token}` })
    }
    const take = (
      into: (typeof sides)[number],
      from: Model,
      { field, own }: (typeof sides)[number],
    ): void => {
      for (const at of new Set([...into.model.keys(), ...from.keys()])) {
        const theirs = from.get(at)
        if (at.includes(`/${own}`)) {
          if (theirs) into.model.set(at, new Map(theirs))
          else into.model.delete(at)
        } else if (theirs && into.model.has(at)) into.model.get(at)?.set(field, theirs.get(field) ?? '')
      }
    }
    const merge = async (into: (typeof sides)[number], from: string): Promise<void> => {
      const started = await into.branch.merge.start(from)
      expect(started.conflicts, `seed ${seed}`).toEqual([])
      expect(started.violations, `seed ${seed}`).toEqual([])
      seen.push(started)
      if (started.status !== 'up-to-date') await started.commit({ noFastForward: random() < 0.5 })
      expect(sorted(await readModel(into.branch)), `seed ${seed}`).toEqual(sorted(into.model))
    }
    for (let round = 0; round < 6; round++) {
      const [main, draft] = sides
      await edit(main)
      await edit(draft)
      const tips = await Promise.all([main.branch.status(), draft.branch.status()])
      const models = [copy(main.model), copy(draft.model)] as const
      const how = Math.floor(random() * 3)
      if (how !== 1) {
        take(main, models[1], draft)
        await merge(main, tips[1].commit)
      }
      if (how !== 0) {
        take(draft, models[0], main)
        await merge(draft, tips[0].commit)
      }
    }
    await expectGitAgrees(db, `histories-${seed}`, seen)
    crossed += seen.filter(({ bases }) => bases.length > 1).length
    await db.close()
  }
  expect(crossed).toBeGreaterThan(0)
})

test('random edits of both sides conflict exactly where both changed a value', async () => {
  for (let seed = 1; seed <= (long ? 200 : 8); seed++) {
    const random = createRandom(seed * 7919)
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T // none is empty
    const db = await openModel()
    const base = startModel()
    const branches = [
      { branch: db as Branch, model: copy(base) },
      { branch: await db.branches.create('draft'), model: copy(base) },
    ] as const
    for (const { branch, model } of branches) {
      for (let n = 0; n < 25; n++) {
        const at = `${pick(collections)}/${pick([...keys, 'new'])}`
        if (random() < 0.15) await deleteRecord(branch, model, at)
        // Few values, so that both sides sometimes write the same.
        else await setField(branch, model, at, pick(['a', 'b']), `v${Math.floor(random() * 3)}`)
      }
      if ((await branch.changes()).length > 0) await branch.commit({ message: 'Edits' })
    }
    const [{ model: ours }, { model: theirs }] = branches
    const expected = mergeModels(base, ours, theirs)
    const merge = await db.merge.start('draft')
    expect(
      merge.conflicts.map(({ collection, key, path }) => [`${collection}/${key}`, ...path].join('.')).sort(),
      `seed ${seed}`,
    ).toEqual(expected.conflicts.sort())
    await merge.resolveAll('theirs')
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    expect(sorted(await readModel(db)), `seed ${seed}`).toEqual(sorted(expected.theirs))
    await expectGitAgrees(db, `conflicts-${seed}`, [merge])
    await db.close()
  }
})

/** The merge by the book, with the conflicts resolved to theirs. */
function mergeModels(base: Model, ours: Model, theirs: Model): { conflicts: string[]; theirs: Model } {
  const conflicts: string[] = []
  const result: Model = new Map()
  const same = (one?: Map<string, string>, other?: Map<string, string>): boolean =>
    JSON.stringify(one && [...one].sort()) === JSON.stringify(other && [...other].sort())
  for (const at of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [b, o, t] = [base.get(at), ours.get(at), theirs.get(at)]
    let value: Map<string, string> | undefined
    if (same(o, t) || same(b, t)) value = o
    else if (same(b, o)) value = t
    else if (!o || !t) {
      conflicts.push(at)
      value = t
    } else {
      value = new Map()
      for (const field of ['a', 'b']) {
        const [was, our, their] = [b?.get(field), o.get(field), t.get(field)]
        const isConflict = our !== their && was !== our && was !== their
        if (isConflict) conflicts.push(`${at}.${field}`)
        const taken = was === their ? our : their
        if (taken !== undefined) value.set(field, taken)
      }
    }
    if (value) result.set(at, value)
  }
  return { conflicts, theirs: result }
}

/** What we wrote is sound for native git, which finds the same merge bases. */
async function expectGitAgrees(
  db: Database,
  name: string,
  merges: readonly { readonly ours: string; readonly theirs: string; readonly bases: readonly string[] }[],
): Promise<void> {
  const bundle = join(host.path, `${name}.bundle`)
  writeFileSync(bundle, await db.exportBundle())
  git(host.path, 'clone', '-q', '--bare', bundle, name)
  const repository = join(host.path, name)
  expect(git(repository, 'fsck', '--full', '--strict')).not.toMatch(/error|missing|broken/)
  for (const { ours, theirs, bases } of merges) {
    const found = git(repository, 'merge-base', '--all', ours, theirs).trim().split('\n')
    expect([...bases].sort()).toEqual(found.sort())
  }
}
