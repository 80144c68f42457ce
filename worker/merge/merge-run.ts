import type { Choice, ConflictKind, FieldConflict } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { equalValues } from '../format/record-diff.ts'
import { isChoice, notAChoice } from './check-choice.ts'
import { conflictPathId } from './conflict-path.ts'

/** One merge on its way through a value: where it stands, what it found, what was chosen. */
export interface MergeRun {
  /** From the record to the value that is being merged. */
  readonly path: (string | number)[]
  readonly conflicts: FieldConflict[]
  /** What to take at conflicts, by path id. */
  readonly choices: ReadonlyMap<string, Choice>
  /** Conflicts are those of a definition. */
  readonly isSchema: boolean
  /** The value of a field of the whole record on each side. */
  readonly field: (name: string) => readonly [ours: Json | undefined, theirs: Json | undefined]
}

/** A conflict where it is found, and what becomes of it. */
export interface Found {
  readonly kind: ConflictKind
  readonly base: Json | undefined
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
  readonly suggestion?: FieldConflict['suggestion']
  readonly parts?: FieldConflict['parts']
  /** What stands there until somebody chooses. Default: ours, or theirs where ours is absent. */
  readonly survivor?: Json | undefined
  /** What the choice of a side gives. Default: its value. */
  readonly take?: (side: 'base' | 'ours' | 'theirs') => Json | undefined
  /** What the choice `both` gives. */
  readonly both?: () => Json
}

/** Equality as merges see it: absent is not null, 1 is not "1", and a value that is no number equals itself. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return equalValues(a, b) || Object.is(a, b)
}

/** What was chosen at the place where the merge stands. */
export function choiceHere(run: MergeRun): Choice | undefined {
  return run.choices.size === 0 ? undefined : run.choices.get(conflictPathId(run.path))
}

/** Takes what was chosen, or notes the conflict and lets a value survive. */
export function settle(run: MergeRun, found: Found): Json | undefined {
  const { base, ours, theirs } = found
  const choice = choiceHere(run)
  if (choice !== undefined) return choose(run, choice, found)
  run.conflicts.push({
    path: [...run.path],
    kind: run.isSchema && found.kind !== 'order' ? 'schema' : found.kind,
    base,
    ours,
    theirs,
    blocking: found.kind !== 'order',
    ...(found.suggestion && { suggestion: found.suggestion }),
    ...(found.parts && { parts: found.parts }),
  })
  if ('survivor' in found) return found.survivor
  return ours === undefined ? theirs : ours
}

function choose(run: MergeRun, choice: Choice, found: Found): Json | undefined {
  switch (choice) {
    case 'ours':
    case 'theirs':
    case 'base':
      return found.take ? found.take(choice) : found[choice]
    case 'delete':
      return undefined
    case 'both':
      if (found.both) return found.both()
      throw new EspalierError(
        'merge/bad-choice',
        `Choose one side at "${run.path.join('.')}": "both" is for texts and lists.`,
        { data: { path: [...run.path] } },
      )
    default:
      if (isChoice(choice)) return choice.value
      throw notAChoice(`"${run.path.join('.')}"`, choice, { path: [...run.path] })
  }
}
