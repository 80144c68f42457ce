import type { DerivedEntry, DerivedStore } from '../../storage/derived-store.ts'

/**
 * Values that were derived from commits, kept for the next opening: parsed records, first pages. Reading answers at
 * once; what is to be kept is made and stored when there is nothing better to do, a piece at a time.
 */
export interface Derived {
  read(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** Whether a value is known to be kept: it was read or stored since this was made. */
  isKept(key: string): boolean
  /** Keeps what `make` gives, later; what waits under the same name is not made any more. */
  keep(name: string, make: Make): void
  /** Makes and keeps at once what waits under a name. */
  finish(name: string): Promise<void>
  /** Somebody is waiting for an answer: what is to be kept waits too. */
  busy(): void
  close(): Promise<void>
}

/** Makes what is to be kept, or keeps it itself. */
type Make = () => Iterable<DerivedEntry> | AsyncIterable<DerivedEntry> | Promise<void>

/** Text of all derived values of one repository, in UTF-16 units; the least recently used go first. */
const maxUnits = 128_000_000

/** Nobody asked for anything so long: then there is time. */
const pauseMs = 300

/** `later`: runs a task when some time has passed; the returned function calls it off. */
export function createDerived(store: DerivedStore, later: (task: () => void) => () => void): Derived {
  const waiting = new Map<string, Make>()
  const kept = new Set<string>()
  let cancel: (() => void) | undefined
  let running: Promise<void> | undefined
  let closed = false
  let busyAt = 0
  /** What is being kept now. */
  let making: { readonly name: string; readonly make: Make } | undefined
  let endPause = (): void => {}
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const callOff = later(resolve)
      endPause = () => {
        callOff()
        resolve()
      }
    })

  const untilQuiet = async (): Promise<void> => {
    if (closed || Date.now() - busyAt >= pauseMs) return
    await pause()
    await untilQuiet()
  }

  const run = async (): Promise<void> => {
    let wrote = false
    for (const [name, make] of waiting) {
      waiting.delete(name)
      making = { name, make }
      for await (const entry of (await make()) ?? []) {
        if (closed) return
        // One at a time, and in a pause: whoever reads or writes meanwhile must not wait.
        await store.write([entry])
        await untilQuiet()
        kept.add(entry.key)
        wrote = true
      }
    }
    if (wrote) await store.prune(maxUnits)
  }
  const start = (): void => {
    cancel = undefined
    if (running) return
    if (Date.now() - busyAt < pauseMs) return schedule()
    // What cannot be made is not kept: its files tell whoever reads them.
    running = run()
      .catch(() => {})
      .finally(() => {
        running = undefined
        making = undefined
        if (waiting.size > 0 && !closed) schedule()
      })
  }
  const schedule = (): void => {
    cancel ??= later(start)
  }

  return {
    read: async (keys) => {
      const texts = await store.read(keys)
      for (const [index, text] of texts.entries()) if (text !== undefined) kept.add(keys[index] as string)
      return texts
    },
    busy: () => {
      busyAt = Date.now()
    },
    isKept: (key) => kept.has(key),
    keep: (name, make) => {
      if (closed) return
      waiting.delete(name)
      waiting.set(name, make) // after what is waiting already: it may be made from that
      if (!running) schedule()
    },
    finish: async (name) => {
      const make = waiting.get(name) ?? (making?.name === name ? making.make : undefined)
      waiting.delete(name)
      try {
        for await (const entry of (await make?.()) ?? []) await store.write([entry])
      } catch {
        // As above: it is not kept.
      }
    },
    close: async () => {
      closed = true
      cancel?.()
      endPause()
      await running
      await store.close()
    },
  }
}
