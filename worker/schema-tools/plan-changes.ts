import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileTree } from '../format/file-tree.ts'
import type { CodecOptions } from '../format/record-codec.ts'
import type { PlannedFiles } from './schema-tools.ts'

/** Plans changes of the schema in order, each on the result of the former. */
export async function planSchemaChanges(
  _tree: FileTree,
  _schema: DatabaseSchema,
  _changes: readonly SchemaChange[],
  _options: CodecOptions = {},
): Promise<PlannedFiles> {
  return { plan: { files: [], records: 0, issues: [], summary: [] }, edits: [] }
}
