import type { Item } from './item.ts'

/** What a query gives per record; `id` is `$id` in our rows. */
export interface PeerRow {
  readonly id?: unknown
  readonly $id?: unknown
  readonly _id?: unknown
  readonly category?: unknown
  readonly price?: unknown
  readonly stock?: unknown
}

/** What a peer's documentation says of how each of these is done, behind one face. `Input` is a record as it takes it. */
export interface DatabasePeer<Input = unknown> {
  /** Creates the database, or opens what an earlier page of this profile has left. */
  open(place: Place): Promise<void>
  input(item: Item): Input
  /** Inserts; resolves when durable (as far as the peer ever is). */
  insertMany(items: readonly Input[]): Promise<void>
  insert(item: Input): Promise<void>
  get(id: string): Promise<PeerRow | undefined>
  getMany(ids: readonly string[]): Promise<readonly PeerRow[]>
  /** Indexed. */
  findByCategory(category: string): Promise<readonly PeerRow[]>
  countByCategory(category: string): Promise<number>
  /** `from` ≤ price ≤ `to`, by price, indexed. */
  findByPrice(from: number, to: number, limit: number): Promise<readonly PeerRow[]>
  /** The first by price. */
  cheapest(limit: number): Promise<readonly PeerRow[]>
  /** No index helps. */
  findByDescription(word: string): Promise<readonly PeerRow[]>
  countPerCategory(): Promise<ReadonlyMap<string, number>>
  all(): Promise<readonly PeerRow[]>
  /** Sets the field `stock`. Not `durable`: resolves when this page sees it, where the peer knows a difference. */
  setStock(id: string, stock: number, durable: boolean): Promise<void>
  /** Live: calls back with the rows now and after each change. */
  watchCategory(category: string, listener: (rows: readonly PeerRow[]) => void): Promise<() => void>
  /** What was changed without waiting is durable. */
  settled(): Promise<void>
  /** Makes inserts a part of the history. */
  commit?(): Promise<void>
  /** Makes the stored data small. */
  compact?(): Promise<void>
  /** Time for what it does when nobody asks for anything. */
  idle?(): Promise<void>
  /** Stored bytes by part, where the peer can tell. */
  storedParts?(): Promise<Readonly<Record<string, number>>>
  /** The repository as a git bundle, for peers that are one. */
  bundle?(): Promise<Uint8Array>
  close(): Promise<void>
}

/** What a peer needs to open. */
export interface Place {
  /** The repository, for ours. */
  readonly url: string
  /** How many records there will be, for peers that must be told a limit. */
  readonly count: number
}

export function idOf(row: PeerRow): string {
  return String(row.id ?? row.$id ?? row._id)
}
