interface Waiting {
  readonly lock: Lock
  grant(): void
}

/**
 * The Web Locks of an origin for tests outside a browser: one queue per name, shared and exclusive locks,
 * `ifAvailable` and `signal`, as the standard has them. Stealing is not used, and not here.
 */
export function createFakeLocks(): LockManager {
  const held = new Set<Lock>()
  const waiting: Waiting[] = []

  const fits = ({ name, mode }: Lock): boolean =>
    [...held].every((other) => other.name !== name || (mode === 'shared' && other.mode === 'shared'))
  const isFree = (lock: Lock): boolean =>
    fits(lock) && waiting.every((other) => other.lock.name !== lock.name)

  /** Gives locks to those who wait, in their order: nobody overtakes. */
  const serve = (): void => {
    const passed = new Set<string>()
    for (const next of waiting.slice()) {
      if (passed.has(next.lock.name) || !fits(next.lock)) passed.add(next.lock.name)
      else {
        waiting.splice(waiting.indexOf(next), 1)
        held.add(next.lock)
        next.grant()
      }
    }
  }

  const request = async <T>(
    name: string,
    { mode = 'exclusive', ifAvailable = false, signal }: LockOptions,
    callback: (lock: Lock | null) => T,
  ): Promise<Awaited<T>> => {
    signal?.throwIfAborted()
    const lock: Lock = { name, mode }
    if (ifAvailable && !isFree(lock)) return await callback(null)
    await new Promise<void>((resolve, reject) => {
      const entry: Waiting = { lock, grant: resolve }
      waiting.push(entry)
      signal?.addEventListener('abort', () => {
        const at = waiting.indexOf(entry)
        if (at < 0) return
        waiting.splice(at, 1)
        reject(signal.reason)
        serve()
      })
      serve()
    })
    try {
      return await callback(lock)
    } finally {
      held.delete(lock)
      serve()
    }
  }

  return {
    // The overload without options is not used.
    request: request as LockManager['request'],
    // As in the standard's dictionary, members may be absent.
    query: async () => (held.size === 0 ? {} : { held: [...held] }),
  }
}
