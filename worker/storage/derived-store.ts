/**
 * Values that can always be made again from what {@link Storage} holds, by content-addressed keys: parsed records,
 * first pages. Kept apart from the truth on purpose: nothing here is ever waited for by an acknowledgement, and all of
 * it may be gone, refused or broken at any time. So nothing here throws: what cannot be read is absent, what cannot be
 * written is forgotten.
 */
export interface DerivedStore {
  /** The texts of these keys; undefined where there is none. */
  read(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** Keeps texts, relaxed: they may be lost in a crash. Resolves when they were stored or given up. */
  write(entries: readonly DerivedEntry[]): Promise<void>
  /** Forgets the entries that were used longest ago until at most `maxUnits` UTF-16 units of text remain. */
  prune(maxUnits: number): Promise<void>
  close(): Promise<void>
}

export interface DerivedEntry {
  readonly key: string
  readonly text: string
}

/** A use is noted again when the last note is older than this: reading must not write all the time. */
export const usedAgainAfterMs: number = 24 * 60 * 60 * 1000

/** What is known of an entry without reading it. */
export interface DerivedUse {
  readonly units: number
  /** ms since 1970. */
  readonly usedAtMs: number
}

/** The keys to forget: the least recently used ones beyond `maxUnits`. */
export function leastUsed(
  uses: Iterable<readonly [string, DerivedUse]>,
  maxUnits: number,
): readonly string[] {
  const newestFirst = [...uses].sort(([a, one], [b, two]) => two.usedAtMs - one.usedAtMs || (a < b ? -1 : 1))
  let units = 0
  return newestFirst.flatMap(([key, use]) => ((units += use.units) > maxUnits ? [key] : []))
}
