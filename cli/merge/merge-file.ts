import { isEspalierError } from '../../src/protocol/errors.ts'
import type { FieldConflict } from '../../src/protocol/merge.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../src/protocol/schema.ts'
import { isSchemaPath } from '../../worker/engine/versions/merge-files.ts'
import { prepareCodec } from '../../worker/format/extras.ts'
import { matchRecordFile } from '../../worker/format/record-layout.ts'
import { schemaFileRules } from '../../worker/merge/merge-definition.ts'
import { mergeRecordFile } from '../../worker/merge/merge-record-file.ts'
import { mergeRules, type MergeRules } from '../../worker/merge/merge-rules.ts'
import { recordFileOf } from '../../worker/merge/record-file.ts'
import { structureDefinition } from '../../worker/merge/structure-definition.ts'
import { nodePlugins } from '../source/node-plugins.ts'

/** A file in three versions; no bytes where there is none. */
export interface FileSides {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

/** A conflict in a record of the file. */
export interface FileConflict extends FieldConflict {
  /** The collection and key of the record, or the path of a definition. */
  readonly record: string
}

/** What a merge makes of the file. At conflicts it holds our values. */
export interface MergedFile {
  readonly bytes: Uint8Array
  readonly conflicts: readonly FileConflict[]
  /** Comments that a side put in, and for which there was no place. */
  readonly lostComments: readonly string[]
}

const options = { plugins: nodePlugins }

/**
 * Merges one file by its records, or a definition by its names; undefined when the file holds neither, when a side
 * cannot be read completely, or when its collection merges whole files only. Then lines are all there is.
 */
export async function mergeFile(
  schema: DatabaseSchema,
  path: string,
  sides: FileSides,
): Promise<MergedFile | undefined> {
  try {
    if (isSchemaPath(path)) {
      const definition = structureDefinition(path)
      return definition && (await mergeBy(definition, schemaFileRules(path), () => path, sides))
    }
    for (const definition of schema.collections.values()) {
      const match = definition.readable.ok ? matchRecordFile(definition, path) : undefined
      if (!match) continue
      const rules = mergeRules(definition, 'field')
      if (rules.mode === 'file') return undefined
      const { key, parent } = match
      const nameOf = (row: string): string =>
        [definition.id, ...(key === undefined ? [parent, row] : [key])]
          .filter((name) => name !== '')
          .join('/')
      return await mergeBy(definition, rules, nameOf, sides)
    }
  } catch (error) {
    if (!isEspalierError(error) || !error.code.startsWith('format/')) throw error
  }
  return undefined
}

async function mergeBy(
  definition: CollectionDefinition,
  rules: MergeRules,
  nameOf: (key: string) => string,
  sides: FileSides,
): Promise<MergedFile | undefined> {
  await prepareCodec(definition, options)
  const file = recordFileOf(definition, options)
  const given = (bytes: Uint8Array): Uint8Array | undefined => (bytes.length > 0 ? bytes : undefined)
  const merged =
    file &&
    mergeRecordFile(
      file,
      { base: given(sides.base), ours: given(sides.ours), theirs: given(sides.theirs) },
      rules,
    )
  if (!merged) return undefined
  const blocking = merged.conflicts.filter(({ conflict }) => conflict.blocking)
  return {
    bytes: merged.bytes ?? sides.ours,
    conflicts: blocking.map(({ key, conflict }) => ({ ...conflict, record: nameOf(key) })),
    lostComments: merged.lostComments,
  }
}
