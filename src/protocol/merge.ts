import type { Json } from './records.ts'

/** How records that changed on both sides are merged: field by field, or only whole, or only whole files. */
export type MergeMode = 'field' | 'record' | 'file'

/**
 * How one field is merged when both sides changed it.
 * - `atomic`: never inside; two different values conflict
 * - `set`: a list in which order means nothing; additions and removals of both sides are kept
 * - `ordered-set`: the same, but when both sides moved items it says so
 * - `list`: a list in which order means everything; changes at the same place conflict
 * - `{ key }`: a list of maps, matched by this field
 * - `text`: by lines, then by words
 * - `counter`: both changes of a number are added up
 * - `max`, `min`: the greater or smaller number, time (as an instant) or text
 * - `{ newest }`: the side whose record has the greater value in this field
 * - `soft-delete`: the mark of a soft delete. Where one side sets it and the other changes what it hides, that is a
 *   conflict (`delete/edit`), as if the record had been deleted; where both set it, the earlier time stays
 */
export type FieldStrategy =
  | 'atomic'
  | 'set'
  | 'ordered-set'
  | 'list'
  | 'text'
  | 'counter'
  | 'max'
  | 'min'
  | 'soft-delete'
  | { readonly key: string }
  | { readonly newest: string }

/** Strategies by the name of the field; `address.tags` means a field inside one (lists between them have no name). */
export type FieldStrategies = { readonly [field: string]: FieldStrategy }

/**
 * Why two values could not be merged.
 * - `edit/edit`: both sides changed it, differently
 * - `add/add`: both sides added it, differently
 * - `delete/edit`: one side removed what the other changed; with a path to the mark of a soft delete: one side set it
 * - `type`: one side or both made it another type
 * - `order`: both sides moved items of a list; ours is taken unless told otherwise
 * - `text`: both sides changed the same words
 * - `schema`: the same, in a definition or in settings
 */
export type ConflictKind = 'edit/edit' | 'add/add' | 'delete/edit' | 'type' | 'order' | 'text' | 'schema'

/** Where three texts differ. */
export interface TextConflict {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

/** What could be taken, and why. */
export interface ConflictSuggestion {
  /** Undefined means absent. */
  readonly value: Json | undefined
  /**
   * - `policy`: what is usual for such a field (the later of two update times)
   * - `superset`: one side holds all that the other does
   * - `finer-merge`: what merging by field, or by the keys of a list's items, gives; nothing conflicts there
   */
  readonly reason: 'policy' | 'superset' | 'finer-merge'
}

/** One place of a record that both sides changed in ways that do not go together. */
export interface FieldConflict {
  /** From the record to the place; empty for the whole record. An item of a keyed list is named by its key. */
  readonly path: readonly (string | number)[]
  readonly kind: ConflictKind
  /** Undefined means absent, which is not null. */
  readonly base: Json | undefined
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
  /** Whether a choice is needed before the merge can be committed; not for the order of a list. */
  readonly blocking: boolean
  readonly suggestion?: ConflictSuggestion
  /** Text only: what merged, and the places that did not, in order. */
  readonly parts?: readonly (string | TextConflict)[]
}

/**
 * What to take at a conflict. `both` is for texts and lists: what both sides have, ours first at each place.
 * `delete` leaves the place out. `{ value }` takes another value.
 */
export type Choice = 'ours' | 'theirs' | 'base' | 'both' | 'delete' | { readonly value: Json }
