import { openIdbStorage } from '../../worker/storage/idb-storage.ts'
import { seenTransactions } from '../../worker/storage/idb-storage.testing.ts'
import { createWebLock } from '../../worker/storage/lock.ts'
import { lockCases } from '../../worker/storage/lock.suite.ts'
import { bytes, equal, pack, segmented, storageCases } from '../../worker/storage/storage.suite.ts'
import type { PackRow, Storage, Write } from '../../worker/storage/storage.ts'

/** Answered by the test outside: lets this origin have room again. */
declare function giveRoom(): Promise<void>
/** Answered by the test outside: the n-th batch was acknowledged. */
declare function acknowledged(n: number): void

const cases = storageCases(true)
let databases = 0

const storagePage = {
  caseNames: cases.map(({ name }) => name),
  lockCaseNames: lockCases.map(({ name }) => name),

  async runCase(name: string): Promise<void> {
    const database = `suite-${++databases}`
    await cases
      .find((test) => test.name === name)
      ?.run({
        several: true,
        open: () => openIdbStorage(database),
        // The case that needs it runs on an origin without room: the browser remembers for a while how much is left.
        async whileFull(work) {
          await work()
          await giveRoom()
        },
      })
  },

  async runLockCase(name: string): Promise<void> {
    const repository = `locks-${++databases}`
    await lockCases
      .find((test) => test.name === name)
      ?.run(createWebLock(repository), createWebLock(repository))
  },

  /** The durability of each writing transaction of some commits, as the browser itself reports it. */
  async durabilities(): Promise<readonly string[]> {
    const storage = await openIdbStorage('durability')
    const seen = await seenTransactions(async () => {
      for (let n = 1; n <= 3; n++) await storage.commit({ writes: writesOf(n) })
    })
    return seen.filter(({ mode }) => mode === 'readwrite').map(({ durability }) => durability)
  },

  /** Milliseconds for 28 segments of 1 MB, and per small commit. */
  async measure(): Promise<{ segmentsMs: number; commitMs: number }> {
    const storage = await openIdbStorage('measure')
    const megabyte = bytes(1_000_000)
    const segmentsStart = performance.now()
    await Promise.all(Array.from({ length: 28 }, (_, i) => storage.writeSegment('p', i, megabyte)))
    const commitStart = performance.now()
    for (let i = 0; i < 100; i++) {
      await storage.commit({ writes: [{ kind: 'appendJournal', scope: 's', entry: { i } }] })
    }
    const segmentsMs = commitStart - segmentsStart
    return { segmentsMs, commitMs: (performance.now() - commitStart) / 100 }
  },

  /** Commits batch after batch, from where the store stands, until the browser is killed. */
  async commitForEver(): Promise<void> {
    const storage = await openIdbStorage('killed')
    const { journalSeqs } = await storage.readState()
    for (let n = (journalSeqs.get('batches') ?? 0) + 1; ; n++) {
      if (n % 5 === 0) await writeSegments(storage, n)
      const outcome = await storage.commit({
        require: [
          { kind: 'ref', name: 'main', value: n === 1 ? null : `${n - 1}` },
          { kind: 'journal', scope: 'batches', seq: n - 1 },
        ],
        writes: writesOf(n),
      })
      if (!outcome.ok) throw new Error(`Batch ${n} was refused: ${JSON.stringify(outcome)}`)
      acknowledged(n)
    }
  },

  /** How many batches the store holds, and what is wrong with it: it must be exactly the first n. */
  async audit(): Promise<{ readonly n: number; readonly problems: readonly string[] }> {
    const storage = await openIdbStorage('killed')
    await storage.dropOrphanSegments()
    const state = await storage.readState()
    const n = Number(state.refs[0]?.value ?? 0)
    const problems: string[] = []
    const check = (what: string, actual: unknown, expected: unknown): void => {
      if (!equal(actual, expected)) problems.push(what)
    }
    const all = Array.from({ length: n }, (_, i) => i + 1)
    const kept = all.filter((i) => i % 10 !== 3 || i + 10 > n)
    const rows = kept.map(rowOf).sort((a, b) => (a.id < b.id ? -1 : 1))
    check('packs', state.packs, rows)
    check('epoch', state.epoch, 1 + all.filter((i) => i > 10 && i % 10 === 3).length)
    check(
      'journal',
      state.journal.map((row) => row.entry),
      all,
    )
    check('journal number', state.journalSeqs.get('batches') ?? 0, n)
    check('ref version', state.refs[0]?.version ?? 0, n)
    check('reflog', (await storage.readReflog('main')).length, n)
    for (const row of rows) {
      for (let i = 0; i < row.segmentCount; i++) {
        const expected = bytes(Math.min(row.segmentBytes, row.sizeBytes - i * row.segmentBytes))
        check(`segment ${i} of ${row.id}`, await storage.readSegment(row.id, i), expected)
      }
    }
    await storage.close()
    return { n, problems }
  },
}

/** The writes of the n-th batch: a pack, a ref, two logs; every tenth also takes an old pack away. */
function writesOf(n: number): readonly Write[] {
  const writes: Write[] = [
    { kind: 'putPack', row: rowOf(n) },
    { kind: 'setRef', name: 'main', value: `${n}` },
    { kind: 'appendJournal', scope: 'batches', entry: n },
    { kind: 'appendReflog', ref: 'main', entry: n },
  ]
  if (n > 10 && n % 10 === 3) writes.push({ kind: 'deletePack', id: rowOf(n - 10).id })
  return writes
}

function rowOf(n: number): PackRow {
  const id = `pack-${n}`
  // Small ones lie in the database's log, large ones in files beside it: both must survive together.
  return n % 5 === 0 ? segmented(id, 250_000, 100_000) : pack(id, n % 3 === 0 ? 150_000 : 2_000)
}

async function writeSegments(storage: Storage, n: number): Promise<void> {
  const row = rowOf(n)
  for (let i = 0; i < row.segmentCount; i++) {
    await storage.writeSegment(row.id, i, bytes(Math.min(100_000, row.sizeBytes - i * 100_000)))
  }
}

Object.assign(globalThis, { storagePage })
export type StoragePage = typeof storagePage
