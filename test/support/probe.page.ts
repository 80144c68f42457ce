import { openDB } from 'idb'

/** A page for the helpers' own test: what does the policy refuse, in the page and in its worker? */
const evalRefused = (): boolean => {
  try {
    return globalThis.Function('return false')() as boolean
  } catch {
    return true
  }
}

const worker = new Worker(new URL('./probe.worker.ts', import.meta.url), { type: 'module' })

const fromWorker = new Promise<boolean>((resolve) => {
  worker.addEventListener('message', (event: MessageEvent<boolean>) => resolve(event.data))
})

const database = openDB('probe', 1, { upgrade: (db) => void db.createObjectStore('values') })

const probe = {
  evalRefusedInPage: evalRefused(),
  evalRefusedInWorker: (): Promise<boolean> => fromWorker,
  keep: async (value: string): Promise<void> => {
    const transaction = (await database).transaction('values', 'readwrite', { durability: 'strict' })
    await Promise.all([transaction.store.put(value, 'key'), transaction.done])
  },
  kept: async (): Promise<unknown> => (await database).get('values', 'key'),
}

Object.assign(globalThis, { probe })
export type Probe = typeof probe
