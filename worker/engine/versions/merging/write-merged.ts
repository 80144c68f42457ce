import { isEspalierError } from '../../../../src/protocol/errors.ts'
import type { Issue } from '../../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import { hashObject } from '../../../git/objects/sha1.ts'
import { unmarkBytes } from '../../../merge/exact-numbers.ts'
import { holdsMarks } from '../../../merge/marked-numbers.ts'
import type {
  CollectionSnapshot,
  FileContent,
  FileWrites,
  RecordChange,
} from '../../snapshots/collection-snapshot.ts'
import type { MergedFile } from './merge-files.ts'

/** Merged records as files, and those that cannot be written. */
export interface WrittenRecords {
  readonly files: readonly MergedFile[]
  readonly problems: readonly Issue[]
}

/** A record's new value (null: deleted), and the file that holds the old one where that is known. */
export interface Planned {
  readonly after: RecordValue | null
  readonly old: FileContent | undefined
}

/** Writes merged records, byte-preserving where they have a file. */
export async function writeRecords(
  target: CollectionSnapshot | undefined,
  values: ReadonlyMap<string, Planned>,
): Promise<WrittenRecords> {
  if (values.size === 0 || !target) return { files: [], problems: [] }
  try {
    return { files: await write(target, values), problems: [] }
  } catch (error) {
    if (!isEspalierError(error)) throw error
  }
  // One of them cannot be written: those that can be are, together.
  const good = new Map<string, Planned>()
  const problems: Issue[] = []
  for (const [key, value] of values) {
    try {
      await write(target, new Map([[key, value]]))
      good.set(key, value)
    } catch (error) {
      if (!isEspalierError(error)) throw error
      problems.push({
        code: 'format/bad-record',
        severity: 'error',
        message: `The merged record cannot be written: ${error.message}`,
        file: value.old?.path ?? (await target.pathOf(key).catch(() => '')),
        collection: target.definition.id,
        key,
      })
    }
  }
  return { files: await write(target, good), problems }
}

async function write(
  target: CollectionSnapshot,
  values: ReadonlyMap<string, Planned>,
): Promise<readonly MergedFile[]> {
  const deleted: string[] = []
  const changes = new Map<string, RecordChange>()
  for (const [key, { after, old }] of values) {
    if (!old || !target.editFile) changes.set(key, { after })
    else if (after === null) deleted.push(old.path)
    else changes.set(key, { after, file: await target.editFile(key, after, old) })
  }
  const made = await target.write(changes)
  const isExact = [...values.values()].some(({ after }) => holdsMarks(after))
  const written = isExact
    ? made.written.map((file) => ({ ...file, bytes: unmarkBytes(file.bytes) }))
    : made.written
  return filesOf({ written, deleted: [...deleted, ...made.deleted] })
}

function filesOf({ written, deleted }: FileWrites): readonly MergedFile[] {
  return [
    ...deleted.map((path) => ({ path, entry: null })),
    ...written.map(({ path, mode, bytes }): MergedFile => {
      const oid = hashObject('blob', bytes)
      return { path, entry: { oid, mode }, object: { oid, type: 'blob', bytes } }
    }),
  ]
}
