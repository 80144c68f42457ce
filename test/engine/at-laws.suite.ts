import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Branch, Database, Snapshot } from '../../src/client/database.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryDisk, createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { makeBareRepository } from '../support/git-repositories.ts'
import { definition } from '../support/layout-database.ts'
import { anyValues, openOn, until } from './world.ts'

const ids = ['single', 'list'] as const
const keys = ['k1', 'k2', 'k3', 'k4'] as const
const files: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'single: single\nlist: list\n',
  'single/.collection/definition.yaml': definition('{key}.json', 'json', 'single', ['a', 'b']),
  'list/.collection/definition.yaml': definition('all.csv', 'csv', 'list', ['$ID', 'a', 'b']),
  'single/$records/k1.json': '{ "a": "0", "b": "0" }\n',
  'list/all.csv': '$ID,a,b\nk1,0,0\n',
}

/** What somebody does in one of two tabs, on one of two branches. */
type Step =
  | {
      readonly do: 'edit'
      readonly tab: 0 | 1
      readonly on: On
      readonly id: Id
      readonly key: Key
      readonly value: RecordValue
    }
  | { readonly do: 'delete'; readonly tab: 0 | 1; readonly on: On; readonly id: Id; readonly key: Key }
  | { readonly do: 'commit'; readonly tab: 0 | 1; readonly on: On }
  | { readonly do: 'open'; readonly tab: 0 | 1; readonly nth: number; readonly isRead: boolean }
  | { readonly do: 'close'; readonly nth: number }
  | { readonly do: 'merge' | 'delete branch' | 'compact'; readonly tab: 0 | 1 }
type Id = (typeof ids)[number]
type Key = (typeof keys)[number]
type On = 'main' | 'draft'

const tab = fc.constantFrom(0, 1)
const on = fc.constantFrom<On>('main', 'draft')
const place = { tab, on, id: fc.constantFrom(...ids), key: fc.constantFrom(...keys) }
const cell = fc.constantFrom('0', '1', '2', '3')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('edit'), ...place, value: fc.record({ a: cell, b: cell }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete'), ...place }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('commit'), tab, on }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open'), tab, nth: fc.nat(), isRead: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close'), nth: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('merge', 'delete branch', 'compact'), tab }) },
)

const runsEach = 20

type Contents = Readonly<Record<string, unknown>>

async function contentsOf(branch: Pick<Branch, 'collection'>): Promise<Contents> {
  const read = async (id: Id): Promise<readonly (readonly [string, unknown])[]> =>
    (await branch.collection(id).all()).map((row): [string, unknown] => [
      row.$id,
      Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('$'))),
    ])
  return Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await read(id)])))
}

interface Opened {
  readonly commit: string
  readonly view: Snapshot
  /** Nothing of it is read before the end. */
  readonly isRead: boolean
}

/** An opened commit reads the same while two tabs edit, commit, merge, delete branches and compact: `runs` random pasts. */
export function describeAtLaws(runs: number): void {
  const host = useGitHost()

  // Each in a repository of its own: histories that grow without end take their time.
  const seed = Number(process.env['ESPALIER_SEED'] ?? 509)
  const seeds = Array.from({ length: Math.ceil(runs / runsEach) }, (_, n) => seed + n)
  test.each(seeds)(
    'an opened commit reads the same, whatever others write meanwhile (%i)',
    async (own) => {
      const name = `at-${own}`
      makeBareRepository(host.path, name, files)
      const disk = createMemoryDisk()
      const tabs = createNodeTabs()
      const open = (): Promise<Database> =>
        openOn(createMemoryStorage(disk), `${host.server.url}/${name}.git`, {
          history: 'full',
          tabs,
          ...anyValues,
        })
      const databases = [await open(), await open()] as const
      const [first] = databases
      await until('history', async () => (await first.status()).history === 'full')

      /** What each commit holds, as the branch had it when it was made. */
      const known = new Map<string, Contents>()
      const note = async (branch: Branch): Promise<void> => {
        known.set((await branch.status()).commit, await contentsOf(branch))
      }
      await note(first)
      await first.branches.create('draft')

      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
          const opened: Opened[] = []
          const check = ({ commit, view }: Opened): Promise<void> =>
            contentsOf(view).then((contents) => expect(contents).toEqual(known.get(commit)))
          const branchOf = async ({
            tab: nth,
            on: name,
          }: {
            readonly tab: 0 | 1
            readonly on: On
          }): Promise<Branch> => (name === 'main' ? databases[nth] : databases[nth].branches.open('draft'))
          /** What there is nothing to do about. */
          const unless = async (
            code: 'record/missing' | 'engine/nothing-to-commit',
            work: Promise<unknown>,
          ): Promise<void> => {
            try {
              await work
            } catch (error) {
              if (!isEspalierError(error, code)) throw error
            }
          }
          const commit = async (branch: Branch): Promise<void> => {
            await unless('engine/nothing-to-commit', branch.commit({ message: 'Edits' }))
            await note(branch)
          }
          const act = async (one: Step): Promise<void> => {
            switch (one.do) {
              case 'edit':
                return void (await (
                  await branchOf(one)
                )
                  .collection(one.id)
                  .upsert({ ...one.value, $id: one.key }))
              case 'delete':
                return unless('record/missing', (await branchOf(one)).collection(one.id).delete(one.key))
              case 'commit':
                return commit(await branchOf(one))
              case 'open': {
                const commits = [...known.keys()]
                const oid = commits[one.nth % commits.length] ?? ''
                opened.push({ commit: oid, view: await databases[one.tab].at(oid), isRead: one.isRead })
                return
              }
              case 'close':
                return opened.splice(one.nth % (opened.length + 1), 1)[0]?.view.close()
              case 'merge': {
                const db = databases[one.tab]
                await commit(db)
                const merge = await db.merge.start('draft')
                if (merge.status !== 'merge' && merge.status !== 'fast-forward') return
                await merge.resolveAll('theirs')
                await merge.commit()
                return note(db)
              }
              case 'delete branch':
                await databases[one.tab].branches.delete('draft', { force: true })
                await databases[one.tab].branches.create('draft')
                return
              case 'compact':
                return databases[one.tab].compact()
            }
          }
          for (const one of steps) {
            const reads = one.do === 'close' ? [] : opened.filter(({ isRead }) => isRead)
            await Promise.all([act(one), ...reads.map(check)])
          }
          for (const one of opened) {
            await check(one)
            const contents = known.get(one.commit) as Record<Id, readonly (readonly [Key, object])[]>
            for (const id of ids)
              for (const key of keys) {
                const record = await one.view.collection(id).get(key)
                const wanted = contents[id].find(([own]) => own === key)?.[1]
                if (wanted === undefined) expect(record).toBeUndefined()
                else expect(record).toMatchObject(wanted)
              }
            await one.view.close()
          }
        }),
        { numRuns: runsEach, seed: own },
      )
      for (const db of databases) await db.close()
    },
    3_600_000,
  )
}
