import { openIdbStorage } from '../storage/idb-storage.ts'
import { createWebLock } from '../storage/lock.ts'
import type { LentStorage } from './lent-storage.ts'

/** Opens the store that the worker has open too: IndexedDB and Web Locks are shared by the whole origin. */
export async function openInBrowser(repository: string): Promise<LentStorage> {
  return { storage: await openIdbStorage(repository), lock: createWebLock(repository) }
}

/** Tells all tabs, as an engine does (its `Announcer`): one message with the ref's name on the repository's channel. */
export function announceRefs(repository: string, refs: readonly string[]): void {
  const channel = new BroadcastChannel(repository)
  for (const ref of refs) channel.postMessage(ref)
  channel.close()
}
