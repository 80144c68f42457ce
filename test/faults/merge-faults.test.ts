import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { failAt } from '../../worker/storage/faults.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { auditDisk, copyDisk, inTime, openOn, viewOf } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'

/** A step of a merge. Run again it changes nothing more. */
interface Step {
  readonly name: string
  readonly before: (db: Database) => Promise<unknown>
  readonly run: (db: Database) => Promise<unknown>
}

async function current(
  db: Database,
): Promise<NonNullable<Awaited<ReturnType<Database['merge']['current']>>>> {
  const merge = await db.merge.current()
  if (!merge) throw new Error('No merge is under way.')
  return merge
}

const start = (db: Database): Promise<unknown> => db.merge.start('draft')
const resolve = async (db: Database): Promise<unknown> =>
  (await current(db)).resolveAll(({ key }) => (key === 'foot' ? { value: 7 } : 'theirs'))

const steps: readonly Step[] = [
  { name: 'start', before: async () => {}, run: start },
  { name: 'resolve', before: start, run: resolve },
  {
    name: 'commit',
    before: async (db) => {
      await start(db)
      await resolve(db)
    },
    run: async (db) => (await db.merge.current())?.commit(),
  },
  { name: 'abort', before: start, run: async (db) => (await db.merge.current())?.abort() },
]

describe('when the k-th storage call of a merge goes wrong, for every k, it resumes or is undone', () => {
  const host = useGitHost()
  let url: string
  const diverged = createMemoryDisk()
  beforeAll(async () => {
    url = host.make('merge').url
    const db = await openOn(createMemoryStorage(diverged), url)
    const draft = await db.branches.create('draft')
    await draft.collection('units').update('foot', { factor: 1 })
    await draft.collection('units').update('metre', { factor: 2 })
    await draft.collection('geo.countries').insert({ $id: 'is', name: 'Iceland' })
    await draft.commit({ message: 'Theirs' })
    await db.collection('units').update('foot', { factor: 3 })
    await db.collection('units').delete('metre')
    await db.commit({ message: 'Ours' })
    await db.collection('geo.countries').update('ie', { population: 1 })
    await db.close()
  })

  const look = async (disk: MemoryDisk): Promise<unknown> => {
    const db = await inTime('reopening', openOn(createMemoryStorage(disk), url))
    const merge = await db.merge.current()
    const conflicts = merge?.conflicts.map(({ key, path, choice }) => ({ key, path, choice }))
    const seen = { view: await viewOf(db), conflicts }
    await db.close()
    return seen
  }
  const on = async (disk: MemoryDisk, run: (db: Database) => Promise<unknown>): Promise<MemoryDisk> => {
    const db = await openOn(createMemoryStorage(disk), url)
    await run(db)
    await db.close()
    return disk
  }

  test.each(steps)('$name', async ({ name, before, run }) => {
    const clean = await on(copyDisk(diverged), before)
    const from = await look(copyDisk(clean))
    const done = copyDisk(clean)
    const counting = failAt(createMemoryStorage(done), 0, 'fail')
    const first = await openOn(counting, url)
    await run(first)
    await first.close()
    const to = await look(done)
    expect(to).not.toEqual(from)
    expect(counting.calls.length).toBeGreaterThan(1)

    for (let k = 1; k <= counting.calls.length; k++) {
      for (const how of ['fail', 'crash', 'crash-after'] as const) {
        const what = `${name} with ${how} at ${k}`
        const disk = copyDisk(clean)
        let resolved = false
        let db: Database | undefined
        try {
          db = await inTime(what, openOn(failAt(createMemoryStorage(disk), k, how), url))
          await inTime(what, run(db))
          resolved = true
        } catch (error) {
          if (!isEspalierError(error, 'storage/unavailable')) throw error
        }
        await inTime(`closing after ${what}`, db ? db.close().catch(() => {}) : Promise.resolve())
        await auditDisk(copyDisk(disk))
        const found = await look(copyDisk(disk))
        if (resolved) expect(found, what).toEqual(to)
        else expect([from, to], what).toContainEqual(found)
        // It goes on from there, or back to where the branch was.
        const again = await on(copyDisk(disk), run)
        expect(await look(again), `${what}, then again`).toEqual(to)
        if (name !== 'commit') {
          const back = await on(disk, async (open) => (await open.merge.current())?.abort())
          expect(await look(back), `${what}, then aborted`).toEqual(await look(copyDisk(diverged)))
        }
      }
    }
  })
})
