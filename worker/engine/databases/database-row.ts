import type { StorageLoss } from '../../../src/protocol/outcomes.ts'

/** What the registry keeps of one database. Times are milliseconds since 1970. */
export interface DatabaseRow {
  readonly url: string
  readonly name: string
  readonly createdAt: number
  readonly lastOpenedAt: number
  readonly lastSyncAt: number | null
  /** What the store held when it was looked at last; null before the first clone was stored. */
  readonly summary: Summary | null
  readonly error?: { readonly code: string; readonly message: string; readonly at: number }
  /** The loss of an earlier store, until it is dismissed. */
  readonly lost?: StorageLoss
  /** The instances that have it open and will note what changes. One that died is here still: then nobody did. */
  readonly followers?: readonly string[]
  readonly trash?: { readonly at: number; readonly until: number }
}

/** What a store holds. A hint where it is kept in a row: the store is the truth. */
export interface Summary {
  readonly at: number
  /** The branch of HEAD. */
  readonly branch: string | null
  /** Every local branch. A list: a branch may be called `__proto__`. */
  readonly branches: readonly BranchSummary[]
  readonly sizeBytes: number
  readonly packs: number
  readonly unpushed: number | null
  /** Some branch has commits that its remote's lacks, and lacks some of its. */
  readonly diverged: boolean
}

export interface BranchSummary {
  readonly name: string
  readonly workingChanges: number
  readonly conflicts: number
}

/** Reads a row back; undefined where it is none (damaged, or absent). */
export function parseDatabaseRow(value: unknown): DatabaseRow | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const row = value as Partial<DatabaseRow> // checked below
  if (typeof row.url !== 'string' || typeof row.name !== 'string') return undefined
  if (typeof row.createdAt !== 'number' || typeof row.lastOpenedAt !== 'number') return undefined
  if (row.summary && !Array.isArray(row.summary.branches)) return undefined
  return row as DatabaseRow
}

/** The row of a database that is seen for the first time. */
export function newDatabaseRow(url: string, name: string, now: number): DatabaseRow {
  return { url, name, createdAt: now, lastOpenedAt: now, lastSyncAt: null, summary: null }
}

export function workingChangesOf(summary: Summary | null): number {
  return summary?.branches.reduce((sum, { workingChanges }) => sum + workingChanges, 0) ?? 0
}

/** The last part of the address, with a number where others have it. */
export function defaultName(url: string, taken: ReadonlySet<string>): string {
  const last = url.slice(url.lastIndexOf('/') + 1).replace(/\.git$/, '')
  const name = readable(last) || url
  if (!taken.has(name)) return name
  for (let n = 2; ; n++) if (!taken.has(`${name} ${n}`)) return `${name} ${n}`
}

function readable(text: string): string {
  try {
    return cleanName(decodeURIComponent(text)) ?? ''
  } catch {
    return text
  }
}

export const maxNameLength = 200

/** A name as it is kept: NFC, no space around it. Undefined where it is empty, too long or holds control characters. */
export function cleanName(text: string): string | undefined {
  const name = text.normalize('NFC').trim()
  // oxlint-disable-next-line no-control-regex -- names are shown in one line
  return name === '' || name.length > maxNameLength || /[\0-\x1F\x7F]/.test(name) ? undefined : name
}
