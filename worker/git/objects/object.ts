import type { Oid } from './oid.ts'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

/** An object's type and content (without git's `type size\0` header). Treat the bytes as read-only. */
export interface GitObject {
  readonly type: ObjectType
  readonly bytes: Uint8Array
}

/** An object that is about to be stored. `deltaBase`/`delta` may carry a ready delta against an object that the store has. */
export interface NewObject extends GitObject {
  readonly oid: Oid
  readonly delta?: { readonly base: Oid; readonly bytes: Uint8Array }
}

/** What history, diffs and trees need from a store. */
export interface ObjectReader {
  /** Throws `git/object-missing`. */
  read(oid: Oid): Promise<GitObject>
  has(oid: Oid): boolean | Promise<boolean>
}
