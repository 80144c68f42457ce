import { isEspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { equalValues } from '../format/record-diff.ts'
import type { Planning } from './planning.ts'
import { type FileCodec, fileCodecFor, keyIn, type RecordFileContent } from './record-files.ts'

/** What becomes of one record; the same object when nothing does. */
export type RecordChange = (value: RecordValue, key: string, file: RecordFileContent) => RecordValue

/** How the records of a collection are rewritten. */
export interface Rewrite {
  readonly before: CollectionDefinition
  /** The definition under which the new files are read. */
  readonly after: CollectionDefinition
  readonly change: RecordChange
  /** Texts to try before the codec's edit, for changes that keep more of a file than it does. */
  readonly candidates?: (file: RecordFileContent) => Iterable<Uint8Array>
}

/**
 * Rewrites the files of a collection in the draft. Each new file is read again and must hold exactly the new values;
 * everything else in it stays. What cannot be written is an issue of the plan.
 */
export async function rewriteRecords(
  planning: Planning,
  files: readonly RecordFileContent[],
  { before, after, change, candidates }: Rewrite,
): Promise<void> {
  const { tree, options, issues, touch } = planning
  const oldCodec = fileCodecFor(before, options)
  const newCodec = fileCodecFor(after, options)
  for (const file of files) {
    const values = new Map<string, RecordValue>()
    for (const [key, value] of file.records) {
      const changed = change(value, key, file)
      values.set(key, changed)
      if (changed !== value) touch(after.id, keyIn(file, key))
    }
    const outcome = rewriteFile(file, values, oldCodec, newCodec, candidates?.(file) ?? [])
    if (outcome instanceof Uint8Array) {
      if (outcome !== file.bytes) tree.write(file.path, outcome)
    } else {
      const key = file.own === undefined ? {} : { key: keyIn(file, file.own) }
      const place = { file: file.path, collection: after.id, ...key }
      issues.push({ code: 'format/bad-record', severity: 'error', message: outcome.message, ...place })
    }
  }
}

/** The first text that reads as the values: as it is, a candidate, an edit, a new file. Or why there is none. */
function rewriteFile(
  file: RecordFileContent,
  values: ReadonlyMap<string, RecordValue>,
  oldCodec: FileCodec,
  newCodec: FileCodec,
  candidates: Iterable<Uint8Array>,
): Uint8Array | Error {
  const edited = (codec: FileCodec): Uint8Array =>
    // Records that stay are not named: the edit then costs what changes.
    codec.edit(file.bytes, new Map([...values].filter(([key, value]) => value !== file.records.get(key))))
  const attempts = [
    ...[file.bytes, ...candidates].map((bytes) => () => bytes),
    () => edited(newCodec),
    () => edited(oldCodec),
    () => newCodec.create(values),
  ]
  let reason = new Error(`"${file.path}" cannot be rewritten.`)
  for (const attempt of attempts) {
    try {
      const bytes = attempt()
      if (holds(newCodec, bytes, file.own, values)) return bytes
    } catch (error) {
      if (!isEspalierError(error)) throw error
      reason = error
    }
  }
  return reason
}

/** Whether a text reads as exactly these records, in this order unless it does not count. */
export function holds(
  codec: FileCodec,
  bytes: Uint8Array,
  key: string | undefined,
  values: ReadonlyMap<string, RecordValue>,
  ordered = true,
): boolean {
  try {
    const { records, faults } = codec.parse(bytes, key)
    const expected = [...values]
    return (
      faults.every(({ severity }) => severity === 'warning') &&
      records.size === expected.length &&
      [...records].every(
        ([name, value], index) =>
          (!ordered || name === expected[index]?.[0]) && equalValues(value, values.get(name)),
      )
    )
  } catch (error) {
    if (isEspalierError(error)) return false
    throw error
  }
}
