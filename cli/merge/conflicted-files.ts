import type { MergeConflict } from '../../src/protocol/merge-calls.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileTree } from '../../worker/format/file-tree.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import type { ObjectReader } from '../../worker/git/objects/object.ts'
import type { UnmergedFile } from '../git/unmerged.ts'
import { nodeCodecs } from '../source/node-plugins.ts'
import { mergeFile, type FileRules, type FileSides } from './merge-file.ts'

/** A conflict of the index, told by record and field. Files that hold no records have one of the kind `file`. */
export type IndexConflict = Omit<MergeConflict, 'id' | 'choice'>

/** A file in conflict, and what of its records is. */
export interface ConflictedFile extends UnmergedFile {
  /** From the database's folder; undefined for a file outside of it. */
  readonly inDatabase: string | undefined
  readonly sides: FileSides
  /** Whether it merges by records or names. Else it is taken as it is on one side. */
  readonly byRecord: boolean
  /** None: only its lines are in conflict. */
  readonly conflicts: readonly IndexConflict[]
}

/** Where files in conflict are looked at. */
export interface ConflictReader {
  readonly objects: ObjectReader
  readonly rules: FileRules
  /** The database's folder with a slash behind it, or ''. */
  readonly prefix: string
}

/** The definitions in the work tree; of those in conflict, which may hold marks, the version of our side. */
export async function readSchemaAside(
  tree: FileTree,
  files: readonly UnmergedFile[],
  { objects, prefix }: Pick<ConflictReader, 'objects' | 'prefix'>,
): Promise<DatabaseSchema> {
  const versions = new Map(
    files.map(({ path, stages }) => [path, stages.ours ?? stages.theirs ?? stages.base]),
  )
  const aside: FileTree = {
    list: (dir) => tree.list(dir),
    readFile: async (path) => {
      const version = versions.get(prefix + path)
      return version ? (await objects.read(version.oid)).bytes : tree.readFile(path)
    },
  }
  return readDatabaseSchema(aside, nodeCodecs)
}

const nothing = new Uint8Array()

/** Looks at one file. */
export async function inspectFile(file: UnmergedFile, reader: ConflictReader): Promise<ConflictedFile> {
  const { objects, rules, prefix } = reader
  const { path, stages } = file
  const entries = [stages.base, stages.ours, stages.theirs]
  const isFile = entries.every((entry) => entry === undefined || entry.mode.startsWith('100'))
  const [base = nothing, ours = nothing, theirs = nothing] = await Promise.all(
    entries.map(async (entry) => {
      // Submodules have no content here.
      if (entry && entry.mode !== '160000') return (await objects.read(entry.oid)).bytes
      return undefined
    }),
  )
  const sides = { base, ours, theirs }
  const inDatabase = isFile && path.startsWith(prefix) ? path.slice(prefix.length) : undefined
  const merged = inDatabase === undefined ? undefined : await mergeFile(rules, inDatabase, sides)
  const whole: IndexConflict = {
    file: path,
    path: [],
    kind: 'file',
    blocking: true,
    ...shownSides(stages, isFile ? sides : undefined),
  }
  return {
    ...file,
    inDatabase,
    sides,
    byRecord: merged !== undefined,
    conflicts: merged ? merged.conflicts.map((conflict) => ({ ...conflict, file: path })) : [whole],
  }
}

/** Texts up to this size are shown. */
const maxShownBytes = 100_000

/** Undefined: the side has no such file; null: it cannot be shown. */
function shownSides(
  stages: UnmergedFile['stages'],
  sides: FileSides | undefined,
): Pick<IndexConflict, 'base' | 'ours' | 'theirs'> {
  const shown = (side: keyof FileSides): string | null | undefined => {
    if (!stages[side]) return undefined
    const bytes = sides?.[side]
    if (!bytes || bytes.length > maxShownBytes || bytes.includes(0)) return null
    return new TextDecoder().decode(bytes)
  }
  return { base: shown('base'), ours: shown('ours'), theirs: shown('theirs') }
}
