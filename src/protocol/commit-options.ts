import type { Author } from './outcomes.ts'
import type { ChangeFilter } from './records.ts'

/** How commits are signed, unless a call of `commit` says otherwise. */
export interface CommitDefaults {
  /** Who writes the commit, where that is not its author. */
  readonly committer?: Author
  /** `'utc'` (default) writes times as `+0000`; `'keep'` with the offset of this device. */
  readonly timeZone?: 'utc' | 'keep'
  /**
   * Adds trailers for those who audit: `Espalier-Operations` (the numbers of the journal's entries here that wrote what
   * is committed, at most 50), `Espalier-Client` (the library's version and an id of this engine, anew with each page)
   * and `Espalier-Time-Zone` (its name). Off by default: they say more of the device than its user may expect.
   */
  readonly audit?: boolean
}

/** What `commit` may be told. */
export interface CommitOptions extends CommitDefaults {
  /** Names the changes unless given: `Update units/foot`, and a list where there are several. */
  readonly message?: string
  /** The author of the database unless given. */
  readonly author?: Author
  /** All working changes unless given. */
  readonly records?: ChangeFilter
  /**
   * Added as git trailers, after those that the message ends with. A name has letters, digits and hyphens, a value is
   * one line; a list gives several lines of one name.
   */
  readonly trailers?: { readonly [name: string]: string | readonly string[] }
}
