import { setImmediate } from 'node:timers/promises'
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
    // A tab that a test killed may leave transactions, whose answers would meet a process without IndexedDB. They take a
    // turn for each request.
    for (let turn = 0; turn < 200; turn++) await setImmediate()
    vi.unstubAllGlobals() // a test may have put a factory of its own in its place
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name)
  })
}
