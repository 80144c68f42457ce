import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { prepareCodec } from '../extras.ts'
import type { FileTree } from '../file-tree.ts'
import { codecFor, type CodecOptions } from '../record-codec.ts'
import { recordSetCodecFor } from '../record-set-codec.ts'
import { isShared, joinKey, matchRecordFile, splitKey, type RecordFileMatch } from '../record-layout.ts'
import type { RecordPosition } from '../record-text.ts'
import { readRules } from './attached-schema.ts'
import { compareText } from './compare-text.ts'
import { remember } from './remember.ts'
import { listRecordFiles, type RecordFilePlace } from './record-files.ts'
import { locate } from './locate.ts'
import { findUnsafeNumberIssues } from './unsafe-numbers.ts'
import type { CollectionRecords, CollectionRules, ValidationSource } from './validation-source.ts'

/**
 * Validates the files of a folder or a commit: every record file is read once for each collection that is
 * asked for. `schema` is that of the same tree.
 *
 * @example
 * const schema = await readDatabaseSchema(tree, { strict: true })
 * const report = await validateDatabase(createTreeValidationSource(tree, schema))
 */
export function createTreeValidationSource(
  tree: FileTree,
  schema: DatabaseSchema,
  options: CodecOptions = {},
): ValidationSource {
  const definitionOf = (id: string): CollectionDefinition => {
    const definition = schema.collections.get(id)
    if (definition) return definition
    throw new EspalierError('record/collection-missing', `There is no collection "${id}".`)
  }
  const keys = remember(async (id): Promise<ReadonlySet<string>> => {
    const definition = definitionOf(id)
    const files = await listRecordFiles(tree, definition)
    const known = files.flatMap(({ key }) => key ?? [])
    if (known.length === files.length) return new Set(known)
    const { records } = await readCollection(tree, definition, files, options)
    return new Set([...records].map(([key]) => key))
  })
  return {
    schema,
    keys,
    rules: remember((id): Promise<CollectionRules> => {
      return readRules(definitionOf(id), (path) => tree.readFile(path), options.plugins)
    }),
    records: async (id, wanted) => {
      const files = await listRecordFiles(tree, definitionOf(id))
      const some = wanted ? sameKeys(definitionOf(id), files, wanted) : files
      return readCollection(tree, definitionOf(id), some, options)
    },
  }
}

/** The files that may hold a key of one of the wanted files: of several with one key the first counts. */
function sameKeys(
  definition: CollectionDefinition,
  files: readonly RecordFilePlace[],
  wanted: ReadonlySet<string>,
): readonly RecordFilePlace[] {
  const group = ({ parent, key }: RecordFileMatch): string => key ?? `${parent}/`
  const groups = new Set<string>()
  for (const path of wanted) {
    const match = matchRecordFile(definition, path)
    if (match) groups.add(group(match))
  }
  return files.filter((file) => groups.has(group(file)))
}

/** A record and the file that holds it. */
interface Held {
  readonly value: RecordValue
  readonly file: RecordFilePlace
}

async function readCollection(
  tree: FileTree,
  definition: CollectionDefinition,
  files: readonly RecordFilePlace[],
  options: CodecOptions,
): Promise<CollectionRecords> {
  const held = new Map<string, Held>()
  const taken = new Map<string, string>()
  const issues: Issue[] = []
  const bytesOf = new Map<string, Uint8Array>()
  await prepareCodec(definition, options)
  const single = isShared(definition) ? undefined : codecFor(definition, options)
  const set = recordSetCodecFor(definition, options)

  const report = (file: string, issue: Pick<Issue, 'code' | 'message'> & Partial<Issue>): void => {
    issues.push({ severity: 'error', file, collection: definition.id, ...issue })
  }
  /** The first record of a key counts. */
  const add = (
    key: string,
    file: RecordFilePlace,
    value: RecordValue | undefined,
    position?: RecordPosition,
  ): void => {
    const other = taken.get(key)
    if (other !== undefined) {
      const message = `"${key}" is in "${other}" already; that record counts.`
      report(file.path, { code: 'format/duplicate-key', message, ...position, key })
      return
    }
    taken.set(key, file.path)
    if (value !== undefined) held.set(key, { value, file })
  }
  const fail = (file: RecordFilePlace, error: unknown): void => {
    if (!(error instanceof EspalierError)) throw error
    const { line, column } = error.data
    const key = file.key === undefined ? {} : { key: file.key }
    const position = typeof line === 'number' && typeof column === 'number' ? { line, column } : {}
    report(file.path, { code: 'format/bad-record', message: error.message, ...position, ...key })
  }

  const contents = await Promise.all(files.map(({ path }) => tree.readFile(path)))
  const present = files.flatMap((file, index) => {
    const bytes = contents[index]
    if (bytes) bytesOf.set(file.path, bytes)
    return bytes ? [{ file, bytes }] : []
  })
  if (single) {
    const values = single.parseMany(present.map(({ bytes }) => bytes))
    present.forEach(({ file, bytes }, index) => {
      const value = values[index] as RecordValue | EspalierError // one for each file
      const failed = value instanceof EspalierError
      add(file.key ?? '', file, failed ? undefined : value) // files of single records have a key
      if (failed) fail(file, value)
      else issues.push(...findUnsafeNumberIssues(definition, file, bytes))
    })
  } else if (set) {
    for (const { file, bytes } of present) {
      try {
        const { records, faults } = set.parse(bytes)
        for (const [own, value] of records) {
          const key = joinKey(file.parent, own)
          add(key, file, value, taken.has(key) ? set.locate(bytes, own) : undefined)
        }
        for (const { key, ...fault } of faults) {
          report(file.path, { ...fault, ...(key === undefined ? {} : { key: joinKey(file.parent, key) }) })
        }
        // A row that cannot be taken has no key: then the keys do not count the rows.
        const keys = faults.length > 0 ? [] : Array.from(records.keys(), (own) => joinKey(file.parent, own))
        issues.push(...findUnsafeNumberIssues(definition, file, bytes, keys))
      } catch (error) {
        fail(file, error)
      }
    }
  }

  const keys = [...held.keys()].sort(compareText)
  const fileOf = (key: string): RecordFilePlace | undefined => held.get(key)?.file
  return {
    // Every key is one of the map.
    records: keys.map((key) => [key, (held.get(key) as Held).value] as const),
    issues,
    place: (key, path) => {
      const file = fileOf(key)
      const bytes = file && bytesOf.get(file.path)
      if (!bytes) return { file: '' }
      const { own } = splitKey(definition, key)
      return {
        file: file.path,
        ...locate((at) => (set ? set.locate(bytes, own, at) : single?.locate?.(bytes, at)), path),
      }
    },
  }
}
