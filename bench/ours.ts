import { type Database, open } from '../src/index.ts'

/** The one place that knows the SDK's names: the measuring page speaks to this. */
export interface Ours {
  /** One record by key: the first thing that an app shows. */
  firstRecord(collection: string, key: string): Promise<boolean>
  /** Reads and parses every record of every collection in the worker; resolves with how many were good. */
  queryEverything(collections: readonly string[]): Promise<number>
  /** Sets the field `version` of the given records, one durable step per collection. */
  update(collection: string, keys: readonly string[], version: number): Promise<void>
  commit(message: string): Promise<void>
  /** Checks every record of every collection by its rules; throws when one breaks them. */
  validate(): Promise<void>
  push(): Promise<void>
  /** Everything fetched and written is on disk. */
  settled(): Promise<void>
  /** The history behind the tip has arrived. */
  historyComplete(): Promise<void>
  close(): Promise<void>
}

export async function openOurs(url: string, history: 'tip' | 'full'): Promise<Ours> {
  const db: Database = await open(url, { author: { name: 'Bench', email: 'bench@example.com' }, history })
  return {
    firstRecord: async (collection, key) => (await db.collection(collection).get(key)) !== undefined,
    queryEverything: async (collections) => {
      const counts = await Promise.all(
        collections.map(async (id) => {
          const unreadable = await db.collection(id).problems()
          return (await db.collection(id).count()) - unreadable.length
        }),
      )
      return counts.reduce((sum, count) => sum + count, 0)
    },
    update: async (collection, keys, version) => {
      await db.collection(collection).updateMany(keys.map((key) => ({ key, patch: { version } })))
    },
    commit: async (message) => void (await db.commit({ message })),
    validate: async () => {
      const report = await db.validate()
      if (report.checked.records === 0 || !report.valid)
        throw new Error(`Not valid: ${report.issues[0]?.message ?? 'no record was checked'}`)
    },
    push: async () => {
      const outcome = await db.push()
      if (outcome.status !== 'pushed') throw new Error(`The push was answered ${JSON.stringify(outcome)}`)
    },
    settled: () => db.settled(),
    historyComplete: () => historyComplete(db),
    close: () => db.close(),
  }
}

function historyComplete(db: Database): Promise<void> {
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      db.status().then(({ history }) => {
        if (history !== 'full') return
        stop()
        resolve()
      }, reject)
    }
    const stop = db.subscribe(({ type }) => type === 'status' && ask())
    ask()
  })
}
