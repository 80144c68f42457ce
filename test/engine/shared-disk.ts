import type { Database } from '../../src/client/database.ts'
import type { OpenOptions } from '../../src/open.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import {
  createMemoryDisk,
  createMemoryStorage,
  type MemoryDisk,
} from '../../worker/storage/memory-storage.ts'
import type { HostedRepository } from '../support/git-host.ts'
import { auditDisk, openOn } from './world.ts'

/** A repository, and one browser whose tabs share a disk. */
export interface SharedDisk extends HostedRepository {
  readonly disk: MemoryDisk
  /** Opens the database in another tab. */
  tab(options?: OpenOptions): Promise<Database>
  /** How many journal entries the disk holds. */
  entries(): number
  /** Throws when something is missing on the disk. */
  audit(): Promise<void>
}

export function shareDisk(repository: HostedRepository): SharedDisk {
  const disk = createMemoryDisk()
  const tabs = createNodeTabs()
  return {
    ...repository,
    disk,
    tab: (options = {}) => openOn(createMemoryStorage(disk), repository.url, { ...options, tabs }),
    entries: () => [...disk.image.journal.values()].reduce((sum, rows) => sum + rows.length, 0),
    audit: () => auditDisk(disk),
  }
}
