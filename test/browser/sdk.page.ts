import { openDB } from 'idb'
import { type Database, isEspalierError, open } from '../../src/index.ts'

/** What the tests of the SDK in a real browser call in the page. One page holds one database. */
const sdk = {
  db: undefined as Database | undefined,

  async open(
    url: string,
    options: {
      readonly token?: string
      readonly deaf?: boolean
      readonly search?: boolean
      readonly silent?: boolean
    } = {},
  ): Promise<void> {
    const { token, deaf, search, silent } = options
    sdk.db = await open(url, {
      author: { name: 'Ada', email: 'ada@example.com' },
      ...(token ? { auth: () => ({ username: 'ada', password: token }) } : {}),
      ...(deaf
        ? { worker: () => new Worker(new URL('./deaf.worker.ts', import.meta.url), { type: 'module' }) }
        : {}),
      ...(search
        ? { worker: () => new Worker(new URL('./search.worker.ts', import.meta.url), { type: 'module' }) }
        : {}),
      ...(silent
        ? { worker: () => new Worker(new URL('./silent.worker.ts', import.meta.url), { type: 'module' }) }
        : {}),
    })
  },

  use(): Database {
    if (!sdk.db) throw new Error('Open a database first')
    return sdk.db
  },

  /**
   * Edits one record after the other, commits after every number that four divides, and reports each
   * acknowledgement. Never ends.
   */
  async editForEver(
    keys: readonly string[],
    from: number,
    report: (kind: 'edit' | 'commit', key: string, value: number) => void,
  ): Promise<void> {
    const countries = sdk.use().collection('geo.countries')
    for (let n = from; ; n++) {
      const key = keys[n % keys.length] as string
      await countries.update(key, { population: n })
      report('edit', key, n)
      if (n % 4 === 0) {
        await sdk.use().commit({ message: `Commit ${n}` })
        report('commit', key, n)
      }
    }
  },

  /** Adds one to a field, again and again, guarded by `ifMatch`; every fourth time commits as well. */
  async count(key: string, times: number): Promise<number> {
    const countries = sdk.use().collection('geo.countries')
    let conflicts = 0
    for (let done = 0; done < times;) {
      const row = await countries.get(key)
      if (!row) throw new Error(`No record ${key}`)
      try {
        await countries.update(key, { population: Number(row['population']) + 1 }, { ifMatch: row.$rev })
        done++
        if (done % 25 === 0)
          await sdk
            .use()
            .commit({ message: `${key} after ${done}` })
            .catch(ignoreNothingToCommit)
      } catch (error) {
        if (!isEspalierError(error, 'record/changed')) throw error
        conflicts++
      }
    }
    return conflicts
  },

  /** Begins a transaction that writes and never ends; resolves when it has written. */
  async beginForEver(key: string, population: number): Promise<void> {
    await new Promise<void>((begun, failed) => {
      sdk
        .use()
        .transaction(async (tx) => {
          await tx.collection('geo.countries').update(key, { population })
          begun()
          await new Promise(() => {})
        })
        .catch(failed)
    })
  },

  /** Everything this origin stores, as one text: what a search for a secret looks through. */
  async dump(): Promise<string> {
    const parts: string[] = [
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      document.cookie,
      location.href,
    ]
    for (const { name } of await indexedDB.databases()) {
      parts.push(name ?? '')
      const db = await openDB(name ?? '')
      for (const store of db.objectStoreNames) {
        const rows: unknown[] = await db.getAll(store)
        parts.push(JSON.stringify(rows, bytesAsText))
      }
      db.close()
    }
    return parts.join('\n')
  },
}

function bytesAsText(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder('latin1').decode(value) : value
}

function ignoreNothingToCommit(error: unknown): void {
  // The other tab's commit took the edits along.
  if (!isEspalierError(error, 'engine/nothing-to-commit')) throw error
}

/** The page's side, for the tests' types. */
export type SdkPage = typeof sdk

const violations: string[] = []
document.addEventListener('securitypolicyviolation', (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`),
)

Object.assign(window, { sdk, violations })
