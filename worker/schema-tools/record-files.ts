import { isEspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { type CodecOptions, codecFor } from '../format/record-codec.ts'
import { recordSetCodecFor } from '../format/record-set-codec.ts'
import type { RecordPosition } from '../format/record-text.ts'
import type { ValuePath } from '../format/record-value.ts'
import { isShared, joinKey, splitKey } from '../format/record-layout.ts'
import { listRecordFiles } from '../format/validation/record-files.ts'
import type { Planning } from './planning.ts'

/** A file of records, with what it holds. */
export interface RecordFileContent {
  /** From the database root. */
  readonly path: string
  /** The segments of the parents' keys; '' in a root collection. */
  readonly parent: string
  /** The own key of the only record; absent when the file holds many. */
  readonly own?: string
  readonly bytes: Uint8Array
  /** By own key: without those of the parents. */
  readonly records: ReadonlyMap<string, RecordValue>
}

/** The whole key of a record in a file. */
export function keyIn({ parent }: Pick<RecordFileContent, 'parent'>, own: string): string {
  return joinKey(parent, own)
}

/**
 * The record files of a collection. Files and rows that cannot be read become issues of the plan: errors where a
 * change must not leave them behind. One after the other: a tree may read from a store.
 */
export async function readRecordFiles(
  planning: Pick<Planning, 'tree' | 'options' | 'issues'>,
  definition: CollectionDefinition,
  severity: Issue['severity'] = 'error',
): Promise<readonly RecordFileContent[]> {
  const { tree, options, issues } = planning
  const { id, readable } = definition
  const report = (issue: Pick<Issue, 'code' | 'message' | 'file'> & Partial<Issue>): void => {
    issues.push({ severity, collection: id, ...issue })
  }
  if (!readable.ok) {
    const message = `The records of "${id}" cannot be read: ${readable.reason}.`
    report({ code: 'format/bad-definition', message, file: definition.definitionPath })
    return []
  }
  const codec = fileCodecFor(definition, options)
  const contents: RecordFileContent[] = []
  for (const place of await listRecordFiles(tree, definition)) {
    const bytes = await tree.readFile(place.path)
    if (bytes === undefined) continue
    const { path, parent, key } = place
    const own = key === undefined ? undefined : splitKey(definition, key).own
    try {
      const { records, faults } = codec.parse(bytes, own)
      for (const fault of faults) report({ ...fault, file: path })
      contents.push({ path, parent, ...(own === undefined ? {} : { own }), bytes, records })
    } catch (error) {
      if (!isEspalierError(error)) throw error
      const { line } = error.data
      report({
        code: 'format/bad-record',
        message: error.message,
        file: path,
        ...(typeof line === 'number' ? { line } : {}),
        ...(key === undefined ? {} : { key }),
      })
    }
  }
  return contents
}

/** Files of one record and files of many, in one shape: records by own key. */
export interface FileCodec {
  parse(
    bytes: Uint8Array,
    key: string | undefined,
  ): {
    readonly records: ReadonlyMap<string, RecordValue>
    readonly faults: readonly (Pick<Issue, 'code' | 'message'> & Partial<Issue>)[]
  }
  /** The file with its records changed to `records` (a file of many: null deletes one). */
  edit(bytes: Uint8Array, records: ReadonlyMap<string, RecordValue | null>): Uint8Array
  create(records: ReadonlyMap<string, RecordValue>): Uint8Array
  locate(bytes: Uint8Array, key: string, path: ValuePath): RecordPosition | undefined
}

/** The codec of a readable collection's files. */
export function fileCodecFor(definition: CollectionDefinition, options: CodecOptions): FileCodec {
  const single = isShared(definition) ? undefined : codecFor(definition, options)
  if (single !== undefined) {
    const only = (records: ReadonlyMap<string, RecordValue | null>): RecordValue =>
      [...records.values()][0] ?? {}
    return {
      parse: (bytes, key = '') => ({ records: new Map([[key, single.parse(bytes)]]), faults: [] }),
      edit: (bytes, records) => single.edit(bytes, only(records)),
      create: (records) => single.create(only(records), definition),
      locate: (bytes, _key, path) => single.locate?.(bytes, path),
    }
  }
  const set = recordSetCodecFor(definition, options)
  if (set === undefined) throw new Error(`The readable collection "${definition.id}" has no codec.`)
  return set
}
