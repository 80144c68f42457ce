import type { Choice, FieldConflict } from '../../../../src/protocol/merge.ts'
import type { MergeConflict } from '../../../../src/protocol/merge-calls.ts'
import type { Json } from '../../../../src/protocol/records.ts'
import { sha1Of } from '../../../git/objects/sha1.ts'
import { isChoice } from '../../../merge/check-choice.ts'

/** Where a conflict is. */
export interface ConflictPlace {
  readonly collection?: string
  readonly key?: string
  readonly file: string
}

/** What the app decided, and what it saw when it did. */
export interface StoredChoice {
  readonly choice: Choice
  /** See {@link ConflictList.sides}. */
  readonly sides: string
}

/** Decisions by the id of their conflict. */
export type Choices = ReadonlyMap<string, StoredChoice>

const utf8 = new TextEncoder()

/** Gives conflicts their ids, and the decisions that were made about them. */
export class ConflictList {
  readonly all: MergeConflict[] = []
  /** What each of them is about, by its id: equal where all three versions are. */
  readonly sides: Map<string, string> = new Map()
  readonly #mergeId: string
  readonly #choices: Choices

  constructor(mergeId: string, choices: Choices) {
    this.#mergeId = mergeId
    this.#choices = choices
  }

  /**
   * Adds a conflict. A decision that was made about other values does not count. `versions`: tells the versions apart
   * where the conflict does not show them whole.
   */
  add(
    place: ConflictPlace,
    conflict: Omit<FieldConflict, 'kind'> & Pick<MergeConflict, 'kind'>,
    versions?: readonly string[],
  ): MergeConflict {
    const { collection, key, file } = place
    // A record keeps its conflicts when its file moves.
    const id = hash([this.#mergeId, collection ?? null, key ?? file, conflict.path])
    const stored = this.#choices.get(id)
    const sides = hash(versions ?? sidesOf(conflict))
    this.sides.set(id, sides)
    // What is no choice may have been kept by an older version: the conflict is open.
    const choice = stored?.sides === sides && isChoice(stored.choice) ? stored.choice : undefined
    const added = { ...conflict, ...place, id, ...(choice === undefined ? {} : { choice }) }
    this.all.push(added)
    return added
  }
}

function sidesOf({ base, ours, theirs }: Pick<FieldConflict, 'base' | 'ours' | 'theirs'>): Json {
  return [base, ours, theirs].map((value) => (value === undefined ? [] : [value]))
}

function hash(value: Json): string {
  const bytes = sha1Of(utf8.encode(JSON.stringify(value)))
  return Array.from(bytes.subarray(0, 10), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
