import type { FileTree } from '../format/file-tree.ts'
import type { CodecOptions } from '../format/record-codec.ts'
import type { PlannedFiles } from './schema-tools.ts'

/**
 * Proposes definitions for a repository that has none: registry and one `definition.yaml` per collection, as
 * edits to review and commit. Every record file keeps its bytes; files of one record each move into
 * `$records`, where the format looks for them.
 *
 * @throws EspalierError `format/not-a-database` when there are no data files, `schema/refused` when the
 * repository has definitions already.
 */
export async function inferDefinitions(_tree: FileTree, _options: CodecOptions = {}): Promise<PlannedFiles> {
  return { plan: { files: [], records: 0, issues: [], summary: [] }, edits: [] }
}
