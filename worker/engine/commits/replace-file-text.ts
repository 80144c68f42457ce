import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Issue } from '../../../src/protocol/issues.ts'
import type { Author, CommitInfo } from '../../../src/protocol/outcomes.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { prepareCodec } from '../../format/extras.ts'
import { codecFor, type CodecOptions } from '../../format/record-codec.ts'
import { matchRecordFile, type RecordFileMatch } from '../../format/record-layout.ts'
import { recordSetCodecFor } from '../../format/record-set-codec.ts'
import { assertSafePath } from '../../git/objects/path-safety.ts'
import type { Branch } from '../branches/branch.ts'
import { problemOf, withAddress } from '../snapshots/collection-snapshot.ts'
import { commitFiles } from './commit-files.ts'
import type { CommitSnapshot } from '../snapshots/commit-snapshot.ts'
import type { Repository } from '../repository/repository.ts'
import type { storeCommit as StoreCommit } from './store-commit.ts'
import { readSharedFile } from '../snapshots/shared-file.ts'

export interface TextReplacement {
  readonly path: string
  readonly text: string
  readonly message: string
  /** Commit the text although records could not be read from it. */
  readonly force: boolean
}

/**
 * Commits a file's new text.
 *
 * Throws `git/unsafe-path`, `schema/working-changes` when a working change is about the file, `format/bad-record`
 * when records could not be read from it, and what {@link commitFiles} throws, which explains `storeCommit` too.
 */
export async function replaceFileText(
  repository: Repository,
  branch: Branch,
  { path, text, message, force }: TextReplacement,
  author: Author,
  storeCommit: typeof StoreCommit,
): Promise<CommitInfo> {
  assertSafePath(path)
  if (/\p{Surrogate}/u.test(text)) throw badText(path, [], 'it is not valid Unicode')
  const bytes = new TextEncoder().encode(text)
  const plan = async ({ snapshot, changes }: Branch) => {
    for (const { collection: id, key } of changes.entries()) {
      const definition = snapshot.schema.collections.get(id)
      if (!definition?.readable.ok) continue
      const touches =
        definition.definitionPath === path || (await (await snapshot.collection(id)).pathOf(key)) === path
      if (touches) throw hasWorkingChanges(path, id, key)
    }
    if (!force) await checkRecords(snapshot, repository.codecs, path, bytes)
    return [{ path, bytes }]
  }
  return commitFiles(repository, branch, plan, message, author, storeCommit)
}

/** Refuses a record file from which something could not be read. */
async function checkRecords(
  { schema }: CommitSnapshot,
  codecs: CodecOptions,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  for (const definition of schema.collections.values()) {
    const match = definition.readable.ok ? matchRecordFile(definition, path) : undefined
    if (!match) continue
    await prepareCodec(definition, codecs)
    const issues = readFaults(definition, codecs, path, match, bytes)
    if (issues.length > 0) throw badText(path, issues, issues[0]?.message ?? '')
  }
}

function readFaults(
  definition: CollectionDefinition,
  codecs: CodecOptions,
  path: string,
  { parent, key }: RecordFileMatch,
  bytes: Uint8Array,
): readonly Issue[] {
  const shared = recordSetCodecFor(definition, codecs)
  if (shared) {
    const file = { path, parent }
    return readSharedFile(definition, shared, file, bytes).problems.filter(
      ({ severity }) => severity === 'error',
    )
  }
  try {
    codecFor(definition, codecs)?.parse(bytes)
    return []
  } catch (error) {
    const named = withAddress(error, definition, path, key)
    if (named instanceof EspalierError) return [problemOf(named, definition, path, key)]
    throw error
  }
}

function badText(path: string, issues: readonly Issue[], why: string): EspalierError {
  return new EspalierError(
    'format/bad-record',
    `The new text of ${path} is refused: ${why} Correct it, or commit it with \`force: true\`.`,
    { data: { file: path, issues: issues.map((issue) => ({ ...issue })) } },
  )
}

function hasWorkingChanges(path: string, collection: string, key: string): EspalierError {
  return new EspalierError(
    'schema/working-changes',
    `${collection}/${key} has a working change that ${path} would hold. Commit or discard it first.`,
    { data: { file: path, collection, key } },
  )
}
