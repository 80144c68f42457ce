import { percentile } from '../../database/figures.ts'
import { itemKey } from '../../database/item.ts'
import { open, type Database } from '../../../src/index.ts'

/** What the run asks of ours, as an app uses it: the page asks, the prebuilt worker answers. Times in milliseconds. */
export interface VersionsPage {
  /** Clones a branch with its whole history, and shows one record. */
  open(url: string, branch: string): Promise<void>
  /** Merges a branch of the remote, ours winning where both changed the same; into a new branch when it is named. */
  merge(branch: string, into?: string): Promise<MergeTimes>
  /** Reads all differences of two branches. */
  diff(from: string, to: string): Promise<{ readonly ms: number; readonly records: number }>
  branches(): Promise<BranchTimes>
  /** A live query goes over to another branch: until its rows are there. */
  change(to: string): Promise<number>
  /** The history of one record, twice. */
  history(index: number): Promise<{ readonly cold: number; readonly warm: number; readonly commits: number }>
  close(): Promise<void>
}

export interface MergeTimes {
  /** Until all conflicts are known and the merge is durable. */
  readonly start: number
  readonly commit: number
  readonly conflicts: number
}

export interface BranchTimes {
  readonly create: number
  readonly open: number
  readonly at: number
}

type Item = { readonly stock: number; readonly price: number }

let place = { url: '', branch: '' }
let opened: Database<{ items: Item }> | undefined
const db = (): Database<{ items: Item }> => {
  if (opened === undefined) throw new Error('Open the database first')
  return opened
}

const versions: VersionsPage = {
  open: async (url, branch) => {
    place = { url, branch }
    opened = await open(url, { branch, author: { name: 'Bench', email: 'bench@example.com' } })
    await opened.collection('items').get(itemKey(0))
    await opened.settled()
    while ((await opened.status()).history === 'loading')
      await new Promise((resolve) => setTimeout(resolve, 20))
    // The part of the worker that knows versions is loaded with the first call of it.
    await opened.branches.list()
  },
  merge: async (branch, into) => {
    const ours =
      into === undefined ? db() : await db().branches.create(into, { from: `origin/${place.branch}` })
    const start = performance.now()
    const merge = await ours.merge.start(`origin/${branch}`)
    if (merge.status !== 'merge') throw new Error(`Not to be merged: ${merge.status}`)
    const started = performance.now()
    const conflicts = merge.conflicts.length
    if (conflicts > 0) await merge.resolveAll('ours')
    const { status } = await merge.commit()
    if (status !== 'merged') throw new Error(`Not merged: ${status}`)
    return { start: started - start, commit: performance.now() - started, conflicts }
  },
  diff: async (from, to) => {
    const start = performance.now()
    const { length: records } = await db().diff(from, to)
    return { ms: performance.now() - start, records }
  },
  branches: async () => {
    const medianOf = async (run: (n: number) => Promise<unknown>): Promise<number> => {
      const times: number[] = []
      for (let n = 0; n < 9; n++) times.push(await time(() => run(n)))
      return percentile(times, 0.5)
    }
    const create = await medianOf((n) => db().branches.create(`bench-${n}`))
    // In the session that made them they are open already.
    await db().close()
    await versions.open(place.url, place.branch)
    return {
      create,
      open: await medianOf((n) => db().branches.open(`bench-${n}`)),
      at: await medianOf(async (n) => {
        const then = await db().at('base')
        await then.collection('items').get(itemKey(n))
        await then.close()
      }),
    }
  },
  change: async (to) => {
    const where = { price: { lt: 100 } }
    await db().collection('items').find({ where })
    // The app has shown its branch for a moment: what is left of loading it (garbage, mostly) is not the switch's.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return time(async () => {
      const branch = await db().branches.open(to)
      await new Promise<void>((resolve, reject) => {
        const stop = branch
          .collection('items')
          .find({ where })
          .subscribe(() => {
            queueMicrotask(() => stop())
            resolve()
          }, reject)
      })
    })
  },
  history: async (index) => {
    let commits = 0
    const once = (): Promise<number> =>
      time(async () => {
        commits = (await db().collection('items').history(itemKey(index))).length
      })
    return { cold: await once(), warm: await once(), commits }
  },
  close: () => db().close(),
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

Object.assign(globalThis, { versions })
