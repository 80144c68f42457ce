import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { failAt, type Fault } from '../../worker/storage/faults.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import { auditDisk, copyDisk, inTime, openOn, until, viewOf } from '../engine/world.ts'
import { useGitHost } from '../support/git-host.ts'
import { commitElsewhere, git, makeBareRepository } from '../support/git-repositories.ts'
import { layoutDatabase } from '../support/layout-database.ts'

/** One operation whose every storage call fails once, in each of the three ways. */
interface Operation {
  readonly name: string
  /** Brings a clone to where the operation starts. Absent: the operation is the clone itself. */
  readonly before?: (db: Database, bare: string) => Promise<void>
  readonly history?: 'full'
  readonly run: (db: Database) => Promise<unknown>
  /** The database; the small one unless given. */
  readonly files?: Readonly<Record<string, string>>
  /** What it may answer when an earlier try did it already. */
  readonly done?: ErrorCode
}

const operations: readonly Operation[] = [
  { name: 'clone', history: 'full', run: () => Promise.resolve() },
  {
    name: 'update',
    before: async (db) => void (await db.collection('units').update('metre', { factor: 2 })),
    run: (db) => db.collection('geo.countries').update('ie', { population: 1 }),
  },
  {
    name: 'delete, insert and discard',
    before: async (db) => {
      await db.collection('units').update('metre', { factor: 2 })
      await db.collection('units').update('foot', { factor: 2 })
    },
    run: (db) => db.discard([{ collection: 'units', key: 'metre' }]),
  },
  {
    name: 'many upserts',
    files: layoutDatabase,
    before: async (db) => void (await db.collection('cities').update('cork', { name: 'Corcaigh' })),
    run: (db) =>
      db.collection('cities').upsertMany([
        { $id: 'cork', id: 'cork', name: 'Cork' },
        { $id: 'sligo', id: 'sligo', name: 'Sligo' },
      ]),
  },
  {
    name: 'as many upserts as cross to the engine as text',
    run: (db) =>
      db.collection('units').upsertMany(
        Array.from({ length: 100 }, (_, n) => ({
          $id: n === 0 ? 'foot' : `u${n}`,
          symbol: 'u',
          factor: n,
        })),
      ),
    before: async (db) => void (await db.collection('units').update('metre', { factor: 2 })),
  },
  {
    // Undone and redone it ends where it was, so that what is found between is the state before or after.
    name: 'update by condition, undo and redo',
    before: async (db) => void (await db.collection('units').update('metre', { symbol: 'ft' })),
    run: async (db) => {
      await db.collection('units').updateMany({ where: { symbol: 'ft' } }, { factor: 3 })
      await db.undo()
      await db.redo()
    },
  },
  {
    name: 'deletion by condition',
    before: async (db) => void (await db.collection('units').update('metre', { symbol: 'ft' })),
    run: (db) => db.collection('units').deleteMany({ where: { symbol: 'ft' } }),
  },
  {
    name: 'restore from history',
    before: async (db) => {
      await db.collection('units').delete('foot')
      await db.commit({ message: 'Without the foot' })
      await db.collection('units').update('metre', { factor: 2 })
    },
    run: (db) => db.collection('units').restore('foot'),
    done: 'record/exists',
  },
  {
    name: 'commit',
    before: async (db) => {
      await db.collection('geo.countries').update('ie', { population: 1 })
      await db.collection('units').insert({ $id: 'yard', symbol: 'yd', factor: 0.9144 })
      await db.collection('units').delete('metre')
    },
    run: (db) => db.commit({ message: 'Three changes' }),
    done: 'engine/nothing-to-commit',
  },
  {
    name: 'transaction',
    files: layoutDatabase,
    before: async (db) => void (await db.collection('cities').update('cork', { name: 'Corcaigh' })),
    run: (db) =>
      db.transaction(async (tx) => {
        await tx.collection('cities').update('cork', { name: 'Cork' })
        await tx.collection('orders').upsert({ $id: 'o9', customer: 'eve' })
        const lines = tx.collection('orders').record('o9').collection('lines')
        await lines.upsert({ $id: 'l1', product: 'pen', count: 1 })
      }),
  },
  {
    name: 'commit of a part',
    files: layoutDatabase,
    before: async (db) => {
      await db.collection('cities').update('cork', { name: 'Corcaigh' })
      await db.collection('cities').delete('galway')
      await db.collection('statuses').insert({ $id: 'late', title: 'Late', rank: 3 })
    },
    run: (db) => db.commit({ message: 'A part', records: { kind: 'update' } }),
    done: 'engine/nothing-to-commit',
  },
  {
    name: 'discard of a part',
    before: async (db) => {
      await db.collection('units').update('metre', { factor: 2 })
      await db.collection('geo.countries').update('ie', { population: 1 })
    },
    run: (db) => db.discard({ collection: 'units' }),
  },
  {
    name: 'commit of files that records share',
    files: layoutDatabase,
    before: async (db) => {
      await db.collection('cities').update('cork', { name: 'Corcaigh' })
      await db.collection('cities').delete('galway')
      await db.collection('statuses').insert({ $id: 'late', title: 'Late', rank: 3 })
      const orders = db.collection('orders')
      await orders.record('o2').collection('lines').update('l1', { count: 5 })
      await orders.record('a/b').collection('lines').insert({ $id: 'l1', product: 'hat', count: 1 })
    },
    run: (db) => db.commit({ message: 'Shared files' }),
    done: 'engine/nothing-to-commit',
  },
  {
    name: 'replaced text',
    files: layoutDatabase,
    before: async (db) => void (await db.collection('cities').update('cork', { name: 'Corcaigh' })),
    run: (db) =>
      db.files.replace('statuses/statuses.yaml', 'new:\n  title: Newer\n', { message: 'Replaced' }),
    done: 'engine/nothing-to-commit',
  },
  {
    name: 'pull',
    before: async (db, bare) => {
      await db.collection('geo.countries').update('ie', { population: 1 })
      commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: ft\nfactor: 0.31\n' })
    },
    run: (db) => db.pull(),
  },
  {
    name: 'push',
    before: async (db) => {
      await db.collection('geo.countries').update('ie', { population: 1 })
      await db.commit({ message: 'One' })
      await db.collection('geo.countries').update('ie', { population: 2 })
      await db.commit({ message: 'Two' })
      await db.collection('geo.countries').update('fr', { population: 3 })
    },
    run: (db) => db.push(),
  },
  {
    name: 'branch creation',
    before: async (db) => void (await db.collection('geo.countries').update('ie', { population: 1 })),
    run: (db) => db.branches.create('draft'),
    done: 'git/ref-exists',
  },
  {
    name: 'renaming the branch that is open, with working changes',
    before: async (db) => {
      await db.collection('geo.countries').update('ie', { population: 1 })
      await db.commit({ message: 'One' })
      await db.collection('units').update('metre', { factor: 2 })
      await db.collection('geo.countries').update('ie', { population: 2 })
    },
    run: (db) => db.branches.rename('main', 'trunk'),
    done: 'git/ref-missing',
  },
  {
    name: 'deletion of a branch with unpushed commits and working changes',
    before: async (db) => {
      const draft = await db.branches.create('draft')
      await draft.collection('geo.countries').update('ie', { population: 1 })
      await draft.commit({ message: 'Only here' })
      await draft.collection('units').update('metre', { factor: 2 })
    },
    run: (db) => db.branches.delete('draft', { force: true }),
    done: 'git/ref-missing',
  },
  {
    name: 'an annotated tag',
    before: async (db) => void (await db.collection('geo.countries').update('ie', { population: 1 })),
    run: (db) => db.tags.create('v1', { message: 'Version 1' }),
    done: 'git/ref-exists',
  },
  {
    name: 'compaction',
    before: async (db) => {
      for (let n = 0; n < 6; n++) {
        await db.collection('geo.countries').update('ie', { population: n })
        await db.commit({ message: `Commit ${n}` })
      }
      await db.collection('geo.countries').update('fr', { population: 9 })
    },
    run: (db) => db.compact(),
  },
]

describe('when the k-th storage call goes wrong, for every k, the state is the one before or after', () => {
  const host = useGitHost()

  operations.forEach((operation, number) => {
    test(operation.name, async () => {
      const bare = makeBareRepository(host.path, `faults-${number}`, operation.files)
      commitElsewhere(bare, { 'units/$records/foot.yaml': 'symbol: "ft"\nfactor: 0.3 # roughly\n' })
      const url = `${host.server.url}/faults-${number}.git`
      const history = operation.history ?? 'tip'

      const clean = createMemoryDisk()
      if (operation.before) {
        const db = await openOn(createMemoryStorage(clean), url, { history: 'full' })
        await until('history', async () => (await db.status()).history === 'full')
        await operation.before(db, bare)
        await db.close()
      }
      const remoteTip = git(bare, 'rev-parse', 'main').trim()
      const resetRemote = (): void => {
        if (operation.name === 'push') git(bare, 'update-ref', 'refs/heads/main', remoteTip)
      }
      const lookAt = async (disk: MemoryDisk): Promise<unknown> => {
        const db = await inTime('reopening', openOn(createMemoryStorage(disk), url, { history: 'tip' }))
        const view = await viewOf(db)
        await db.close()
        return view
      }
      const attempt = async (disk: MemoryDisk, k: number, how: Fault): Promise<readonly string[]> => {
        const storage = failAt(createMemoryStorage(disk), k, how)
        const what = `${operation.name} with ${how} at ${k}`
        let db: Database | undefined
        let resolved = false
        try {
          db = await inTime(what, openOn(storage, url, { history }))
          await inTime(what, operation.run(db))
          await inTime(what, db.settled())
          resolved = true
          const open = db
          if (history === 'full') await until(what, async () => (await open.status()).history !== 'loading')
        } catch (error) {
          if (!isEspalierError(error)) throw error
          expect(['storage/unavailable', 'git/history-missing', operation.done], what).toContain(error.code)
        }
        if (db && !resolved && how === 'fail') {
          // The same handle goes on as if nothing had been.
          await inTime(`${what}, again`, repeat(operation, db))
        }
        await inTime(`closing after ${what}`, db ? db.close().catch(() => {}) : Promise.resolve())
        await auditDisk(copyDisk(disk))
        const found = operation.before || disk.image.refs.has('HEAD') ? await lookAt(copyDisk(disk)) : before
        if (resolved && operation.before) expect(found, what).toEqual(after)
        else expect([before, after], what).toContainEqual(found)

        // The same operation then succeeds, in a new process on the same disk.
        const again = await inTime(`${what}, reopened`, openOn(createMemoryStorage(disk), url, { history }))
        await inTime(`${what}, reopened and again`, repeat(operation, again))
        await again.settled()
        if (history === 'full') await until(what, async () => (await again.status()).history === 'full')
        await again.close()
        await auditDisk(disk)
        expect(await lookAt(disk), `${what}, then again`).toEqual(after)
        return storage.calls
      }

      const before: unknown = operation.before ? await lookAt(copyDisk(clean)) : null
      const done = copyDisk(clean)
      const counting = failAt(createMemoryStorage(done), 0, 'fail')
      const first = await openOn(counting, url, { history })
      await operation.run(first)
      await first.settled()
      if (history === 'full') await until('history', async () => (await first.status()).history === 'full')
      await first.close()
      await auditDisk(done)
      const after = await lookAt(done)
      const calls = counting.calls.length
      expect(calls).toBeGreaterThan(1)

      for (let k = 1; k <= calls; k++) {
        for (const how of ['fail', 'crash', 'crash-after'] as const) {
          resetRemote()
          await attempt(copyDisk(clean), k, how)
        }
      }
    })
  })
})

async function repeat(operation: Operation, db: Database): Promise<void> {
  try {
    await operation.run(db)
  } catch (error) {
    if (operation.done === undefined || !isEspalierError(error, operation.done)) throw error
  }
}
