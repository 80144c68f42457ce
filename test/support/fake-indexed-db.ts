import * as fake from 'fake-indexeddb'
import { afterAll, vi } from 'vitest'

/** Gives the tests of one file a browser's IndexedDB, and takes it away after them: other files share the process. */
export function useFakeIndexedDb(): void {
  const globals: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(Object.entries(fake).filter(([name]) => name.startsWith('IDB'))),
    indexedDB: fake.indexedDB,
  }
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  afterAll(async () => {
    for (const { name } of await fake.indexedDB.databases()) await pastTransactions(name ?? '')
    vi.unstubAllGlobals() // a test may have put a factory of its own in its place
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name)
  })
}

/**
 * Waits until the transactions that others have begun are over: a tab that a test killed may leave some. What they
 * answer would meet a process without IndexedDB.
 */
function pastTransactions(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = fake.indexedDB.open(name)
    opening.addEventListener('error', () => reject(opening.error as Error))
    opening.addEventListener('success', () => {
      const db = opening.result
      const end = (): void => {
        db.close()
        resolve()
      }
      // It is its turn when all before it have ended.
      if (db.objectStoreNames.length === 0) end()
      else db.transaction(db.objectStoreNames, 'readwrite').addEventListener('complete', end)
    })
  })
}
