import type { PlannedFile, SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileTree } from '../format/file-tree.ts'
import type { CodecOptions } from '../format/record-codec.ts'
import { equalValues } from '../format/record-diff.ts'
import { matchRecordFile } from '../format/record-layout.ts'
import { alterColumn } from './alter-column.ts'
import { copyCollection, dropCollection, renameCollection } from './change-collections.ts'
import { addColumn, dropColumn } from './change-columns.ts'
import { createCollection } from './create-collection.ts'
import { createDraftTree } from './draft-tree.ts'
import { newIssues } from './new-issues.ts'
import { createPlanning, type Planning, Refusal } from './planning.ts'
import { renameColumn } from './rename-column.ts'
import { renameRecord } from './rename-record.ts'
import type { PlannedFiles } from './schema-tools.ts'
import { splitCollection } from './split-collection.ts'

/**
 * Plans changes of the schema in order, each on the result of the former. The first change that cannot be made ends
 * the plan; what the whole breaks is found by reading and validating the result. Nothing is written.
 *
 * @throws EspalierError `record/collection-missing`, `record/missing`, `record/bad-key`, `engine/bad-argument` for
 * changes that name what is not there or cannot be.
 */
export async function planSchemaChanges(
  base: FileTree,
  schema: DatabaseSchema,
  changes: readonly SchemaChange[],
  options: CodecOptions = {},
): Promise<PlannedFiles> {
  const tree = createDraftTree(base)
  const planning = createPlanning(tree, schema, options)
  const { issues, summary, touched } = planning
  const isRefused = (): boolean => issues.some(({ severity }) => severity === 'error')
  for (const change of changes) {
    try {
      await makeChange(planning, change)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      issues.push(error.issue)
    }
    if (isRefused()) break
  }
  const { files, edits } = await tree.finish()
  if (!isRefused()) issues.push(...(await newIssues(base, planning, files)))
  const collections = changedCollections(schema, planning, files)
  return {
    plan: { files, collections, records: touched.size, issues, summary },
    edits: isRefused() ? [] : edits,
  }
}

/** Collections whose definition, records or meaning of records changed. */
function changedCollections(
  before: DatabaseSchema,
  { schema, affected }: Planning,
  files: readonly PlannedFile[],
): readonly string[] {
  const paths = files.flatMap((file) => (file.kind === 'move' ? [file.path, file.from] : [file.path]))
  return [...before.collections.values()]
    .filter(
      (definition) =>
        affected.has(definition.id) ||
        !equalValues(definition, schema.collections.get(definition.id)) ||
        paths.some((path) => matchRecordFile(definition, path) !== undefined),
    )
    .map(({ id }) => id)
}

function makeChange(planning: Planning, change: SchemaChange): Promise<void> {
  switch (change.kind) {
    case 'create-collection':
      return createCollection(planning, change)
    case 'add-column':
      return addColumn(planning, change)
    case 'drop-column':
      return dropColumn(planning, change)
    case 'rename-column':
      return renameColumn(planning, change)
    case 'alter-column':
      return alterColumn(planning, change)
    case 'copy-collection':
      return copyCollection(planning, change)
    case 'drop-collection':
      return dropCollection(planning, change)
    case 'rename-collection':
      return renameCollection(planning, change)
    case 'rename-record':
      return renameRecord(planning, change)
    case 'split-collection':
      return splitCollection(planning, change)
  }
}
