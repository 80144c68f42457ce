import { deleteDB, type DBSchema, type IDBPDatabase, openDB } from 'idb'
import {
  type DerivedEntry,
  type DerivedStore,
  type DerivedUse,
  leastUsed,
  usedAgainAfterMs,
} from './derived-store.ts'

/** Counts changes of this database; an older one is emptied, since all of it can be made again. */
const derivedVersion = 1

interface DerivedSchema extends DBSchema {
  /** UTF-8: as a string, a text with one letter beyond Latin-1 would take twice the room. */
  texts: { key: string; value: Uint8Array }
  /** Beside the texts, so that pruning reads numbers only. */
  uses: { key: string; value: DerivedUse }
}

/** The name of the database of derived values beside that of a repository. */
export function derivedName(repository: string): string {
  return `${repository} derived`
}

/** Derived values in an IndexedDB database of their own. Opens in the background; see {@link DerivedStore} for what fails. */
export function openIdbDerived(repository: string, now: () => number = Date.now): DerivedStore {
  const name = derivedName(repository)
  let closed = false
  const opening = openDatabase(name).catch(() => undefined)

  /** The answer of work on the living handle, or what stands in for it. */
  const attempt = async <T>(
    work: (db: IDBPDatabase<DerivedSchema>) => Promise<T>,
    otherwise: T,
  ): Promise<T> => {
    const db = await opening
    if (!db || closed) return otherwise
    try {
      return await work(db)
    } catch {
      return otherwise
    }
  }

  return {
    read: (keys) =>
      attempt(
        (db) => readTexts(db, keys, now()),
        keys.map(() => undefined),
      ),
    write: (entries) => attempt((db) => writeTexts(db, entries, now()), undefined),
    prune: (maxUnits) => attempt((db) => prune(db, maxUnits), undefined),
    close: async () => {
      closed = true
      ;(await opening)?.close()
    },
  }
}

/** Deletes the derived values of a repository. */
export async function deleteIdbDerived(repository: string): Promise<void> {
  await deleteDB(derivedName(repository)).catch(() => {})
}

function openDatabase(name: string): Promise<IDBPDatabase<DerivedSchema>> {
  return openDB<DerivedSchema>(name, derivedVersion, {
    upgrade(db) {
      for (const store of Array.from(db.objectStoreNames)) db.deleteObjectStore(store)
      db.createObjectStore('texts')
      db.createObjectStore('uses')
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(), // the event's target is the database that must make way
  })
}

async function readTexts(
  db: IDBPDatabase<DerivedSchema>,
  keys: readonly string[],
  now: number,
): Promise<readonly (string | undefined)[]> {
  const tx = db.transaction(['texts', 'uses'])
  const [texts, uses] = await Promise.all([
    Promise.all(keys.map((key) => tx.objectStore('texts').get(key))),
    Promise.all(keys.map((key) => tx.objectStore('uses').get(key))),
  ])
  const stale = keys.flatMap((key, index) => {
    const use = uses[index]
    return use && now - use.usedAtMs > usedAgainAfterMs ? [[key, use] as const] : []
  })
  if (stale.length > 0) void noteUses(db, stale, now).catch(() => {})
  const decoder = new TextDecoder()
  return texts.map((bytes) => bytes && decoder.decode(bytes))
}

async function noteUses(
  db: IDBPDatabase<DerivedSchema>,
  uses: readonly (readonly [string, DerivedUse])[],
  now: number,
): Promise<void> {
  const tx = db.transaction('uses', 'readwrite', { durability: 'relaxed' })
  await Promise.all([...uses.map(([key, use]) => tx.store.put({ ...use, usedAtMs: now }, key)), tx.done])
}

async function writeTexts(
  db: IDBPDatabase<DerivedSchema>,
  entries: readonly DerivedEntry[],
  now: number,
): Promise<void> {
  const encoder = new TextEncoder()
  const encoded = entries.map(({ key, text }) => ({ key, text, bytes: encoder.encode(text) }))
  const tx = db.transaction(['texts', 'uses'], 'readwrite', { durability: 'relaxed' })
  const texts = tx.objectStore('texts')
  const uses = tx.objectStore('uses')
  await Promise.all([
    ...encoded.flatMap(({ key, text, bytes }) => [
      texts.put(bytes, key),
      uses.put({ units: text.length, usedAtMs: now }, key),
    ]),
    tx.done,
  ])
}

async function prune(db: IDBPDatabase<DerivedSchema>, maxUnits: number): Promise<void> {
  const tx = db.transaction(['texts', 'uses'], 'readwrite', { durability: 'relaxed' })
  const uses = tx.objectStore('uses')
  const [keys, values] = await Promise.all([uses.getAllKeys(), uses.getAll()])
  const pairs = keys.map((key, index) => [key, values[index] as DerivedUse] as const) // of one transaction
  const gone = leastUsed(pairs, maxUnits)
  await Promise.all([
    ...gone.flatMap((key) => [uses.delete(key), tx.objectStore('texts').delete(key)]),
    tx.done,
  ])
}
