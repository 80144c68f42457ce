import type { DatabaseSchema } from '../../../src/protocol/schema.ts'
import type { FileTree } from '../file-tree.ts'
import type { FormatPlugins } from '../plugins.ts'

/** How a repository without definitions is looked at. */
export interface InferOptions {
  readonly plugins?: FormatPlugins
}

/** The collections that the files of a repository without definitions suggest, read-only. None when it has no data files. */
export async function inferCollections(
  _tree: FileTree,
  _options: InferOptions = {},
): Promise<DatabaseSchema> {
  return { settings: { languages: [] }, collections: new Map(), issues: [], inferred: true }
}
