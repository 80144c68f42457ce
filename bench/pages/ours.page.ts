import { openOurs, type Ours } from '../ours.ts'

/** Milliseconds since the call of `open`, one after the other. */
export interface OpenTimes {
  readonly opened: number
  readonly firstRecord: number
  readonly everything: number
  readonly durable: number
  /** With `history: 'full'` only: all commits are here and on disk. */
  readonly history?: number
  readonly records: number
}

/** Milliseconds of each step of one edit. */
export interface EditTimes {
  readonly update: number
  readonly commit: number
}

let db: Ours | undefined

/** The measuring page: our SDK as an app uses it, timed where the app waits. */
const ours = {
  open: async (
    url: string,
    collections: readonly string[],
    record: { readonly collection: string; readonly key: string },
    history: 'tip' | 'full',
  ): Promise<OpenTimes> => {
    const start = performance.now()
    const since = (): number => performance.now() - start
    db = await openOurs(url, history)
    const opened = since()
    if (!(await db.firstRecord(record.collection, record.key))) throw new Error(`No record ${record.key}`)
    const firstRecord = since()
    const records = await db.queryEverything(collections)
    const everything = since()
    await db.settled()
    const durable = since()
    if (history === 'tip') return { opened, firstRecord, everything, durable, records }
    await db.historyComplete()
    await db.settled()
    return { opened, firstRecord, everything, durable, history: since(), records }
  },

  /** Milliseconds to change one record, durably. */
  update: async (collection: string, recordKey: string, version: number): Promise<number> => {
    const start = performance.now()
    await opened().update(collection, [recordKey], version)
    return performance.now() - start
  },

  /** Changes the given records and commits them. */
  edit: async (
    changes: readonly { readonly collection: string; readonly keys: readonly string[] }[],
    version: number,
  ): Promise<EditTimes> => {
    const here = opened()
    const start = performance.now()
    for (const { collection, keys } of changes) await here.update(collection, keys, version)
    const updated = performance.now()
    await here.commit(`Change records (${version})`)
    const committed = performance.now()
    return { update: updated - start, commit: committed - updated }
  },

  validate: async (): Promise<number> => {
    const start = performance.now()
    await opened().validate()
    return performance.now() - start
  },

  push: async (): Promise<number> => {
    const start = performance.now()
    await opened().push()
    return performance.now() - start
  },

  settled: (): Promise<void> => opened().settled(),
  close: (): Promise<void> => opened().close(),
}

function opened(): Ours {
  if (db === undefined) throw new Error('Open a database first')
  return db
}

Object.assign(globalThis, { ours })
export type OursPage = typeof ours
