import { protocolVersion, type HandleId, type HandleInfo, type OpenRequest } from '../protocol/engine.ts'
import type { KnownAnswer } from './held-engine.ts'
import type { KnownStores } from './known-stores.ts'
import {
  firstScreenKey,
  readPage,
  storeStamp,
  type FirstScreen,
  type LandedBatch,
} from '../protocol/first-screen.ts'

/** An opening that need not wait for its worker, if the app's first screen was kept. */
export interface LastScreen {
  /** `OpenRequest.handle`: its number is known before it is open. */
  readonly handle: HandleId
  /** `OpenRequest.screen`. */
  readonly options: string
  read(): Promise<EarlyDatabase | undefined>
}

export interface EarlyDatabase {
  readonly info: HandleInfo
  readonly answer: KnownAnswer
}

let lastHandle = 0

/**
 * Asks for the store of a repository that was stored here, as it is; undefined where it cannot be read. It is asked before
 * all else: what the page does meanwhile costs nothing. Others are left to the worker, which hears then what became of them.
 */
export async function askStore(repository: string, stores: Pick<KnownStores, 'list'>): Promise<AskedStore> {
  if (!stores.list().includes(repository)) return undefined
  let found: AskedStore
  try {
    const opening = indexedDB.open(repository)
    // There is none: none is made here.
    opening.addEventListener('upgradeneeded', (event) => {
      found = { lost: (event as { dataLoss?: string }).dataLoss === 'total' } // Chromium's own
      opening.transaction?.abort()
    })
    const store = await settled(opening)
    // Another tab's worker upgrades or deletes it: for that one, who holds it open is an older version of the app.
    store.addEventListener('versionchange', () => store.close())
    return store
  } catch {
    return found
  }
}

/**
 * The store of a repository as it is, where a page can read it. `lost`: the browser found its files damaged and
 * dropped it, which it tells only once.
 */
export type AskedStore =
  | (Partial<Pick<IDBDatabase, 'close' | 'transaction'>> & { readonly lost?: boolean })
  | undefined

/**
 * Undefined where nothing is kept, or not in a way that pages can read. `request`: the opening but for its address;
 * `store`: its {@link askStore}, which the caller closes.
 */
export function lastScreen(
  request: Omit<OpenRequest, 'url' | 'abortName' | 'hasAuth'>,
  store: Promise<AskedStore> | undefined,
): LastScreen | undefined {
  const { author: _, bundle: __, ...options } = request
  const asText = store && textOf(options)
  if (asText === undefined) return undefined
  const handle = --lastHandle
  return {
    handle,
    options: asText,
    read: async () => {
      const kept = await readScreen(await store, asText)
      return (
        kept && {
          info: { ...kept.opened, handle },
          answer: (of, query) => {
            const asked = of === handle ? textOf(query) : undefined
            const page = asked === undefined ? undefined : kept.pages[asked]
            return page === undefined ? undefined : readPage(page)
          },
        }
      )
    },
  }
}

/** Undefined for what is no plain data: the engine says what is wrong with it. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/**
 * What the app showed first the last time, read by the page itself before the worker runs. Undefined where it was
 * opened with other options, where anything was written since, and where it cannot be read: the worker answers then.
 */
async function readScreen(store: AskedStore, options: string): Promise<FirstScreen | undefined> {
  if (!store?.transaction) return undefined
  try {
    const tx = store.transaction(['landed', 'system'])
    const [landed, row] = await Promise.all([
      settled<LandedBatch[]>(tx.objectStore('landed').getAll()),
      settled<{ readonly value: string } | undefined>(tx.objectStore('system').get(firstScreenKey)),
    ])
    const screen = JSON.parse(row?.value ?? 'null') as FirstScreen | null // as the worker kept it
    const isOurs = screen?.protocol === protocolVersion && screen.options === options
    return isOurs && screen.stamp === storeStamp(landed) ? screen : undefined
  } catch {
    return undefined
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}
