/**
 * Durable bytes of one local repository. Knows nothing of git: packs are named bytes, refs are named strings.
 *
 * Every implementation (IndexedDB, Node files, memory) passes the shared suite in `storage.suite.ts`.
 */
export interface Storage {
  /**
   * Everything small, in one consistent read: the state that `open` starts from. A reader that is only behind
   * names the packs it has: their rows (index and inline bytes) are left out of `packs`, not out of `packIds`.
   */
  readState(knownPacks?: ReadonlySet<string>): Promise<StorageState>

  /** Rows of the packs that are not in `known`, and the ids of all packs. One consistent read. */
  readPacks(
    known: ReadonlySet<string>,
  ): Promise<{ readonly ids: readonly string[]; readonly added: readonly PackRow[] }>

  /** The journal entries of one scope after a sequence number: how a tab that is behind catches up. */
  readJournal(scope: string, after?: number): Promise<readonly LogRow[]>

  /** The reflog of one ref, or of all refs (`scope` is the ref's name), oldest first per ref. */
  readReflog(ref?: string): Promise<readonly LogRow[]>

  /** The bytes of one segment of a pack that is not inline. Throws `storage/corrupt` when it is missing. */
  readSegment(pack: string, index: number): Promise<Uint8Array>

  /**
   * Keeps one segment of a pack that is still streaming in. Durable when the batch that puts the pack's row is;
   * until then it is an orphan. A view of a larger buffer is copied before this returns. Throws `storage/quota`.
   */
  writeSegment(pack: string, index: number, bytes: Uint8Array): Promise<void>

  /** Drops segments without a pack row. Call it only while holding the repository's writer lock. */
  dropOrphanSegments(): Promise<void>

  /**
   * Applies a batch: all of it or nothing. The requirements are checked inside the same transaction; when one
   * does not hold, nothing is written and the outcome names it. Resolves only when the batch is durable
   * (IndexedDB: a `durability: 'strict'` transaction fired `complete`; Node: written, fsynced, renamed, folder
   * fsynced).
   *
   * Throws `storage/quota` (nothing written, the store stays readable), `storage/corrupt` (a pack row whose
   * segments are not there), `engine/bad-argument` (a value that cannot be cloned), `storage/closed`, and
   * `storage/unavailable`: the outcome is not known, read the state again.
   */
  commit(batch: Batch): Promise<BatchOutcome>

  /**
   * Keeps a text for pages that read the store themselves, apart from its state and relaxed: it may be lost in a crash.
   * Absent where no page can.
   */
  keepFirstScreen?(text: string): Promise<void>

  /** Releases the store. Later calls throw `storage/closed`. */
  close(): Promise<void>
}

/** A complete pack. Small packs carry their bytes inline; large ones lie in segments. Treat the bytes as read-only. */
export interface PackRow {
  readonly id: string
  readonly sizeBytes: number
  /** Standard `.idx` v2 bytes. */
  readonly index: Uint8Array
  /** The pack's bytes, or null when they lie in `segmentCount` segments of `segmentBytes` (the last is shorter). */
  readonly inline: Uint8Array | null
  readonly segmentBytes: number
  readonly segmentCount: number
}

/**
 * A ref's value is opaque here (an object id, or `ref: refs/heads/main`). The version counts its writes, also
 * across a deletion, so that a name that was deleted and made again is never taken for unchanged.
 */
export interface RefRow {
  readonly name: string
  readonly value: string
  readonly version: number
}

/** One entry of an append-only log, numbered from 1 without gaps per scope for as long as the store lives. */
export interface LogRow {
  readonly scope: string
  readonly seq: number
  readonly entry: unknown
}

export interface StorageState {
  /** Counts the times when packs were taken away (compaction). A reader with another epoch reloads its packs. */
  readonly epoch: number
  readonly packs: readonly PackRow[]
  /** The ids of all packs, in the order of `packs`: by id. */
  readonly packIds: readonly string[]
  readonly refs: readonly RefRow[]
  readonly journal: readonly LogRow[]
  /** The last sequence number given out per journal scope, also when its entries are gone. */
  readonly journalSeqs: ReadonlyMap<string, number>
  readonly meta: ReadonlyMap<string, unknown>
  /** Names this state; where pages can read it too (IndexedDB). */
  readonly stamp?: string
}

/**
 * One step: the writes apply in their order. Entries and values are plain data (what structured clone takes:
 * JSON values, `Uint8Array`, `Map`, `undefined`); bytes in them should not be views of larger buffers.
 */
export interface Batch {
  readonly require?: readonly Requirement[]
  readonly writes: readonly Write[]
}

export type Requirement =
  /** The ref has this value (null: it does not exist). */
  | { readonly kind: 'ref'; readonly name: string; readonly value: string | null }
  /** The last sequence number given out for this journal scope (0: none yet). */
  | { readonly kind: 'journal'; readonly scope: string; readonly seq: number }
  | { readonly kind: 'epoch'; readonly value: number }

export type Write =
  | { readonly kind: 'putPack'; readonly row: PackRow }
  /** Also deletes its segments, and counts the epoch up (once per batch). */
  | { readonly kind: 'deletePack'; readonly id: string }
  /** null deletes the ref. */
  | { readonly kind: 'setRef'; readonly name: string; readonly value: string | null }
  | { readonly kind: 'appendJournal'; readonly scope: string; readonly entry: unknown }
  /** Deletes the scope's entries up to and including `through`. */
  | { readonly kind: 'deleteJournal'; readonly scope: string; readonly through: number }
  | { readonly kind: 'appendReflog'; readonly ref: string; readonly entry: unknown }
  /** Deletes the ref's reflog entries up to and including `through`. */
  | { readonly kind: 'deleteReflog'; readonly ref: string; readonly through: number }
  /** undefined deletes the value. */
  | { readonly kind: 'setMeta'; readonly key: string; readonly value: unknown }

/** `journalSeqs` holds the number given out last for each scope that the batch appended to. */
export type BatchOutcome =
  | { readonly ok: true; readonly epoch: number; readonly journalSeqs: ReadonlyMap<string, number> }
  | { readonly ok: false; readonly failed: Requirement; readonly actual: string | number | null }
