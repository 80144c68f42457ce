import { isEspalierError } from '../../../../src/protocol/errors.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { joinKey, matchRecordFile, splitKey } from '../../../format/record-layout.ts'
import { isDictionary } from '../../../format/record-set-codec.ts'
import { unmarkBytes } from '../../../merge/exact-numbers.ts'
import { commentDropped } from '../../../merge/lost-comments.ts'
import { recordFileOf } from '../../../merge/record-file.ts'
import { markSides, rowsFrom, writeMergedFile, type FileVersions } from '../../../merge/write-merged-file.ts'
import { isFileMode } from '../../snapshots/git-file-tree.ts'
import { mergeWholeFile, newFile, readSides, type MergedFile } from './merge-files.ts'
import type { PathChange } from './merge-paths.ts'
import type { MergeRequest } from './merge-request.ts'
import type { UnitChanges } from './merge-units.ts'
import { layoutIn } from './plan-units.ts'

/** Formats of which people write more than their values. */
const styled: ReadonlySet<string> = new Set(['yaml', 'yml', 'markdown', 'toml', 'csv', 'ingr'])

/** Whether more than values can differ in the files of a collection, besides the order of their rows. */
export function isStyled({ recordFile }: CollectionDefinition): boolean {
  return styled.has(recordFile.format)
}

/** The one file that holds a unit, where neither side laid it out differently; undefined where there is none such. */
export function fileInPlace(
  { ours, theirs }: MergeRequest,
  merged: CollectionDefinition | undefined,
  { unit, changes }: UnitChanges,
): PathChange | undefined {
  const [change, ...others] = changes
  if (!change || others.length > 0 || !merged) return undefined
  const isKept = [ours, theirs].every(
    ({ schema }) => layoutIn(schema.collections.get(unit.collection)) === layoutIn(merged),
  )
  const entries = [change.ours, change.theirs].filter((entry) => entry !== null)
  const areFiles = entries.length > 0 && entries.every(({ mode }) => isFileMode(mode))
  return isKept && areFiles ? change : undefined
}

/** In whose order the rows of a file of many records are to stand. */
export async function orderIn(
  { base, ours, theirs }: MergeRequest,
  { id, ...definition }: CollectionDefinition,
  { unit, changes }: UnitChanges,
): Promise<'ours' | 'theirs'> {
  const [change] = changes
  if (unit.key !== undefined || isDictionary(definition) || !change) return 'ours'
  const [before, mine, yours] = await Promise.all(
    [base.snapshot, ours, theirs].map(async (snapshot) => {
      const collection = snapshot?.schema.collections.has(id) ? await snapshot.collection(id) : undefined
      return [...((await collection?.recordsAt?.(change.path)) ?? new Map<string, never>()).keys()]
    }),
  )
  return rowsFrom({ base: before ?? [], ours: mine ?? [], theirs: yours ?? [] })
}

/** What became of a file. */
export interface WrittenInPlace {
  readonly file: MergedFile
  readonly problems: readonly Issue[]
  /** Its records could not be written: a side is chosen for the file as a whole. */
  readonly whole?: true
}

/**
 * Writes the merged records of a unit into its file, which keeps what both sides did to its text besides them.
 * Undefined when the format cannot hold one of them, and when nothing but values can differ in the file.
 */
export async function writeInPlace(
  request: MergeRequest,
  definition: CollectionDefinition,
  { unit }: UnitChanges,
  change: PathChange,
  records: ReadonlyMap<string, RecordValue>,
  first: 'ours' | 'theirs',
): Promise<WrittenInPlace | undefined> {
  const { path } = change
  const { collection, key } = unit
  if (key !== undefined && records.size === 0) return { file: { path, entry: null }, problems: [] }
  const place = { collection, ...(key === undefined ? {} : { key }) }
  const file = recordFileOf(definition, request.source.codecs)
  const sides = await readSides(request, change)
  if (sides && key === undefined && first === 'ours' && !saysMore(definition.recordFile.format, sides))
    return undefined
  const own = new Map(
    [...records].map(
      ([of, value]) => [key === undefined ? splitKey(definition, of).own : '', value] as const,
    ),
  )
  const marked = file && sides && markSides(file, sides)
  if (marked) {
    try {
      const { bytes, lostComments } = writeMergedFile(file, marked, own, first)
      return {
        file: newFile(change, unmarkBytes(bytes)),
        problems: lostComments.map(({ key: lostKey, text }) => {
          const { parent = '' } = matchRecordFile(definition, path) ?? {}
          const of = key ?? (lostKey === undefined ? undefined : joinKey(parent, lostKey))
          return commentDropped({ collection, ...(of === undefined ? {} : { key: of }), file: path }, text)
        }),
      }
    } catch (error) {
      if (!isEspalierError(error)) throw error
      // A value that the format cannot hold: another choice may be one that it can.
      if (error.code === 'record/bad-value') return undefined
    }
  }
  return { file: await mergeWholeFile(request, change, place), problems: [], whole: true }
}

/** Larger files are looked through for comments only: what was read of them already need not be read once more. */
const largeBytes = 100_000

/** Whether a file of many records may differ from ours in more than values. */
function saysMore(format: string, { base, ours, theirs }: FileVersions): boolean {
  if (format !== 'csv' && format !== 'ingr')
    return !theirs || theirs.length < largeBytes || theirs.includes(35) // #
  const [first, ...others] = [base, ours, theirs].map(
    (bytes) => bytes && new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(10) + 1)),
  )
  return others.some((header) => header !== first)
}
