import type {
  CarryCommitOptions,
  CarrySource,
  Change,
  ChangeSelection,
  RecordChange,
} from '../../../../src/protocol/carry.ts'
import type { FileDiff } from '../../../../src/protocol/diff.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import type { EspalierError } from '../../../../src/protocol/errors.ts'
import { shown } from '../../../../src/protocol/options.ts'
import type { Json, RecordAddress, RecordValue } from '../../../../src/protocol/records.ts'
import { isJsonMap } from '../../../format/record-value.ts'
import { createHistory } from '../../../git/history/history.ts'
import { badArgument } from '../../common/bad-argument.ts'
import { commitOf } from '../../repository/revisions.ts'
import { diffRecords } from '../diff/diff-records.ts'
import { diffSchemas } from '../diff/diff-schema.ts'
import { resolveSides, type Sides } from '../diff/diff-sides.ts'
import { markInexact } from '../merging/inexact-changes.ts'
import { beforeAll, emptyTree, openAnyCommit } from '../no-database.ts'
import { overlaySource } from '../merging/overlay-source.ts'
import type { VersionsContext } from '../versions-context.ts'

/** One record to bring from a value to another. */
export interface Wanted extends RecordAddress {
  readonly base: RecordValue | undefined
  readonly theirs: RecordValue | undefined
  /** A side is there, but its value is not known. */
  readonly unreadable: boolean
}

export interface Carried {
  readonly changes: readonly RecordChange[]
  /** Changes of files that hold no records, in the direction in which they are carried. */
  readonly files: readonly FileDiff[]
  readonly reverse: boolean
  /** See {@link CarryOutcome.definitions}. */
  readonly definitions: readonly string[]
}

/** Throws `git/ref-missing`, `git/history-missing`, and `engine/bad-argument` for a merge without `mainline`. */
export async function readSource(
  context: VersionsContext,
  handle: HandleId,
  source: CarrySource,
  { mainline }: Pick<CarryCommitOptions, 'mainline'>,
): Promise<Carried> {
  const reader = overlaySource(context.viewOf(handle).database.repository, [emptyTree])
  const collect = async (sides: Sides, only: object = {}): Promise<readonly RecordChange[]> => {
    const found: RecordChange[] = []
    for await (const { records } of diffRecords(reader, sides, only)) found.push(...records)
    return found
  }
  if (source.kind === 'changes') return { ...splitChanges(source), definitions: [] }
  if (source.kind === 'restore') {
    const { from, collections, keys } = source
    const wanted = {
      from,
      ...(collections !== undefined && { collections }),
      ...(keys !== undefined && { keys }),
    }
    const sides = await resolveSides(context, handle, wanted)
    const definitions = diffSchemas(sides, collections).collections.map(({ collection }) => collection)
    const changes = await markInexact(
      reader,
      sides,
      await collect(sides, wanted),
      true,
      (collection, key) => collections?.includes(collection) !== false && keys?.includes(key) !== false,
    )
    return { changes, files: [], reverse: true, definitions }
  }
  const sides = await sidesOf(context, handle, source.commit, mainline)
  const { collections } = diffSchemas(sides)
  return {
    changes: await markInexact(reader, sides, await collect(sides), source.reverse),
    files: [],
    reverse: source.reverse,
    definitions: collections.map(({ collection }) => collection),
  }
}

function splitChanges({
  changes,
  reverse,
}: Extract<CarrySource, { readonly kind: 'changes' }>): Omit<Carried, 'definitions'> {
  const records: RecordChange[] = []
  const files: FileDiff[] = []
  if (!Array.isArray(changes)) throw notAChange(changes)
  for (const change of changes as readonly Change[]) {
    if (!isJsonMap(change)) throw notAChange(change)
    if (!isFileChange(change)) {
      records.push(change)
      continue
    }
    const { file, before, after } = change
    const [old, value] = reverse ? [after, before] : [before, after]
    files.push({
      file,
      ...(old !== undefined && { before: old }),
      ...(value !== undefined && { after: value }),
    })
  }
  return { changes: records, files, reverse }
}

function isFileChange(change: Change): change is FileDiff {
  return 'file' in change && typeof change.file === 'string' && !('collection' in change)
}

/**
 * A commit and the parent that it is compared with; of a first one that is {@link beforeAll}. Throws as
 * {@link readSource}.
 */
export async function sidesOf(
  { viewOf }: VersionsContext,
  handle: HandleId,
  commit: string,
  mainline: number | undefined,
): Promise<Sides> {
  const { database, snapshot } = viewOf(handle)
  const { repository } = database
  const oid = await database.withHistory(() => commitOf(repository, snapshot.commit, commit))
  const to = await openAnyCommit(database, oid, snapshot)
  const { parents } = await createHistory(repository.objects).links(oid)
  if (parents.length === 0 && mainline === undefined) return { from: beforeAll(to), to, changes: undefined }
  const parent = parents[parents.length > 1 || mainline !== undefined ? (mainline ?? 0) - 1 : 0]
  if (parent) return { from: await openAnyCommit(database, parent, to), to, changes: undefined }
  throw badArgument(
    parents.length < 2
      ? `${commit} is no merge: leave "mainline" out.`
      : `${commit} has ${parents.length} parents. Say with "mainline" (from 1) which one to compare with.`,
    { commit, parents: parents.length },
  )
}

/** The records that changes mean. Throws `engine/bad-argument` for what is no change. */
export function wantedOf({ changes, reverse }: Pick<Carried, 'changes' | 'reverse'>): readonly Wanted[] {
  return changes.flatMap((change) => {
    if (!isChange(change)) throw notAChange(change)
    const { collection, key, before, after, from, problems = [] } = change
    const parts: readonly Wanted[] = from
      ? [
          { collection, key: from.key, base: before, theirs: undefined, unreadable: !before },
          { collection, key, base: undefined, theirs: after, unreadable: !after },
        ]
      : [{ collection, key, base: before, theirs: after, unreadable: problems.length > 0 }]
    if (!reverse) return parts
    return parts.map((part) => ({ ...part, base: part.theirs, theirs: part.base }))
  })
}

/** Change sets come from files and other people too. */
function isChange({ collection, key, before, after, from, problems }: RecordChange): boolean {
  return (
    typeof collection === 'string' &&
    typeof key === 'string' &&
    [before, after].every((value) => value === undefined || isJsonMap(value)) &&
    (from === undefined || (isJsonMap(from) && typeof from.key === 'string')) &&
    (problems === undefined || Array.isArray(problems))
  )
}

function notAChange(change: unknown): EspalierError {
  return badArgument(`This is no change: ${shown(change)}. Give what a diff gives.`)
}

/** What is carried of changes. */
export interface Selected {
  readonly chosen: readonly Wanted[]
  readonly files: readonly FileDiff[]
  /** What of the selection is not among the changes. */
  readonly missing: readonly ChangeSelection[]
}

/** The selected changes. Throws as {@link wantedOf}. */
export function selectWanted(carried: Carried, select: readonly ChangeSelection[] | undefined): Selected {
  const wanted = wantedOf(carried)
  if (!select) return { chosen: wanted, files: carried.files, missing: [] }
  const byFile = new Map(carried.files.map((change) => [change.file, change]))
  const files: FileDiff[] = []
  const byAddress = new Map<string, readonly Wanted[]>()
  for (const change of carried.changes) {
    // A move is one change, whichever of its keys names it.
    const parts = wantedOf({ changes: [change], reverse: carried.reverse })
    for (const part of parts) byAddress.set(addressOf(part), parts)
  }
  const chosen: Wanted[] = []
  const missing: ChangeSelection[] = []
  for (const selection of select) {
    if ('file' in selection) {
      const file = byFile.get(selection.file)
      if (file) files.push(file)
      else missing.push(selection)
      continue
    }
    const picked = pick(byAddress.get(addressOf(selection)) ?? [], selection.fields)
    if (picked.length > 0) chosen.push(...picked)
    else missing.push(selection)
  }
  return { chosen, files, missing }
}

/** No collection id holds a line break. */
export function addressOf({ collection, key }: RecordAddress): string {
  return `${collection}\n${key.normalize('NFC')}`
}

/** What of a change is in some fields; nothing when one of them does not change. */
function pick(
  parts: readonly Wanted[],
  fields: readonly (readonly string[])[] | undefined,
): readonly Wanted[] {
  const [change] = parts
  if (!fields || !change) return parts
  const { base, theirs } = change
  if (!base || !theirs || fields.some((path) => path.length === 0)) return []
  let part: Json | undefined = base
  for (const path of fields) {
    const [old, value] = [valueAt(base, path), valueAt(theirs, path)]
    if (JSON.stringify(old) === JSON.stringify(value)) return []
    part = withValue(part, path, value)
  }
  return [{ ...change, theirs: isJsonMap(part) ? part : {} }]
}

function valueAt(value: Json | undefined, [name, ...rest]: readonly string[]): Json | undefined {
  if (name === undefined) return value
  return isJsonMap(value) && Object.hasOwn(value, name) ? valueAt(value[name], rest) : undefined
}

function withValue(
  value: Json | undefined,
  [name, ...rest]: readonly string[],
  to: Json | undefined,
): Json | undefined {
  if (name === undefined) return to
  const fields = new Map(isJsonMap(value) ? Object.entries(value) : [])
  const inner = withValue(fields.get(name), rest, to)
  if (inner === undefined) fields.delete(name)
  else fields.set(name, inner)
  return Object.fromEntries(fields)
}
