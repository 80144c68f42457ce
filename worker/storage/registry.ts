/**
 * A few rows beside the databases, one per database: they outlive its storage. Knows nothing of what they hold.
 *
 * Every implementation (IndexedDB, Node files, memory) passes the shared suite in `registry.suite.ts`.
 */
export interface Registry {
  /** Every row, by id. */
  all(): Promise<readonly RegistryRow[]>
  get(id: string): Promise<unknown>
  /**
   * Replaces a row by what `change` makes of it (undefined: there was none; answer undefined to delete it), alone
   * among all writers of all tabs. `change` may not wait for anything. Resolves with the new value.
   *
   * Throws `storage/quota`, `storage/unavailable`, `storage/newer-format`, and what `change` throws.
   */
  update(id: string, change: (value: unknown) => unknown, durability?: 'strict' | 'relaxed'): Promise<unknown>
}

export interface RegistryRow {
  readonly id: string
  readonly value: unknown
}
