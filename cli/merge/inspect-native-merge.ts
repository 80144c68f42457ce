import { EspalierError } from '../../src/protocol/errors.ts'
import type { MergeConflict, MergeInfo, MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { Choice } from '../../src/protocol/merge.ts'
import { openCommit } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { checkMergeOptions, type Schemas } from '../../worker/engine/versions/check-options.ts'
import { mergeOptionsAt } from '../../worker/engine/versions/merging/declared-strategies.ts'
import {
  createMergeInspector,
  type InspectedMerge,
} from '../../worker/engine/versions/merging/inspect-merge.ts'
import type { StoredChoice } from '../../worker/engine/versions/merging/merge-conflicts.ts'
import type { MergePlan } from '../../worker/engine/versions/merging/merge-plan.ts'
import { createWorkingChanges } from '../../worker/engine/branches/working-changes.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { splitPlace } from '../arguments.ts'
import { UsageError } from '../io.ts'
import type { Commits } from '../source/version.ts'
import { conflictPlace } from './describe-conflict.ts'
import { mergeOptionsOf, strategyOptionsOf, type AskedMode, type AskedStrategy } from './merge-mode.ts'

/** A merge of two commits, with what was chosen. */
export interface NativeMerge {
  readonly info: MergeInfo
  readonly options: MergeOptions
  /** Absent when there is nothing to merge. What is in conflict is as on our side. */
  readonly plan: MergePlan | undefined
  /** Conflicts that ask for a choice and have none. */
  readonly open: readonly MergeConflict[]
  /** The same merge with one side taken wherever it is open. */
  variant(side: 'base' | 'ours' | 'theirs'): Promise<MergePlan>
}

/** What to take: everywhere, or at one place. */
export interface Take {
  /** `collection/key`, `collection/key field`, or a file; undefined: wherever it is open. */
  readonly place: string | undefined
  readonly choice: Extract<Choice, string>
}

/** What a command line says of a merge. */
export interface AskedMerge {
  readonly takes: readonly Take[]
  readonly modes: readonly AskedMode[]
  readonly strategies: readonly AskedStrategy[]
  readonly allowUnrelated: boolean
}

/** Looks at a merge with the engine of the SDK. Throws `merge/unknown-conflict`, `merge/bad-choice`, `record/collection-missing`, `format/bad-definition`. */
export async function inspectNativeMerge(
  commits: Commits,
  { from, ours, theirs }: { readonly from: string; readonly ours: Oid; readonly theirs: Oid },
  { takes, modes, strategies, allowUnrelated }: AskedMerge,
): Promise<NativeMerge> {
  const branch = {
    ref: 'HEAD',
    snapshot: await openCommit(commits, ours),
    changes: createWorkingChanges(),
  }
  const schemas: Schemas = [branch.snapshot.schema]
  const collections = new Set(branch.snapshot.schema.collections.keys())
  // A collection may be new on their side.
  if (
    strategies.length > 0 ||
    modes.some(({ collection }) => collection !== undefined && !collections.has(collection))
  ) {
    const { schema } = await openCommit(commits, theirs)
    schemas.push(schema)
    for (const id of schema.collections.keys()) collections.add(id)
  }
  const given = {
    ...mergeOptionsOf(modes, collections),
    ...strategyOptionsOf(strategies, collections),
    ...(allowUnrelated && { allowUnrelated }),
  }
  checkMergeOptions(given, schemas)
  const options = await mergeOptionsAt(commits, branch.snapshot, given)
  const inspector = createMergeInspector(commits)
  const inspect = (choices: ReadonlyMap<string, StoredChoice>): Promise<InspectedMerge> =>
    inspector(branch, { from, theirs, options, choices: [...choices] })

  const first = await inspect(new Map())
  const choices = new Map<string, StoredChoice>()
  for (const { place, choice } of takes) {
    const meant = first.info.conflicts.filter((conflict) =>
      place === undefined ? conflict.blocking : isAt(conflict, place),
    )
    if (place !== undefined && meant.length === 0) {
      throw new EspalierError('merge/unknown-conflict', `Nothing is in conflict at ${place}.`, {
        data: { place },
      })
    }
    // What is said of one place goes before what is said of all.
    for (const { id } of meant)
      if (place !== undefined || !choices.has(id))
        choices.set(id, { choice, sides: first.sides.get(id) ?? '' })
  }
  const { info, plan, sides } = choices.size === 0 ? first : await inspect(choices)
  const open = info.conflicts.filter(({ blocking, choice }) => blocking && choice === undefined)
  return {
    info,
    options,
    plan,
    open,
    variant: async (side) => {
      const all = new Map(choices)
      for (const { id } of open) all.set(id, { choice: side, sides: sides.get(id) ?? '' })
      const { plan: varied } = await inspect(all)
      if (!varied) throw new Error('A merge with conflicts has a plan.')
      return varied
    },
  }
}

function isAt(conflict: MergeConflict, place: string): boolean {
  const at = conflictPlace(conflict, conflict.file)
  return at === place || conflict.file === place || at.startsWith(`${place} `) || at.startsWith(`${place}.`)
}

const sides: readonly string[] = ['ours', 'theirs', 'base', 'both', 'delete']

/** Reads the values of `--take`. Throws {@link UsageError}. */
export function readTakes(texts: readonly string[]): readonly Take[] {
  return texts.map((text) => {
    const { place, value: choice } = splitPlace(text)
    if (!sides.includes(choice))
      throw new UsageError(
        `--take takes ours, theirs or base, or a place and a side: "units/foot factor=theirs".`,
      )
    return {
      place,
      choice: choice as Take['choice'], // one of the list
    }
  })
}
