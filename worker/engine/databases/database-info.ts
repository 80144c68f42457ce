import type { DatabaseInfo, TrashedDatabase } from '../../../src/protocol/databases.ts'
import { activities, openLock } from '../repository/activities.ts'
import { workingChangesOf, type DatabaseRow } from './database-row.ts'
import { stateOf } from '../repository/database-state.ts'
import type { Platform, StorageNames } from '../platform/platform.ts'

/** A row of the registry and what is true now: whether its store is there, and what tabs do with it. */
export async function describeDatabase(
  platform: Platform,
  storages: StorageNames,
  id: string,
  row: DatabaseRow,
): Promise<DatabaseInfo> {
  const { url, name, summary, error, lost, lastSyncAt } = row
  const lock = platform.lock(id)
  const [isOpen, ...busy] = await Promise.all([openLock, ...activities].map((held) => lock.isHeld(held)))
  const activity = activities[busy.indexOf(true)]
  return {
    id,
    name,
    url,
    status: stateOf({ stored: storages.has(id), activity, summary, ...(error ? { error } : {}) }),
    isOpen: isOpen === true,
    branch: summary?.branch ?? null,
    branches: summary?.branches.map((branch) => branch.name) ?? [],
    sizeBytes: summary?.sizeBytes ?? 0,
    packs: summary?.packs ?? 0,
    unpushedCommits: summary ? summary.unpushed : 0,
    workingChanges: workingChangesOf(summary),
    createdAt: new Date(row.createdAt),
    lastOpenedAt: new Date(row.lastOpenedAt),
    lastSyncAt: lastSyncAt === null ? null : new Date(lastSyncAt),
    ...(error ? { error: { ...error, at: new Date(error.at) } } : {}),
    ...(lost ? { lost } : {}),
  }
}

export function asTrashed(info: DatabaseInfo, trash: NonNullable<DatabaseRow['trash']>): TrashedDatabase {
  return { ...info, deletedAt: new Date(trash.at), expiresAt: new Date(trash.until) }
}
