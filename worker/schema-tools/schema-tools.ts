import type { SchemaChange, SchemaPlan } from '../../src/protocol/schema-changes.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileEdit } from '../format/file-edit.ts'
import type { FileTree } from '../format/file-tree.ts'

/** Plans changes of the schema, and proposes definitions for files that have none. Pure: reads a tree, gives edits. */
export interface SchemaTools {
  plan(tree: FileTree, schema: DatabaseSchema, changes: readonly SchemaChange[]): Promise<PlannedFiles>
  /** The definitions, registry and settings that would make the tree a database of typed collections. */
  infer(tree: FileTree): Promise<PlannedFiles>
}

/** A plan for people, and the files that carry it out. */
export interface PlannedFiles {
  readonly plan: SchemaPlan
  readonly edits: readonly FileEdit[]
}
