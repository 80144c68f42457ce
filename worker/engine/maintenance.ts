import type { Repository } from './repository.ts'

/** Keeps an open repository small. */
export interface Maintenance {
  compact(): Promise<void>
  stop(): void
}

export function createMaintenance(_repository: Repository): Maintenance {
  return { compact: async () => {}, stop: () => {} }
}
