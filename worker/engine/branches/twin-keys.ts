import { twinKey } from '../../git/objects/path-safety.ts'

/**
 * Keys of records that are not in a commit yet, by what a file system makes of them that folds case or Unicode
 * composition. Made when first asked for, then kept up to date: each insert asks, whatever waits to be committed.
 */
export interface TwinKeys {
  find(collection: string, twin: string): string | undefined
  /** A record became new, or is not new any more. */
  note(collection: string, key: string, isNew: boolean): void
  clear(): void
}

/** `newKeys`: the keys of a collection that are new now. */
export function createTwinKeys(newKeys: (collection: string) => Iterable<string>): TwinKeys {
  const twins = new Map<string, Map<string, string>>()
  const of = (collection: string): Map<string, string> => {
    const known = twins.get(collection)
    if (known) return known
    const made = new Map<string, string>()
    for (const key of newKeys(collection)) made.set(twinKey(key), key)
    twins.set(collection, made)
    return made
  }
  return {
    find: (collection, twin) => of(collection).get(twin),
    note: (collection, key, isNew) => {
      const known = twins.get(collection)
      if (!known) return
      const twin = twinKey(key)
      if (isNew) known.set(twin, key)
      else if (known.get(twin) === key) known.delete(twin)
    },
    clear: () => twins.clear(),
  }
}
