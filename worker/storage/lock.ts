import { EspalierError } from '../../src/protocol/errors.ts'

/** The locks of one local repository: one for writers, and shared ones that keep a generation of packs alive. */
export interface RepositoryLock {
  /** Runs work as the only writer of this repository. The signal ends the waiting, not the work: `remote/aborted`. */
  exclusive<T>(work: () => Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>

  /** Holds a shared lock of this name until the returned function is called. Any number may hold it. */
  holdShared(name: string): Promise<() => void>

  /**
   * Runs work while nobody holds, or can take, the shared lock of this name, and answers true; answers false at
   * once when somebody holds it. Release your own first.
   */
  whenUnheld(name: string, work: () => Promise<void>): Promise<boolean>

  /** Whether anybody holds the shared lock of this name now. */
  isHeld(name: string): Promise<boolean>
}

/** Locks across the tabs and workers of this origin (Web Locks). The names should start with the app's namespace. */
export function createWebLock(repository: string): RepositoryLock {
  const { locks } = navigator
  const writer = `${repository}/writer`
  const shared = (name: string): string => `${repository}/shared/${name}`
  // Given back, but the browser takes a moment until others can see it.
  const endings = new Set<Promise<void>>()

  return {
    async exclusive(work, { signal } = {}) {
      let started = false
      try {
        return await locks.request(writer, signal ? { signal } : {}, () => {
          started = true
          return work()
        })
      } catch (error) {
        throw !started && signal?.aborted ? abortedError(signal) : error
      }
    },

    holdShared: (name) =>
      new Promise((held, failed) => {
        const ended: Promise<void> = locks.request(
          shared(name),
          { mode: 'shared' },
          () =>
            new Promise<void>((release) => {
              held(() => {
                endings.add(ended)
                release()
              })
            }),
        )
        ended.catch(failed).finally(() => endings.delete(ended))
      }),

    async whenUnheld(name, work) {
      await Promise.all(endings)
      return locks.request(shared(name), { ifAvailable: true }, async (lock) => {
        if (!lock) return false
        await work()
        return true
      })
    },

    isHeld: async (name) => (await heldNow()).some((lock) => lock.name === shared(name)),
  }
}

let asking: Promise<readonly LockInfo[]> | undefined

/** The locks of this origin that are held. Those who ask at the same time share one answer. */
function heldNow(): Promise<readonly LockInfo[]> {
  asking ??= navigator.locks
    .query()
    .then(({ held = [] }) => held)
    .finally(() => {
      asking = undefined
    })
  return asking
}

/** Locks between everything that shares this object: one process (Node), or tests with several "tabs". */
export function createLocalLock(): RepositoryLock {
  let lastWriter: Promise<void> = Promise.resolve()
  const holders = new Map<string, number>()
  const removals = new Map<string, Promise<void>>()
  const held = (name: string): number => holders.get(name) ?? 0

  return {
    async exclusive(work, { signal } = {}) {
      const before = lastWriter
      let leave = (): void => {}
      const left = new Promise<void>((resolve) => (leave = resolve))
      lastWriter = before.then(() => left)
      try {
        await unlessAborted(before, signal)
        return await work()
      } finally {
        leave()
      }
    },

    async holdShared(name) {
      while (removals.has(name)) await removals.get(name)
      holders.set(name, held(name) + 1)
      let released = false
      return () => {
        if (!released) holders.set(name, held(name) - 1)
        released = true
      }
    },

    async whenUnheld(name, work) {
      if (held(name) > 0 || removals.has(name)) return false
      const working = work()
      const ended = working.then(
        () => void removals.delete(name),
        () => void removals.delete(name),
      )
      removals.set(name, ended)
      await working
      return true
    },

    isHeld: async (name) => held(name) > 0,
  }
}

async function unlessAborted(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return turn
  if (signal.aborted) throw abortedError(signal)
  const ended = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const options = { once: true, signal: ended.signal }
    signal.addEventListener('abort', () => reject(abortedError(signal)), options)
  })
  try {
    await Promise.race([turn, aborted])
  } finally {
    ended.abort()
  }
}

function abortedError(signal: AbortSignal): EspalierError {
  return new EspalierError(
    'remote/aborted',
    'The operation was aborted while it waited for the writer lock.',
    {
      cause: signal.reason,
    },
  )
}
