import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import * as isomorphic from 'isomorphic-git'
import { expect } from 'vitest'
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml'
import { startGitServer, type GitServer } from '../../demo/server/git-server.ts'
import type { Branch, Database } from '../../src/client/database.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import type { UndoOutcome } from '../../src/protocol/outcomes.ts'
import type { ChangeFilter, RecordAddress, RecordValue } from '../../src/protocol/records.ts'
import { createNodeTabs, type NodeTabs } from '../../worker/node-engine.ts'
import { git, makeBareRepository, smallDatabase, temporaryFolder } from '../support/git-repositories.ts'
import {
  applied,
  createModel,
  currentBranch,
  edit,
  history,
  pull,
  push,
  same,
  valuesNow,
  type Commit,
  type Model,
  type LocalBranch,
} from './model.ts'
import {
  keepsFamilies,
  noteEdits,
  noteOperation,
  selectedBy,
  stateOf,
  takeBack,
  type Taken,
} from './model-undo.ts'
import { definition } from '../support/layout-database.ts'
import { startProcess, type KillableProcess } from './killable.ts'
import { memoryStore, type ModelStore } from './model-store.ts'
import { anyValues, openOn, until } from './world.ts'

/** The database under test: two tabs on one disk, and the remote. */
interface Real {
  readonly store: ModelStore
  readonly bare: string
  readonly url: string
  tabs: NodeTabs
  /** That of both tabs. */
  process: KillableProcess
  /** Per tab the database and its open branches. */
  open: { db: Database; branches: Map<string, Branch> }[]
}

/** Every layout: a file per record, a list and a dictionary that share one, records and a list below each parent. */
const ids = ['geo.countries', 'units', 'rows', 'tags', 'units/notes', 'units/lines'] as const
type Id = (typeof ids)[number]
const parentOf = (id: Id): Id | undefined => (id.includes('/') ? 'units' : undefined)

const modelDatabase: Readonly<Record<string, string>> = {
  ...smallDatabase,
  '.ingitdb/root-collections.yaml': 'geo.countries: geo/countries\nunits: units\nrows: rows\ntags: tags\n',
  'rows/.collection/definition.yaml': definition('rows.json', 'json', 'list', ['$ID', 'name']),
  'rows/rows.json': '[\n  { "$ID": "ie", "name": "one" },\n  { "$ID": "a b", "name": "two" }\n]\n',
  'tags/.collection/definition.yaml': definition('tags.yaml', 'yaml', 'dictionary', ['name']),
  'tags/tags.yaml': '# tags\nfr:\n  name: "three" # quoted\n',
  'units/.collection/subcollections/notes/definition.yaml': definition('{key}.json', 'json', 'single', [
    'name',
  ]),
  'units/.collection/subcollections/lines/definition.yaml': definition('lines.json', 'json', 'list', [
    '$ID',
    'name',
  ]),
  'units/$records/metre/notes/$records/ie.json': '{ "name": "four" }\n',
  // The older layout, without `$records`.
  'units/foot/lines/lines.json': '[{ "$ID": "x.y", "name": "five" }]\n',
}
const keys = ['ie', 'fr', 'de', 'metre', 'foot', 'åland', 'a b', 'x.y', '日本'] as const

const leaf = fc.oneof(
  fc.constantFrom<RecordValue[string]>(
    'yes',
    'null',
    '1e3',
    ' lead',
    'two\nlines\n',
    '# no',
    '',
    "it's",
    'ß "q"',
    '0x1',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 12 }),
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('en', 'de', 'x y'), fc.string({ maxLength: 5 }), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
)
const field = fc.constantFrom(
  'name',
  'population',
  'names',
  'symbol',
  'factor',
  'note',
  '__proto__',
  'constructor',
)
const record: fc.Arbitrary<RecordValue> = fc
  .array(fc.tuple(field, leaf), { minLength: 1, maxLength: 4 })
  .map((entries) => Object.fromEntries(entries))
const address = fc
  .record({
    id: fc.constantFrom(...ids),
    key: fc.constantFrom(...keys),
    parent: fc.constantFrom('metre', 'foot', 'a b'),
  })
  .map(({ id, key, parent }) => ({ id, key: parentOf(id) ? `${parent}/${key}` : key }))
const tab = fc.nat(1)

/** A part of the working changes. */
const someChanges: fc.Arbitrary<ChangeFilter> = fc.oneof(
  fc.record({ collection: fc.constantFrom(...ids) }),
  fc.record({ kind: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const) }),
  fc.array(
    address.map(({ id, key }) => ({ collection: id, key })),
    { maxLength: 4 },
  ),
)

type Run = (model: Model, real: Real) => Promise<void>

/** How a part of the changes is refused that needs others. */
const apart = { code: expect.stringMatching(/^record\/(missing|referenced)$/) as string }

async function discardSome(branch: Branch, expected: LocalBranch, filter: ChangeFilter): Promise<void> {
  const selected = selectedBy(expected, filter)
  const rest = new Map([...expected.working].filter(([at]) => !selected.has(at)))
  const { values } = expected.commit
  const isRefused =
    selected.size > 0 && !keepsFamilies(values, applied(values, rest), rest.keys(), valuesNow(expected))
  if (isRefused) await expect(branch.discard(filter)).rejects.toMatchObject(apart)
  else {
    await branch.discard(filter)
    for (const at of selected.keys()) expected.working.delete(at)
  }
  await checkRecords(branch, valuesNow(expected))
}

async function commitAll(model: Model, branch: Branch): Promise<void> {
  const expected = currentBranch(model)
  const message = `Commit ${++model.counter}`
  await branch.commit({ message })
  expected.commit = { parent: expected.commit, message, values: valuesNow(expected) }
  expected.working.clear()
}

/** A command that prints itself when a run fails. */
function command<T>(
  name: string,
  input: fc.Arbitrary<T>,
  run: (input: T) => Run,
): fc.Arbitrary<fc.AsyncCommand<Model, Real>> {
  return input.map((value) => ({
    check: () => true,
    run: async (model, real) => {
      const before = { branch: model.current, ...stateOf(model) }
      await run(value)(model, real)
      const tab = tabOf(value)
      if (name !== 'undo' && name !== 'transaction' && tab !== undefined) noteOperation(model, tab, before)
    },
    toString: () => `${name}(${JSON.stringify(value)})`,
  }))
}

function tabOf(input: unknown): number | undefined {
  const { tab } = (input ?? {}) as { readonly tab?: unknown } // what the command's arbitrary made
  return typeof tab === 'number' ? tab : undefined
}

const path = (id: string, key: string): string => `${id}|${key}`

/** The record above one of a subcollection. */
function parentPath({ id, key }: { readonly id: Id; readonly key: string }): string | undefined {
  const parent = parentOf(id)
  return parent && path(parent, key.slice(0, key.indexOf('/')))
}

function hasChildren(
  values: ReadonlyMap<string, RecordValue>,
  { id, key }: { id: Id; key: string },
): boolean {
  return (
    id === 'units' &&
    [...values.keys()].some(
      (other) => /^units\/\w+\|/.test(other) && other.split('|')[1]?.startsWith(`${key}/`),
    )
  )
}

/** The handle of the current branch in a tab that has seen everything. */
async function handle(model: Model, real: Real, index: number): Promise<Branch> {
  const { db, branches } = real.open[index] as Real['open'][number] // two tabs
  const branch = branches.get(model.current) ?? (await db.branches.open(model.current))
  branches.set(model.current, branch)
  const expected = currentBranch(model)
  if (real.store.isSlow) await db.refresh()
  await until('the tab caught up', async () => {
    if ((await branch.changes()).length !== expected.working.size) return false
    const [newest] = await branch.log({ limit: 1 })
    return newest?.message.trim() === expected.commit.message
  })
  return branch
}

async function checkRecords(
  branch: Pick<Branch, 'collection'>,
  expected: ReadonlyMap<string, RecordValue>,
): Promise<void> {
  for (const id of ids) {
    const wanted = new Map([...expected].filter(([name]) => name.startsWith(`${id}|`)))
    const rows = await branch.collection(id).all()
    expect(rows.map((row) => path(id, row.$id)).sort()).toEqual([...wanted.keys()].sort())
    for (const row of rows) {
      const { $id, $rev: _, $parent, $status: __, ...value } = row
      expect($parent).toBe(parentOf(id) && $id.slice(0, $id.indexOf('/')))
      const oracle = wanted.get(path(id, $id)) ?? null
      if (!same(value as RecordValue, oracle)) expect(value, path(id, $id)).toEqual(oracle)
    }
    expect(await branch.collection(id).problems()).toEqual([])
  }
}

async function refused(work: Promise<unknown>, code: string): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(isEspalierError(error) ? error.code : error).toBe(code)
}

const commands = [
  command(
    'insert',
    fc.record({ at: address, value: record, tab }),
    ({ at, value, tab }) =>
      async (model, real) => {
        const branch = await handle(model, real, tab)
        const expected = currentBranch(model)
        const inserting = branch.collection(at.id).insert({ ...value, $id: at.key })
        const parent = parentPath(at)
        if (parent !== undefined && !valuesNow(expected).has(parent))
          return refused(inserting, 'record/missing')
        if (valuesNow(expected).has(path(at.id, at.key))) return refused(inserting, 'record/exists')
        await inserting
        edit(expected, path(at.id, at.key), value)
        await checkRecords(branch, valuesNow(expected))
      },
  ),
  ...[1, 2].map(() =>
    command(
      'update',
      fc.record({ at: address, patch: record, tab, guarded: fc.boolean() }),
      ({ at, patch, tab, guarded }) =>
        async (model, real) => {
          const branch = await handle(model, real, tab)
          const expected = currentBranch(model)
          const old = valuesNow(expected).get(path(at.id, at.key))
          const collection = branch.collection(at.id)
          if (!old) return refused(collection.update(at.key, patch), 'record/missing')
          const row = await collection.get(at.key)
          if (guarded) await refused(collection.update(at.key, patch, { ifMatch: 'stale' }), 'record/changed')
          await collection.update(at.key, patch, guarded && row ? { ifMatch: row.$rev } : {})
          const merged = Object.fromEntries([...Object.entries(old), ...Object.entries(patch)])
          edit(expected, path(at.id, at.key), merged)
          await checkRecords(branch, valuesNow(expected))
        },
    ),
  ),
  command(
    'upsert or replace',
    fc.record({ at: address, value: record, tab, kind: fc.constantFrom('upsert', 'replace') }),
    ({ at, value, tab, kind }) =>
      async (model, real) => {
        const branch = await handle(model, real, tab)
        const expected = currentBranch(model)
        const old = valuesNow(expected).get(path(at.id, at.key))
        const collection = branch.collection(at.id)
        const row = { ...value, $id: at.key }
        await refused(collection[kind](row, { ifMatch: 'stale' }), 'record/changed')
        const writing = collection[kind](row)
        const parent = parentPath(at)
        if (!old && (kind === 'replace' || (parent !== undefined && !valuesNow(expected).has(parent))))
          return refused(writing, 'record/missing')
        await writing
        edit(expected, path(at.id, at.key), value)
        await checkRecords(branch, valuesNow(expected))
      },
  ),
  command(
    'many',
    fc.record({
      id: fc.constantFrom(...ids),
      rows: fc.uniqueArray(fc.record({ key: fc.constantFrom(...keys), value: record }), {
        selector: ({ key }) => key,
        minLength: 1,
        maxLength: 5,
      }),
      parent: fc.constantFrom('metre', 'foot', 'a b'),
      tab,
      kind: fc.constantFrom('insertMany', 'updateMany', 'replaceMany', 'upsertMany', 'deleteMany'),
    }),
    ({ id, rows, parent, tab, kind }) =>
      async (model, real) => {
        const branch = await handle(model, real, tab)
        const expected = currentBranch(model)
        const now = valuesNow(expected)
        const all = branch.collection(id)
        const collection = parentOf(id)
          ? branch.collection('units').record(parent).collection(id.slice(6))
          : all
        const at = (key: string): string => path(id, parentOf(id) ? `${parent}/${key}` : key)
        const present = rows.filter(({ key }) => now.has(at(key)))
        const full = rows.map(({ key, value }) => ({ ...value, $id: key }))
        const isOrphan = parentOf(id) !== undefined && !now.has(path('units', parent))
        const writing: Promise<unknown> =
          kind === 'updateMany'
            ? collection.updateMany(rows.map(({ key, value }) => ({ key, patch: value })))
            : kind === 'deleteMany'
              ? collection.deleteMany(rows.map(({ key }) => key))
              : collection[kind](full)
        if (kind === 'deleteMany') {
          // What is wrong with the first record that cannot be deleted.
          const faults = rows.flatMap(({ key }) => {
            if (!now.has(at(key))) return 'record/missing'
            return hasChildren(now, { id, key: at(key).split('|')[1] ?? '' }) ? 'record/referenced' : []
          })
          if (faults[0] !== undefined) return refused(writing, faults[0])
        }
        const adds = kind === 'insertMany' || kind === 'upsertMany'
        if (adds ? isOrphan && present.length < rows.length : present.length < rows.length)
          return refused(writing, 'record/missing')
        if (kind === 'insertMany' && present.length > 0) return refused(writing, 'record/exists')
        await writing
        for (const { key, value } of rows) {
          const old = now.get(at(key))
          edit(
            expected,
            at(key),
            kind === 'deleteMany'
              ? null
              : kind === 'updateMany' && old
                ? Object.fromEntries([...Object.entries(old), ...Object.entries(value)])
                : value,
          )
        }
        await checkRecords(branch, valuesNow(expected))
      },
  ),
  command(
    'transaction',
    fc.record({
      writes: fc.array(fc.record({ at: address, value: fc.option(record) }), { minLength: 1, maxLength: 5 }),
      tab,
      fails: fc.boolean(),
      meanwhile: fc.option(fc.record({ at: address, value: record }), { freq: 2 }),
    }),
    ({ writes, tab, fails, meanwhile }) =>
      async (model, real) => {
        const branch = await handle(model, real, tab)
        const other = await handle(model, real, 1 - tab)
        const expected = currentBranch(model)
        let runs = 0
        const work = branch.transaction(async (tx) => {
          runs++
          const now = new Map(valuesNow(expected))
          for (const { at, value } of writes) {
            const collection = tx.collection(at.id)
            const name = path(at.id, at.key)
            const parent = parentPath(at)
            if (value === null) {
              if (!now.has(name)) await refused(collection.delete(at.key), 'record/missing')
              else if (hasChildren(now, at)) await refused(collection.delete(at.key), 'record/referenced')
              else {
                await collection.delete(at.key)
                now.delete(name)
              }
            } else if (!now.has(name) && parent !== undefined && !now.has(parent))
              await refused(collection.upsert({ ...value, $id: at.key }), 'record/missing')
            else {
              await collection.upsert({ ...value, $id: at.key })
              now.set(name, value)
            }
          }
          // Reads see what was written; others do not.
          await checkRecords(tx, now)
          if (runs === 1) {
            await checkRecords(other, valuesNow(expected))
            const { at, value } = meanwhile ?? {}
            const parent = at && parentPath(at)
            if (at && value && (parent === undefined || valuesNow(expected).has(parent))) {
              await other.collection(at.id).upsert({ ...value, $id: at.key })
              const before = { branch: model.current, ...stateOf(model) }
              edit(expected, path(at.id, at.key), value)
              noteOperation(model, 1 - tab, before)
            }
          }
          if (fails) throw new Error('given up')
          return now
        })
        if (fails) {
          await expect(work).rejects.toThrow('given up')
          await real.open[tab]?.db.refresh()
          return checkRecords(await handle(model, real, tab), valuesNow(expected))
        }
        const values = await work
        await real.open[tab]?.db.refresh()
        const before = { branch: model.current, ...stateOf(model) }
        for (const name of new Set([...before.values.keys(), ...values.keys()]))
          edit(expected, name, values.get(name) ?? null)
        noteOperation(model, tab, before)
        await checkRecords(await handle(model, real, tab), valuesNow(expected))
      },
  ),
  command('delete', fc.record({ at: address, tab }), ({ at, tab }) => async (model, real) => {
    const branch = await handle(model, real, tab)
    const expected = currentBranch(model)
    const deleting = branch.collection(at.id).delete(at.key)
    if (!valuesNow(expected).has(path(at.id, at.key))) return refused(deleting, 'record/missing')
    if (hasChildren(valuesNow(expected), at)) return refused(deleting, 'record/referenced')
    await deleting
    edit(expected, path(at.id, at.key), null)
    await checkRecords(branch, valuesNow(expected))
  }),
  command(
    'discard some',
    fc.record({ filter: someChanges, tab }),
    ({ filter, tab }) =>
      async (model, real) => {
        const branch = await handle(model, real, tab)
        const expected = currentBranch(model)
        await discardSome(branch, expected, filter)
      },
  ),
  command(
    'commit some',
    fc.record({ filter: someChanges, tab }),
    ({ filter, tab }) =>
      async (model, real) => {
        const branch = await handle(model, real, tab)
        const expected = currentBranch(model)
        const message = `Commit ${++model.counter}`
        const committing = branch.commit({ message, records: filter })
        const selected = selectedBy(expected, filter)
        if (selected.size === 0) return refused(committing, 'engine/nothing-to-commit')
        const values = applied(expected.commit.values, selected)
        const isWhole = selected.size === expected.working.size
        if (
          !isWhole &&
          !keepsFamilies(expected.commit.values, values, selected.keys(), valuesNow(expected))
        ) {
          await expect(committing).rejects.toMatchObject(apart)
          return checkRecords(branch, valuesNow(expected))
        }
        await committing
        expected.commit = { parent: expected.commit, message, values }
        for (const at of selected.keys()) expected.working.delete(at)
        expect((await branch.changes()).map(({ collection, key }) => path(collection, key)).sort()).toEqual(
          [...expected.working.keys()].sort(),
        )
        await checkRecords(branch, valuesNow(expected))
      },
  ),
  ...[1, 2].map(() =>
    command(
      'undo',
      fc.record({ tab, redo: fc.constantFrom('no', 'now', 'after a commit') }),
      ({ tab, redo }) =>
        async (model, real) => {
          const branch = await handle(model, real, tab)
          const expected = currentBranch(model)
          const check = async (calling: Promise<UndoOutcome>, wanted: Taken): Promise<void> => {
            if (wanted.status === 'error') return refused(calling, wanted.code)
            const outcome = await calling
            expect(outcome.status).toBe(wanted.status)
            const named = (records: readonly RecordAddress[]): readonly string[] =>
              records.map(({ collection, key }) => path(collection, key)).sort()
            expect(named(outcome.records)).toEqual([...wanted.done.keys()].sort())
            expect(named(outcome.refused)).toEqual([...wanted.refused].sort())
            await checkRecords(branch, valuesNow(expected))
          }
          const undone = takeBack(model, tab)
          await check(branch.undo(), undone)
          if (redo === 'no' || undone.status !== 'done') return
          // A redo is the undo of the undo.
          noteEdits(model, tab, undone.done)
          if (redo === 'after a commit' && expected.working.size > 0) await commitAll(model, branch)
          const redone = takeBack(model, tab)
          await check(branch.redo(), redone)
          // It stays one to redo, not one to undo.
          if (redone.status === 'error') model.operations[tab]?.pop()
          else noteEdits(model, tab, redone.done)
        },
    ),
  ),
  command('discard', fc.record({ at: fc.option(address), tab }), ({ at, tab }) => async (model, real) => {
    const branch = await handle(model, real, tab)
    const expected = currentBranch(model)
    if (at) return discardSome(branch, expected, [{ collection: at.id, key: at.key }])
    await branch.discard()
    expected.working.clear()
    await checkRecords(branch, valuesNow(expected))
  }),
  ...[1, 2].map(() =>
    command('commit', fc.record({ tab }), ({ tab }) => async (model, real) => {
      const branch = await handle(model, real, tab)
      const expected = currentBranch(model)
      if (expected.working.size > 0) await commitAll(model, branch)
      else await refused(branch.commit({ message: 'Nothing' }), 'engine/nothing-to-commit')
      await checkRecords(branch, valuesNow(expected))
    }),
  ),
  command('branch', fc.record({ tab }), ({ tab }) => async (model, real) => {
    const from = await handle(model, real, tab)
    const name = `draft/${++model.counter}`
    const { db, branches } = real.open[tab] as Real['open'][number] // two tabs
    branches.set(name, await db.branches.create(name, { from: from.branch ?? '' }))
    model.local.set(name, { commit: currentBranch(model).commit, working: new Map() })
    await refused(db.branches.create(name), 'git/ref-exists')
    model.current = name
  }),
  command('switch', fc.record({ tab, to: fc.nat() }), ({ tab, to }) => async (model, real) => {
    const names = [...model.local.keys()]
    model.current = names[to % names.length] ?? 'main'
    await checkRecords(await handle(model, real, tab), valuesNow(currentBranch(model)))
  }),
  command('at', fc.record({ tab, back: fc.nat(6) }), ({ tab, back }) => async (model, real) => {
    const branch = await handle(model, real, tab)
    const expected = history(currentBranch(model).commit)
    const log = await branch.log({ limit: 1000 })
    expect(log.map(({ message }) => message.trim())).toEqual(expected.map(({ message }) => message))
    const index = Math.min(back, log.length - 1)
    const then = await (real.open[tab] as Real['open'][number]).db.at(log[index]?.oid ?? '') // two tabs
    await checkRecords(then as Branch, expected[index]?.values ?? new Map())
    await then.close()
  }),
  command('reopen', fc.constant(null), () => async (model, real) => {
    await closeTabs(real)
    await openTabs(real)
    model.operations = [[], []]
    await checkRecords(await handle(model, real, 0), valuesNow(currentBranch(model)))
  }),
  ...[1, 2].map(() =>
    command(
      'kill',
      fc.record({
        at: address,
        value: record,
        wanted: fc.constantFrom('upsert', 'discard', 'commit'),
        on: tab,
        calls: fc.nat(3),
        applied: fc.boolean(),
      }),
      ({ at, value, wanted, on, calls, applied: isApplied }) =>
        async (model, real) => {
          const branch = await handle(model, real, on)
          const expected = currentBranch(model)
          const parent = parentPath(at)
          if (parent !== undefined && !valuesNow(expected).has(parent)) return
          // Without working changes there is nothing to discard or commit yet.
          const what = expected.working.size === 0 ? 'upsert' : wanted
          const message = `Commit ${++model.counter}`
          const next: LocalBranch = { commit: expected.commit, working: new Map(expected.working) }
          if (what === 'upsert') edit(next, path(at.id, at.key), value)
          else next.working.clear()
          if (what === 'commit')
            next.commit = { parent: expected.commit, message, values: valuesNow(expected) }

          real.process.killAt(calls, isApplied)
          const working: Promise<unknown> =
            what === 'upsert'
              ? branch.collection(at.id).upsert({ ...value, $id: at.key })
              : what === 'discard'
                ? branch.discard()
                : branch.commit({ message })
          const end = await Promise.race([
            working.then(() => 'acknowledged'),
            real.process.dead.then(() => 'killed'),
          ])
          real.process.kill()
          await real.store.closed()
          await openTabs(real)
          model.operations = [[], []]
          const [first] = real.open
          const found = await first?.db.branches.open(model.current)
          if (!found) throw new Error('no tab')
          const holds = async (state: LocalBranch): Promise<boolean> => {
            const [newest] = await found.log({ limit: 1 })
            const changes = new Map(
              (await found.changes()).map(({ collection, key, after }) => [
                path(collection, key),
                after ?? null,
              ]),
            )
            return (
              newest?.message.trim() === state.commit.message &&
              changes.size === state.working.size &&
              [...state.working].every(
                ([name, after]) => changes.has(name) && same(changes.get(name) ?? null, after),
              )
            )
          }
          // All that was acknowledged, and of what was under way all or nothing.
          if (await holds(next)) model.local.set(model.current, next)
          else expect([end, await holds(expected)]).toEqual(['killed', true])
          await found.close()
          await checkRecords(await handle(model, real, 0), valuesNow(currentBranch(model)))
        },
    ),
  ),
  command('compact', fc.record({ tab }), ({ tab }) => async (model, real) => {
    // Only when it is alone may a tab take packs away.
    const other = 1 - tab
    await real.open[other]?.db.close()
    await real.open[tab]?.db.compact()
    real.open[other] = { db: await openTab(real), branches: new Map() }
    model.operations[other] = []
    await checkRecords(await handle(model, real, tab), valuesNow(currentBranch(model)))
  }),
  command('pull', fc.record({ tab }), ({ tab }) => async (model, real) => {
    const branch = await handle(model, real, tab)
    const outcome = await branch.pull()
    const expected = pull(model)
    if (expected.status === 'blocked') {
      const records = outcome.status === 'blocked' ? outcome.records : []
      expect(records.map(({ collection, key }) => path(collection, key)).sort()).toEqual(expected.keys)
    } else expect(outcome).toMatchObject(expected)
    await checkRecords(branch, valuesNow(currentBranch(model)))
  }),
  command('push', fc.record({ tab }), ({ tab }) => async (model, real) => {
    const branch = await handle(model, real, tab)
    expect(await branch.push()).toMatchObject({ status: push(model) })
  }),
  command(
    'elsewhere',
    fc.record({ at: address, value: fc.option(record), on: fc.nat() }),
    ({ at, value, on }) =>
      async (model, real) => {
        const names = [...model.remote.keys()]
        const name = names[on % names.length] ?? 'main'
        const tip = model.remote.get(name) as Commit // a name of the remote
        const values = new Map(tip.values)
        if (value) values.set(path(at.id, at.key), value)
        else if (!values.delete(path(at.id, at.key))) return
        const message = `Elsewhere ${++model.counter}`
        const file = filePath(real.bare, name, at.id, at.key)
        commitNatively(real.bare, name, message, file, textOf(at.id, at.key, values))
        model.remote.set(name, { parent: tip, message, values })
      },
  ),
]

function yamlText(value: object): string {
  return stringifyYaml(value instanceof Map ? value : new Map(Object.entries(value)))
}

/** The file that holds a record, as somebody else would write it; null where it goes. */
function textOf(id: Id, key: string, values: ReadonlyMap<string, RecordValue>): string | null {
  const value = values.get(path(id, key))
  const below = parentOf(id) ? key.slice(0, key.indexOf('/') + 1) : ''
  const siblings = [...values].flatMap(([name, sibling]) =>
    name.startsWith(path(id, below)) ? [[name.slice(path(id, below).length), sibling] as const] : [],
  )
  switch (id) {
    case 'rows':
    case 'units/lines':
      return `[\n${siblings.map(([own, sibling]) => JSON.stringify({ $ID: own, ...sibling })).join(',\n')}\n]\n`
    case 'tags':
      return yamlText(new Map(siblings.map(([own, sibling]) => [own, new Map(Object.entries(sibling))])))
    case 'units':
      return value ? yamlText(value) : null
    default:
      return value ? `${JSON.stringify(value, null, 2)}\n` : null
  }
}

/** Where a record is, or would be, on a branch. */
function filePath(gitdir: string, branch: string, id: Id, key: string): string {
  const [parent = '', own = ''] = key.split('/')
  switch (id) {
    case 'rows':
      return 'rows/rows.json'
    case 'tags':
      return 'tags/tags.yaml'
    case 'units':
      return `units/$records/${key}.yaml`
    case 'geo.countries':
      return `geo/countries/$records/${key}.json`
    case 'units/notes':
      return `units/$records/${parent}/notes/$records/${own}.json`
    case 'units/lines': {
      const older = `units/${parent}/lines/lines.json`
      return git(gitdir, 'ls-tree', branch, older) === ''
        ? `units/$records/${parent}/lines/lines.json`
        : older
    }
  }
}

/** git-fast-import(1): one process, no checkout. */
function commitNatively(
  bare: string,
  branch: string,
  message: string,
  file: string,
  text: string | null,
): void {
  const quoted = `"${file.replaceAll('"', '\\"')}"`
  const change =
    text === null ? `D ${quoted}\n` : `M 100644 inline ${quoted}\ndata ${Buffer.byteLength(text)}\n${text}\n`
  const input =
    `commit refs/heads/${branch}\ncommitter Grace <grace@example.com> 1700000000 +0000\n` +
    `data ${Buffer.byteLength(message)}\n${message}\nfrom refs/heads/${branch}^0\n${change}\ndone\n`
  execFileSync('git', ['fast-import', '--quiet', '--done'], {
    cwd: bare,
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

async function openTab(real: Real): Promise<Database> {
  return openOn(real.process.wrap(await real.store.open()), real.url, { tabs: real.tabs, ...anyValues })
}

async function openTabs(real: Real): Promise<void> {
  real.tabs = createNodeTabs()
  real.process = startProcess()
  real.open = []
  for (let index = 0; index < 2; index++) real.open.push({ db: await openTab(real), branches: new Map() })
}

async function closeTabs(real: Real): Promise<void> {
  for (const { db } of real.open) await db.close()
  await real.store.closed()
}

/** A native clone holds exactly the oracle's branches, and so does what isomorphic-git reads of it. */
async function checkNatively(
  folder: string,
  source: string,
  branches: ReadonlyMap<string, Commit>,
): Promise<void> {
  const clone = join(folder, 'check.git')
  git(folder, 'clone', '-q', '--bare', source, 'check.git')
  expect(git(clone, 'fsck', '--strict', '--full', '--no-dangling')).toBe('')
  for (const [name, commit] of branches) {
    const log = git(clone, 'log', '--format=%s', name).trim().split('\n')
    expect(log).toEqual(history(commit).map(({ message }) => message))
    const found = new Map<string, RecordValue>()
    for (const line of git(clone, 'ls-tree', '-r', '-z', name).split('\0')) {
      const match = /^100644 blob ([0-9a-f]{40})\t(.*)$/su.exec(line)
      if (!match || !isRecordFile(match[2] ?? '')) continue
      const text = git(clone, 'cat-file', 'blob', match[1] ?? '')
      for (const [key, value] of recordsIn(match[2] ?? '', text)) found.set(key, value)
    }
    expect([...found.keys()].sort()).toEqual([...commit.values.keys()].sort())
    for (const [key, value] of found) {
      if (!same(value, commit.values.get(key) ?? null))
        expect(value, `${name}: ${key}`).toEqual(commit.values.get(key))
    }
    await checkWithIsomorphicGit(clone, name, commit)
  }
}

async function checkWithIsomorphicGit(gitdir: string, name: string, commit: Commit): Promise<void> {
  const cache = {}
  const log = await isomorphic.log({ fs: nodeFs, gitdir, ref: name, cache })
  expect(log.map((entry) => entry.commit.message.trim())).toEqual(
    history(commit).map(({ message }) => message),
  )
  const oid = log[0]?.oid ?? ''
  for (const [at, value] of commit.values) {
    const [id, key] = at.split('|') as [Id, string] // as `path` joined them
    const filepath = filePath(gitdir, name, id, key)
    const { blob } = await isomorphic.readBlob({ fs: nodeFs, gitdir, oid, filepath, cache })
    const text = new TextDecoder().decode(blob)
    if (!same(recordsIn(filepath, text).get(at) ?? null, value)) throw new Error(`${at} differs`)
  }
}

const filePatterns: readonly (readonly [Id, RegExp])[] = [
  ['rows', /^rows\/rows\.json$/],
  ['tags', /^tags\/tags\.yaml$/],
  ['geo.countries', /^geo\/countries\/\$records\/([^/]+)\.json$/],
  ['units', /^units\/\$records\/([^/]+)\.yaml$/],
  ['units/notes', /^units\/(?:\$records\/)?([^/]+)\/notes\/\$records\/([^/]+)\.json$/],
  ['units/lines', /^units\/(?:\$records\/)?([^/]+)\/lines\/lines\.json$/],
]

function isRecordFile(file: string): boolean {
  return filePatterns.some(([, pattern]) => pattern.test(file))
}

/** The records of one file by their paths in the oracle. */
function recordsIn(file: string, text: string): ReadonlyMap<string, RecordValue> {
  const records = new Map<string, RecordValue>()
  for (const [id, pattern] of filePatterns) {
    const match = pattern.exec(file)
    if (!match) continue
    const folders = match.slice(1)
    if (id === 'rows' || id === 'units/lines') {
      for (const { $ID, ...value } of JSON.parse(text) as { $ID: string }[])
        records.set(path(id, [...folders, $ID].join('/')), value)
    } else if (id === 'tags') {
      for (const [key, value] of Object.entries(parseYamlMap(text)))
        records.set(path(id, key), value as RecordValue)
    } else {
      const value = id === 'units' ? parseYamlMap(text) : (JSON.parse(text) as RecordValue)
      records.set(path(id, folders.join('/')), value)
    }
  }
  return records
}

function parseYamlMap(text: string): RecordValue {
  // As a Map: a plain object would lose a field named __proto__.
  const map: unknown = parseYaml(text, { mapAsMap: true })
  const plain = (value: unknown): unknown =>
    value instanceof Map
      ? Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
      : Array.isArray(value)
        ? value.map(plain)
        : value
  return plain(map) as RecordValue
}

/** Random histories of two tabs, a remote and other people, each compared with the oracle at every step. */
export async function runModel(options: {
  readonly seed: number
  readonly runs: number
  readonly maxCommands: number
  readonly limitMs: number
  /** Memory unless given. */
  readonly store?: () => ModelStore
}): Promise<void> {
  const folder = temporaryFolder()
  const server: GitServer = await startGitServer({ root: folder.path })
  let number = 0
  let finished = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(commands, { maxCommands: options.maxCommands, size: 'max' }),
        async (list) => {
          const name = `model-${++number}`
          const bare = makeBareRepository(folder.path, name, modelDatabase)
          const real: Real = {
            store: (options.store ?? memoryStore)(),
            bare,
            url: `${server.url}/${name}.git`,
            tabs: createNodeTabs(),
            process: startProcess(),
            open: [],
          }
          await openTabs(real)
          const values = new Map<string, RecordValue>()
          for (const [file, text] of Object.entries(modelDatabase))
            for (const [key, value] of recordsIn(file, text)) values.set(key, value)
          const model = createModel(values)
          try {
            await fc.asyncModelRun(() => ({ model, real }), list)
            await checkRecords(await handle(model, real, 0), valuesNow(currentBranch(model)))
            // What is only here leaves as a bundle.
            const bundle = await (real.open[0] as Real['open'][number]).db.exportBundle() // two tabs
            const out = temporaryFolder()
            try {
              writeFileSync(join(out.path, 'db.bundle'), bundle)
              const local = new Map([...model.local].map(([branch, { commit }]) => [branch, commit]))
              await checkNatively(out.path, 'db.bundle', local)
            } finally {
              out.remove()
            }
          } finally {
            await closeTabs(real)
          }
          const out = temporaryFolder()
          try {
            await checkNatively(out.path, bare, model.remote)
          } finally {
            out.remove()
          }
          await real.store.end()
          finished++
        },
      ),
      {
        seed: options.seed,
        numRuns: options.runs,
        interruptAfterTimeLimit: options.limitMs,
        markInterruptAsFailure: false,
        endOnFailure: true,
      },
    )
    // A slow machine may run fewer histories than asked for, but none is no test.
    expect(finished).toBeGreaterThan(0)
  } finally {
    await server.close()
    folder.remove()
  }
}
