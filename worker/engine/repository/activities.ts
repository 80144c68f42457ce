import type { DatabaseState } from '../../../src/protocol/databases.ts'

/** The shared lock of everybody who has a repository open. */
export const openLock = 'open'

/**
 * What a repository is busy with. Each is also the name of a shared lock that is held meanwhile, so that other tabs
 * see it, and never see one whose tab has died.
 */
export type Activity = Extract<DatabaseState, 'cloning' | 'indexing' | 'syncing'>

export const activities: readonly Activity[] = ['cloning', 'indexing', 'syncing']
