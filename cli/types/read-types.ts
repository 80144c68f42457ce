import type { Issue } from '../../src/protocol/issues.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import type { FileTree } from '../../worker/format/file-tree.ts'
import { nodePlugins } from '../source/node-plugins.ts'
import { generateTypes } from './generate-types.ts'

/** The types of a database; where its definitions have errors, those: types would leave out what an app relies on. */
export type TypesOutcome =
  | { readonly ok: true; readonly text: string; readonly schema: DatabaseSchema }
  | { readonly ok: false; readonly errors: readonly Issue[]; readonly schema: DatabaseSchema }

/** Reads the definitions of a version and makes their types. */
export async function readTypes(tree: FileTree): Promise<TypesOutcome> {
  const schema = await readDatabaseSchema(tree, { plugins: nodePlugins })
  const errors = schema.issues.filter(({ severity }) => severity === 'error')
  return errors.length > 0 ? { ok: false, errors, schema } : { ok: true, text: generateTypes(schema), schema }
}
