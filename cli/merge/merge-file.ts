import { isEspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { Choice, FieldConflict } from '../../src/protocol/merge.ts'
import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../src/protocol/schema.ts'
import {
  isSchemaPath,
  mayBeKeyless,
  mergeKeylessRows,
} from '../../worker/engine/versions/merging/merge-files.ts'
import { modeOf, strategiesOf } from '../../worker/engine/versions/merging/merge-request.ts'
import { prepareCodec } from '../../worker/format/extras.ts'
import { joinKey, matchRecordFile } from '../../worker/format/record-layout.ts'
import { commentDropped } from '../../worker/merge/lost-comments.ts'
import { schemaFileRules } from '../../worker/merge/merge-definition.ts'
import { mergeRecordFile } from '../../worker/merge/merge-record-file.ts'
import { mergeRules, type MergeRules } from '../../worker/merge/merge-rules.ts'
import { recordFileOf } from '../../worker/merge/record-file.ts'
import { structureDefinition } from '../../worker/merge/structure-definition.ts'
import type { FileVersions } from '../../worker/merge/write-merged-file.ts'
import { nodePlugins } from '../source/node-plugins.ts'

/** A file in three versions; no bytes where there is none. */
export interface FileSides {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

/** A conflict in a record of the file, or in a definition. */
export interface FileConflict extends FieldConflict {
  /** Absent in definitions and settings. */
  readonly collection?: string
  readonly key?: string
}

/** What a merge makes of the file: null when it goes. */
export interface MergedFile {
  readonly bytes: Uint8Array | null
  /** Those that ask for a choice, also where one was made. */
  readonly conflicts: readonly FileConflict[]
  /** A warning for each comment that a side put in, and for which there was no place. */
  readonly lostComments: readonly Issue[]
}

/** Decides conflicts. What it leaves open keeps our value. */
export type Choose = (conflict: FileConflict) => Choice | undefined

/** How files are merged: by the definitions, and as strictly as was asked for. */
export interface FileRules {
  readonly schema: DatabaseSchema
  readonly options: MergeOptions
}

const options = { plugins: nodePlugins }

/**
 * Merges one file by its records, or a definition by its names; undefined when the file holds neither, when a side
 * cannot be read completely, or when its collection merges whole files only. Then lines are all there is. Throws
 * `merge/bad-choice`.
 */
export async function mergeFile(
  { schema, options: asked }: FileRules,
  path: string,
  sides: FileSides,
  choose: Choose = () => undefined,
): Promise<MergedFile | undefined> {
  try {
    if (isSchemaPath(path)) {
      const definition = structureDefinition(path)
      return definition && (await mergeBy(path, definition, schemaFileRules(path), () => ({}), sides, choose))
    }
    const found = recordFileAt(schema, path)
    if (found) {
      const { definition, match } = found
      const rules = mergeRules(definition, modeOf(asked, definition.id), strategiesOf(asked, definition.id))
      if (rules.mode === 'file') return undefined
      const rows = mergeKeylessRows(definition, versionsOf(sides))
      if (rows) return { bytes: rows, conflicts: [], lostComments: [] }
      const { key, parent } = match
      const placeOf = (row: string | undefined): RecordPlace => ({
        collection: definition.id,
        ...(row === undefined ? {} : { key: key ?? joinKey(parent, row) }),
      })
      return await mergeBy(path, definition, rules, placeOf, sides, choose)
    }
  } catch (error) {
    if (!isEspalierError(error) || !error.code.startsWith('format/')) throw error
  }
  return undefined
}

/** Whether a file that `mergeFile` does not merge is in conflict as a whole, whatever its lines say. */
export function isWholeConflict({ schema, options: asked }: FileRules, path: string): boolean {
  const definition = recordFileAt(schema, path)?.definition
  return (
    definition !== undefined &&
    mayBeKeyless(definition) &&
    mergeRules(definition, modeOf(asked, definition.id), {}).mode !== 'file'
  )
}

interface FoundRecordFile {
  readonly definition: CollectionDefinition
  readonly match: NonNullable<ReturnType<typeof matchRecordFile>>
}

function recordFileAt({ collections }: DatabaseSchema, path: string): FoundRecordFile | undefined {
  for (const definition of collections.values()) {
    const match = definition.readable.ok ? matchRecordFile(definition, path) : undefined
    if (match) return { definition, match }
  }
  return undefined
}

/** An empty file is what git gives for none. */
function versionsOf({ base, ours, theirs }: FileSides): FileVersions {
  const given = (bytes: Uint8Array): Uint8Array | undefined => (bytes.length > 0 ? bytes : undefined)
  return { base: given(base), ours: given(ours), theirs: given(theirs) }
}

type RecordPlace = Pick<FileConflict, 'collection' | 'key'>

async function mergeBy(
  path: string,
  definition: CollectionDefinition,
  rules: MergeRules,
  placeOf: (key: string | undefined) => RecordPlace,
  sides: FileSides,
  choose: Choose,
): Promise<MergedFile | undefined> {
  await prepareCodec(definition, options)
  const file = recordFileOf(definition, options)
  const versions = versionsOf(sides)
  const merged =
    file &&
    mergeRecordFile(file, versions, rules, ({ key, conflict }) =>
      conflict.blocking ? choose({ ...conflict, ...placeOf(key) }) : undefined,
    )
  if (!merged) return undefined
  const { bytes, conflicts, lostComments } = merged
  // A side deleted the whole file, and nothing in it was kept.
  const isGone = !versions.ours !== !versions.theirs && bytes !== undefined && file.parse(bytes)?.size === 0
  return {
    bytes: bytes === undefined || isGone ? null : bytes,
    conflicts: conflicts.flatMap(({ key, conflict }) =>
      conflict.blocking ? [{ ...conflict, ...placeOf(key) }] : [],
    ),
    lostComments: lostComments.map(({ key, text }) => commentDropped({ ...placeOf(key), file: path }, text)),
  }
}
