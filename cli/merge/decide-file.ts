import { EspalierError } from '../../src/protocol/errors.ts'
import type { Choice } from '../../src/protocol/merge.ts'
import type { IndexEntry, Stages } from '../git/unmerged.ts'
import type { ConflictedFile, IndexConflict } from './conflicted-files.ts'
import { markVariants, variantsOf, type FileVariants } from './mark-file.ts'
import { mergeFile, type FileRules } from './merge-file.ts'
import type { FileOutcome, NewContents } from './settle-files.ts'

/** What was decided, about what. */
export interface Decide {
  /** `collection/key`, or the path of a file; undefined for everything. */
  readonly record: string | undefined
  /** `name` or `address.city`. */
  readonly field: string | undefined
  /** Undefined settles what needs no decision. */
  readonly choice: Choice | undefined
}

interface Deciding extends Decide {
  readonly top: string
  readonly rules: FileRules
  readonly contents: NewContents
}

/** Makes a decision in one file; undefined when it says nothing about it. Throws `merge/bad-choice`. */
export async function decideFile(file: ConflictedFile, decide: Deciding): Promise<FileOutcome | undefined> {
  const { record, choice, rules, contents, top } = decide
  const { path, stages, sides, inDatabase, conflicts } = file
  const isMeant = (conflict: Parameters<typeof concerns>[0]): boolean => concerns(conflict, path, decide)
  const meant = choice === undefined ? [] : conflicts.filter(isMeant)
  if (meant.length === 0 && (conflicts.length > 0 || record !== undefined)) return undefined
  if (!file.byRecord || inDatabase === undefined) {
    const entry = choice === undefined ? undefined : wholeFile(stages, choice)
    if (entry !== undefined) return { path, kind: 'settled', entry }
    if (record === undefined) return undefined
    throw new EspalierError('merge/bad-choice', `Choose ours, theirs, base or delete for the file ${path}.`, {
      data: { file: path },
    })
  }
  const choose = (conflict: Parameters<typeof concerns>[0]): Choice | undefined =>
    isMeant(conflict) ? choice : undefined
  const mode = (stages.ours ?? stages.theirs ?? stages.base)?.mode ?? '100644'
  const entryOf = (bytes: Uint8Array): IndexEntry => ({ mode, oid: contents.add(bytes) })
  if (meant.length === conflicts.length) {
    const { bytes = null } = (await mergeFile(rules, inDatabase, sides, choose)) ?? {}
    return { path, kind: 'settled', entry: bytes && entryOf(bytes) }
  }
  const variants = await variantsOf(rules, inDatabase, sides, choose)
  if (!variants) return undefined
  return { path, kind: 'open', stages: stagesOf(variants, entryOf), bytes: markVariants(top, variants).bytes }
}

/** The stages of a file's variants. */
export function stagesOf(
  { base, ours, theirs }: FileVariants,
  entryOf: (bytes: Uint8Array) => IndexEntry,
): Stages {
  return {
    ...(base && { base: entryOf(base) }),
    ...(ours && { ours: entryOf(ours) }),
    ...(theirs && { theirs: entryOf(theirs) }),
  }
}

/** Whether a decision about a record, a field or a file is about this conflict. */
export function concerns(
  { collection, key, path }: Pick<IndexConflict, 'collection' | 'key' | 'path'>,
  file: string,
  { record, field }: Pick<Decide, 'record' | 'field'>,
): boolean {
  if (record === undefined) return true
  const isHere = record === file || (collection !== undefined && record === `${collection}/${key ?? ''}`)
  if (!isHere || field === undefined) return isHere
  const place = path.join('.')
  return place === field || place.startsWith(`${field}.`)
}

/** A file that is taken as it is: undefined where such a choice means nothing. */
function wholeFile(stages: Stages, choice: Choice): IndexEntry | null | undefined {
  if (choice === 'delete') return null
  if (choice === 'ours' || choice === 'theirs' || choice === 'base') return stages[choice] ?? null
  return undefined
}
