import { EspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import type { FileTree } from '../format/file-tree.ts'
import { codecFor } from '../format/record-codec.ts'
import { isShared, joinKey, matchRecordFile, splitKey } from '../format/record-layout.ts'
import { recordSetCodecFor } from '../format/record-set-codec.ts'
import { readDatabaseSchema } from '../format/schema/schema.ts'
import { remember } from '../format/validation/remember.ts'
import { locate } from '../format/validation/locate.ts'
import { findUnsafeNumberIssues } from '../format/validation/unsafe-numbers.ts'
import type {
  CollectionRecords,
  CollectionRules,
  ValidationSource,
} from '../format/validation/validation-source.ts'
import type { CollectionSnapshot } from './snapshots/collection-snapshot.ts'
import type { EngineCodecs } from './platform/plugins.ts'
import type { RecordView } from './queries/read-records.ts'

/** Values whose files say no more than they do. Records that do not change keep their value. */
const exact = new WeakSet<RecordValue>()

/** What a view's records are validated with. */
export interface SnapshotParts {
  readonly codecs: EngineCodecs
  /** The files of the view's commit. */
  readonly tree: FileTree
  /** Those of its definitions. */
  readonly definitions: FileTree
  rules(definition: CollectionDefinition): Promise<CollectionRules>
}

/** Validates records that are in memory already: files are read only where something is wrong, to say where. */
export async function createSnapshotSource(
  { codecs, tree, definitions, rules }: SnapshotParts,
  { snapshot, changes }: RecordView,
): Promise<ValidationSource> {
  const { issues } = await readDatabaseSchema(definitions, { ...codecs, strict: true })

  const load = remember(async (id) => {
    const collection = await snapshot.collection(id)
    const { records, problems } = await collection.load()
    const edits = new Map<string, RecordValue | null>()
    for (const [key, { after }] of changes.of(id)) edits.set(key, after)
    return {
      collection,
      records: edits.size > 0 ? records.with(edits) : records,
      problems: problems.filter(({ key }) => key === undefined || !edits.has(key)),
    }
  })
  /** The files that working changes make. */
  const written = remember(async (id): Promise<ReadonlyMap<string, Uint8Array>> => {
    const edits = changes.of(id)
    if (edits.size === 0) return new Map()
    try {
      const files = await (await snapshot.collection(id)).write(edits)
      return new Map(files.written.map(({ path, bytes }) => [path, bytes]))
    } catch (error) {
      // A change that cannot be written (a conflict, for example) is still checked, without a place.
      if (error instanceof EspalierError) return new Map()
      throw error
    }
  })
  const contents = new Map<string, Promise<Uint8Array | undefined>>()
  const bytesOf = (id: string, path: string): Promise<Uint8Array | undefined> => {
    const known = contents.get(path) ?? written(id).then((files) => files.get(path) ?? tree.readFile(path))
    contents.set(path, known)
    return known
  }

  const rowKeys = (
    definition: CollectionDefinition,
    parent: string,
    bytes: Uint8Array,
  ): readonly string[] => {
    const set = recordSetCodecFor(definition, codecs)?.parse(bytes)
    // A row that cannot be taken has no key: then the keys do not count the rows.
    return set?.faults.length === 0 ? Array.from(set.records.keys(), (own) => joinKey(parent, own)) : []
  }
  /** Numbers that say more in their file than here. Files are read where a value may hold one, once. */
  const unsafeNumbers = async (
    collection: CollectionSnapshot,
    records: CollectionRecords['records'],
  ): Promise<readonly Issue[]> => {
    const { definition } = collection
    const { id } = definition
    const doubtful = [...records].filter(([, value]) => !exact.has(value) && mayBeInexact(value))
    if (doubtful.length === 0) return []
    // Committed files of one record are read in one sweep.
    const committed = isShared(definition) ? [] : doubtful.filter(([key]) => !changes.get(id, key))
    const found = await collection.files?.(committed.map(([key]) => key))
    const swept = new Map(committed.map(([key], index) => [key, found?.[index]]))
    const values = new Map<string, RecordValue[]>()
    for (const [key, value] of doubtful) {
      const file = swept.get(key)
      const path = file?.path ?? (await collection.pathOf(key))
      if (file) contents.set(path, Promise.resolve(file.bytes))
      const others = values.get(path)
      if (others) others.push(value)
      else values.set(path, [value])
    }
    const issues: Issue[] = []
    for (const [path, held] of values) {
      const match = matchRecordFile(definition, path)
      const bytes = await bytesOf(id, path)
      if (!match || !bytes) continue
      const place = { ...match, path }
      const unsafe = findUnsafeNumberIssues(definition, place, bytes)
      if (unsafe.length === 0) for (const value of held) exact.add(value)
      else
        issues.push(
          ...findUnsafeNumberIssues(definition, place, bytes, rowKeys(definition, place.parent, bytes)),
        )
    }
    return issues
  }

  return {
    schema: { ...snapshot.schema, issues },
    rules: async (id) => rules((await snapshot.collection(id)).definition),
    keys: remember(async (id) => {
      const { records, problems } = await load(id)
      const keys = new Set(Array.from(records.entries(), ([key]) => key))
      for (const { key } of problems) if (key !== undefined) keys.add(key)
      return keys
    }),
    records: async (id, files) => {
      const { collection, records: all, problems } = await load(id)
      const { definition } = collection
      const records = files ? inFiles(collection, all, files, changes.of(id)) : [...all.entries()]
      const codec = isShared(definition) ? undefined : codecFor(definition, codecs)
      const set = recordSetCodecFor(definition, codecs)
      return {
        records,
        issues: [...problems, ...(await unsafeNumbers(collection, records))],
        place: async (key, path) => {
          const file = await collection.pathOf(key)
          const bytes = await bytesOf(id, file)
          if (!bytes) return { file }
          const { own } = splitKey(definition, key)
          return {
            file,
            ...locate((at) => (set ? set.locate(bytes, own, at) : codec?.locate?.(bytes, at)), path),
          }
        },
      }
    },
  }
}

/** The records of some files, and those with working changes. */
function inFiles(
  { definition }: CollectionSnapshot,
  records: { get(key: string): RecordValue | undefined; entries(): CollectionRecords['records'] },
  files: ReadonlySet<string>,
  changes: ReadonlyMap<string, unknown>,
): CollectionRecords['records'] {
  const keys = new Set(changes.keys())
  const parents = new Set<string>()
  for (const path of files) {
    const match = matchRecordFile(definition, path)
    if (match?.key !== undefined) keys.add(match.key)
    else if (match) parents.add(match.parent)
  }
  if (parents.size > 0) {
    for (const [key] of records.entries()) if (parents.has(splitKey(definition, key).parent)) keys.add(key)
  }
  return [...keys].sort().flatMap((key) => {
    const value = records.get(key)
    return value === undefined ? [] : [[key, value] as const]
  })
}

/** Whether a value holds a number that may stand for more digits than JavaScript kept. */
function mayBeInexact(value: Json): boolean {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? !Number.isSafeInteger(value) : String(value).length > 16
  }
  if (typeof value !== 'object' || value === null) return false
  for (const child of Array.isArray(value) ? (value as readonly Json[]) : Object.values(value)) {
    if (mayBeInexact(child as Json)) return true
  }
  return false
}
