import type { MergeOptions } from '../../../../src/protocol/merge-calls.ts'
import type { FieldStrategies, MergeMode } from '../../../../src/protocol/merge.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import type { CommitSnapshot, SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import type { ConflictList } from './merge-conflicts.ts'

/** Where both sides came from: a commit, or what several of them have in common. */
export interface MergeBase {
  readonly root: Oid | null
  /** Absent where there was no database. */
  readonly snapshot: CommitSnapshot | undefined
  /** Files in which the bases differ among themselves: no version of them is the one that both sides began with. */
  readonly doubtful: ReadonlySet<string>
  /** The records in them, by collection and key. */
  readonly doubtfulRecords: ReadonlyMap<string, ReadonlyMap<string, RecordValue | undefined>>
}

/** What is merged, and how. */
export interface MergeRequest {
  /** Reads base, ours and theirs. */
  readonly source: SnapshotSource
  readonly base: MergeBase
  readonly ours: CommitSnapshot
  readonly theirs: CommitSnapshot
  readonly options: MergeOptions
  readonly conflicts: ConflictList
  /** Holds what was read of the sides, which no choice changes. */
  readonly reads: MergeReads
}

/** Makes a thing once, by its name. */
export type MergeReads = <T>(name: string, make: () => Promise<T>) => Promise<T>

export function createMergeReads(): MergeReads {
  const known = new Map<string, Promise<unknown>>()
  return <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const value = (known.get(name) as Promise<T> | undefined) ?? make() // one name is always of one type
    known.set(name, value)
    value.catch(() => known.delete(name))
    return value
  }
}

export function modeOf({ mode = 'field' }: MergeOptions, collection: string): MergeMode {
  if (typeof mode === 'string') return mode
  return Object.hasOwn(mode, collection) ? (mode[collection] ?? 'field') : 'field'
}

/** How fields of a collection are merged. */
export function strategiesOf({ strategies = {} }: MergeOptions, collection: string): FieldStrategies {
  return Object.hasOwn(strategies, collection) ? (strategies[collection] ?? {}) : {}
}
