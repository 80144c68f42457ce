import type { MergeConflict } from '../../../../src/protocol/merge-calls.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { EspalierError, isEspalierError } from '../../../../src/protocol/errors.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import { hashObject } from '../../../git/objects/sha1.ts'
import { treeMode } from '../../../git/trees/tree.ts'
import { structureDefinition } from '../../../merge/structure-definition.ts'
import { mergeCsvRows } from '../../../merge/merge-csv-rows.ts'
import { schemaFileRules } from '../../../merge/merge-definition.ts'
import { mergeRecordFile } from '../../../merge/merge-record-file.ts'
import { recordFileOf } from '../../../merge/record-file.ts'
import { mergeLines, type MergedText } from '../../../merge/merge-text.ts'
import { isFileMode } from '../../snapshots/git-file-tree.ts'
import type { FileVersions } from '../../../merge/write-merged-file.ts'
import { withSettled, type GoneCollections } from './gone-collections.ts'
import type { FileEntry, PathChange } from './merge-paths.ts'
import type { MergeRequest } from './merge-request.ts'

/** What becomes of one file: null where there will be none. `object`: its content, when it is new. */
export interface MergedFile {
  readonly path: string
  readonly entry: FileEntry | null
  readonly object?: NewObject
}

/** Definitions and settings, wherever they lie. */
export function isSchemaPath(path: string): boolean {
  return /(?:^|\/)\.(?:ingitdb|collections?)\//.test(path)
}

/** Merges a definition or settings file by its names, as a record; as a whole where it cannot be read so. */
export async function mergeSchemaFile(
  request: MergeRequest,
  change: PathChange,
  roots: GoneCollections['roots'],
): Promise<MergedFile> {
  const { path } = change
  const definition = structureDefinition(path)
  const file = definition && recordFileOf(definition, request.source.codecs)
  const sides = await readSides(request, change)
  if (!file || !sides) return mergeWholeFile(request, change)
  try {
    const merged = mergeRecordFile(
      file,
      isRegistry(path) ? withSettled(file, withEmpty(sides), roots) : sides,
      schemaFileRules(path),
      ({ conflict }) => request.conflicts.add({ file: path }, conflict).choice,
    )
    if (merged) return merged.bytes ? newFile(change, merged.bytes) : { path, entry: null }
  } catch (error) {
    if (!isEspalierError(error)) throw error
  }
  return mergeWholeFile(request, change)
}

/** A list of collections. */
export function isRegistry(path: string): boolean {
  return /(?:^|\/)\.ingitdb\/root-collections\.yaml$/.test(path)
}

/** A registry that a side deleted names nothing there: names that the other side added are no conflict. */
function withEmpty({ base, ours = noNames, theirs = noNames }: FileVersions): FileVersions {
  return { base, ours, theirs }
}

const noNames = new TextEncoder().encode('{}\n')

/** Merges a text by lines; anything else is taken from one side. */
export async function mergeTextFile(request: MergeRequest, change: PathChange): Promise<MergedFile> {
  const { base, ours, theirs } = (await readSides(request, change)) ?? {}
  const ourText = ours && textOf(ours)
  const theirText = theirs && textOf(theirs)
  const baseText = base ? textOf(base) : ''
  if (ourText === undefined || theirText === undefined || baseText === undefined)
    return mergeWholeFile(request, change)
  const merged = mergeLines(baseText, ourText, theirText)
  return merged.text === undefined
    ? mergeWholeFile(request, change, {}, merged)
    : newFile(change, utf8.encode(merged.text))
}

const utf8 = new TextEncoder()

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Texts up to this size are shown in a conflict. */
const maxShownBytes = 100_000

/** Merges a CSV file whose rows have no key; undefined where it is none, or conflicts. */
export async function mergeKeylessFile(
  request: MergeRequest,
  collection: string,
  change: PathChange,
): Promise<MergedFile | undefined> {
  const definition = request.ours.schema.collections.get(collection)
  const sides = definition && (await readSides(request, change))
  const bytes = sides && mergeKeylessRows(definition, sides)
  return bytes && newFile(change, bytes)
}

/** {@link mergeKeylessFile}, with nothing but the file to go by. */
export function mergeKeylessRows(
  definition: CollectionDefinition,
  { base, ours, theirs }: FileVersions,
): Uint8Array | undefined {
  if (!mayBeKeyless(definition)) return undefined
  const [baseText, ourText, theirText] = [base, ours, theirs].map((bytes) => bytes && textOf(bytes))
  if (baseText === undefined || ourText === undefined || theirText === undefined) return undefined
  const text = mergeCsvRows(baseText, ourText, theirText)
  return text === undefined ? undefined : utf8.encode(text)
}

/** Rows of CSV files may have no key; in that case their lines alone do not say what became of which. */
export function mayBeKeyless({ recordFile, primaryKey }: CollectionDefinition): boolean {
  return recordFile.format === 'csv' && primaryKey.length === 0
}

/** A file that is taken as it is on one side: a conflict. */
export async function mergeWholeFile(
  request: MergeRequest,
  change: PathChange,
  place: Pick<MergeConflict, 'collection' | 'key'> = {},
  lines?: MergedText,
): Promise<MergedFile> {
  const { path, ours, theirs } = change
  const sides = await readSides(request, change)
  const shown = (side: 'base' | 'ours' | 'theirs'): string | null | undefined => {
    if (change[side] === null) return undefined
    const bytes = sides?.[side]
    // Null stands for what cannot be shown.
    return (bytes && bytes.length <= maxShownBytes ? textOf(bytes) : undefined) ?? null
  }
  const { choice } = request.conflicts.add(
    { ...place, file: path },
    {
      path: [],
      kind: 'file',
      base: shown('base'),
      ours: shown('ours'),
      theirs: shown('theirs'),
      blocking: true,
      ...(lines && ours && theirs && { parts: lines.parts }),
    },
    [change.base, ours, theirs].map((entry) => (entry ? `${entry.mode} ${entry.oid}` : '')),
  )
  if (choice === 'ours' || choice === 'theirs' || choice === 'base') return { path, entry: change[choice] }
  if (choice === 'delete') return { path, entry: null }
  if (choice === undefined) return { path, entry: ours ?? theirs }
  const text = choice === 'both' ? lines?.both : choice.value
  if (typeof text !== 'string') throw badFileChoice(path)
  return newFile(change, utf8.encode(text))
}

function badFileChoice(path: string): EspalierError {
  return new EspalierError(
    'merge/bad-choice',
    `Choose a side for "${path}", or its text. Only texts that are merged by lines can be "both".`,
    { data: { file: path } },
  )
}

/** Contents of plain files; undefined when a side is a link or a submodule. */
export async function readSides(
  { source }: MergeRequest,
  { base, ours, theirs }: PathChange,
): Promise<{ readonly [Side in 'base' | 'ours' | 'theirs']: Uint8Array | undefined } | undefined> {
  const entries = [base, ours, theirs]
  if (entries.some((entry) => entry && !isFileMode(entry.mode))) return undefined
  const [first, second, third] = await Promise.all(
    entries.map(async (entry) => entry && (await source.objects.read(entry.oid)).bytes),
  )
  return { base: first ?? undefined, ours: second ?? undefined, theirs: third ?? undefined }
}

/** A file with new content, and a mode that either side may have changed. */
export function newFile({ path, base, ours, theirs }: PathChange, bytes: Uint8Array): MergedFile {
  const oid = hashObject('blob', bytes)
  return { path, entry: { oid, mode: mergeModes(base, ours, theirs) }, object: { oid, type: 'blob', bytes } }
}

function mergeModes(base: FileEntry | null, ours: FileEntry | null, theirs: FileEntry | null): number {
  if (ours === null || theirs === null) return (ours ?? theirs)?.mode ?? treeMode.file
  return ours.mode === base?.mode ? theirs.mode : ours.mode
}
