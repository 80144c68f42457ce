import type { Issue } from '../../../../src/protocol/issues.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { editTrees, type EditTreesOptions, type TreeEdit } from '../../../git/trees/tree-edit.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { settleGone, type GoneCollections } from './gone-collections.ts'
import { isRegistry, isSchemaPath, mergeSchemaFile, mergeTextFile, type MergedFile } from './merge-files.ts'
import { comparePaths, sameEntry, type PathChange, type PathChanges } from './merge-paths.ts'
import { mergeCollection, takeCollection, type Carrier, type RecordStep } from './merge-records.ts'
import type { CollectionChanges } from './plan-units.ts'
import type { MergeRequest } from './merge-request.ts'
import { mergeTree } from './merge-tree.ts'
import { createUnitOf, groupByUnit, layoutOf, type UnitChanges } from './merge-units.ts'
import { openTree } from './overlay-source.ts'

/** What a merge of two commits gives, as far as conflicts let it; see also the request's list of conflicts. */
export interface MergePlan {
  /** The merged tree, and what is not stored of it. */
  readonly root: Oid
  readonly objects: readonly NewObject[]
  /** Files that differ from ours. */
  readonly files: number
  /** The records that differ from ours, by collection. */
  readonly steps: ReadonlyMap<string, ReadonlyMap<string, RecordStep>>
  /** False where there may be more steps: records cannot be read, or definitions changed. */
  readonly complete: boolean
  /** Definitions or settings of ours change. */
  readonly schemaChanged: boolean
  /** What our side changed since the base, by collection: to be looked at when the definitions change. */
  readonly ourChanges: ReadonlyMap<string, ReadonlyMap<string, UnitChanges>>
  /** Merged records that cannot be written. */
  readonly problems: readonly Issue[]
  /** The merged database. */
  readonly snapshot: CommitSnapshot
}

/** Merges two commits. Costs what the sides changed. `trees`: how the new trees are written. */
export async function planMerge(request: MergeRequest, trees: EditTreesOptions = {}): Promise<MergePlan> {
  const { source, base, ours, theirs, reads } = request
  const roots = { base: base.root, ours: ours.root, theirs: theirs.root }
  const paths = await reads('paths', () => comparePaths(source.trees, roots, base.doubtful))
  const schemas = [ours, theirs, ...(base.snapshot ? [base.snapshot] : [])].map(({ schema }) => schema)
  const unitOf = createUnitOf(schemas)
  // A file that both deleted may be a record that one of them deleted and the other moved.
  const isElsewhere = ({ path }: PathChange): boolean => isMoved(request, unitOf(path)?.collection)
  const alike = paths.alike.filter(isElsewhere)
  const deleted = paths.alike.filter((change) => change.theirs === null && !isElsewhere(change))
  const theirGroups = groupByUnit(unitOf, [...paths.theirs, ...paths.both, ...alike])
  const ourGroups = groupByUnit(unitOf, [...paths.ours, ...paths.both, ...alike])

  const inBoth = new Set(paths.both)
  const gone = await settleGone(request, { ours: ourGroups, theirs: theirGroups })
  const files: MergedFile[] = [...gone.files]
  let schemaChanged = files.some(({ path }) => isSchemaPath(path))
  // What is settled of a deleted collection is so in the list of collections too, whoever changed that.
  const lists = gone.roots.size > 0 ? ourGroups.others.filter(({ path }) => isRegistry(path)) : []
  for (const change of new Set([...theirGroups.others, ...lists])) {
    if (gone.paths.has(change.path)) continue
    if (isSchemaPath(change.path)) schemaChanged = true
    const isInBoth = inBoth.has(change) || (gone.roots.size > 0 && isRegistry(change.path))
    files.push(await mergeOther(request, change, isInBoth, gone.roots))
  }
  const carrier = createCarriers(request, paths, schemaChanged, files)
  const { schema } = schemaChanged ? await carrier('ours') : ours

  const steps = new Map<string, ReadonlyMap<string, RecordStep>>()
  const ourChanges = byCollection(ourGroups.units)
  const theirChanges = byCollection(theirGroups.units)
  const goneUnits = byCollection(groupByUnit(unitOf, deleted).units)
  const problems: Issue[] = []
  let complete = !schemaChanged
  // What theirs deleted our side may have moved and deleted so.
  const isMerged = (id: string): boolean => schemaChanged || goneUnits.has(id)
  for (const id of new Set([...theirChanges.keys(), ...[...ourChanges.keys()].filter(isMerged)])) {
    const side = gone.sides.get(id)
    if (side === 'ours') continue
    const changes: CollectionChanges = {
      id,
      ours: ourChanges.get(id) ?? new Map(),
      theirs: theirChanges.get(id) ?? new Map(),
      gone: goneUnits.get(id) ?? new Map(),
    }
    const merged = side
      ? await takeCollection(request, changes, side)
      : await mergeCollection(request, schema.collections.get(id), carrier, changes)
    files.push(...merged.files)
    problems.push(...merged.problems)
    if (merged.steps.size > 0) steps.set(id, merged.steps)
    complete &&= merged.complete
  }

  const { root, objects } = await mergeTree(request, files, trees)
  const edits = new Map(
    [...steps].map(([id, all]) => [id, new Map([...all].map(([key, { after }]) => [key, after]))]),
  )
  complete &&= !request.conflicts.all.some(({ kind }) => kind === 'file')
  return {
    root,
    objects,
    files: countChanged(files, paths),
    steps,
    complete,
    schemaChanged,
    ourChanges,
    problems,
    snapshot: await openTree(source, root, objects, complete ? { from: ours, edits } : { from: ours }),
  }
}

/** How many files are not as ours has them. */
function countChanged(files: readonly MergedFile[], { ours, theirs, both, alike }: PathChanges): number {
  const known = new Map([...ours, ...theirs, ...both, ...alike].map((change) => [change.path, change.ours]))
  const merged = new Map(files.map(({ path, entry }) => [path, entry]))
  let count = 0
  for (const [path, entry] of merged) {
    const our = known.get(path)
    if (our === undefined || !sameEntry(our, entry)) count++
  }
  return count
}

/** Whether the sides lay the records of a collection out differently. */
function isMoved({ ours, theirs }: MergeRequest, id = ''): boolean {
  const [our, their] = [ours, theirs].map(({ schema }) => schema.collections.get(id))
  return our !== undefined && their !== undefined && layoutOf(our) !== layoutOf(their)
}

/** A file that holds no records. */
async function mergeOther(
  request: MergeRequest,
  change: PathChange,
  isInBoth: boolean,
  roots: GoneCollections['roots'],
): Promise<MergedFile> {
  if (!isInBoth) return { path: change.path, entry: change.theirs }
  return isSchemaPath(change.path) ? mergeSchemaFile(request, change, roots) : mergeTextFile(request, change)
}

/** Opens a side with the merged definitions and settings in the place of its own. */
function createCarriers(
  { source, ours, theirs }: MergeRequest,
  paths: PathChanges,
  schemaChanged: boolean,
  files: readonly MergedFile[],
): Carrier {
  const opened = new Map<'ours' | 'theirs', Promise<CommitSnapshot>>()
  const open = async (side: 'ours' | 'theirs'): Promise<CommitSnapshot> => {
    const snapshot = side === 'ours' ? ours : theirs
    const edits = new Map<string, TreeEdit>()
    if (side === 'theirs') {
      // Theirs has its own changes; it lacks ours.
      for (const { path, ours: entry } of paths.ours)
        if (isSchemaPath(path)) edits.set(path, entry ? { path, ...entry } : { path, delete: true })
    }
    const merged = files.filter(({ path }) => isSchemaPath(path))
    for (const { path, entry } of merged) edits.set(path, entry ? { path, ...entry } : { path, delete: true })
    const tree = await editTrees(source.trees, snapshot.root, edits.values(), { allowTwins: true })
    const contents = merged.flatMap(({ object }) => object ?? [])
    return openTree(source, tree.root, [...tree.objects, ...contents], { from: snapshot })
  }
  return (side) => {
    if (!schemaChanged && side === 'ours') return Promise.resolve(ours)
    const opening = opened.get(side) ?? open(side)
    opened.set(side, opening)
    return opening
  }
}

function byCollection(
  units: ReadonlyMap<string, UnitChanges>,
): ReadonlyMap<string, ReadonlyMap<string, UnitChanges>> {
  const collections = new Map<string, Map<string, UnitChanges>>()
  for (const [id, changes] of units) {
    const { collection } = changes.unit
    const known = collections.get(collection)
    if (known) known.set(id, changes)
    else collections.set(collection, new Map([[id, changes]]))
  }
  return collections
}
