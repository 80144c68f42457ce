import type { SchemaChange, SchemaPlan } from '../../src/protocol/schema-changes.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileEdit } from '../format/file-edit.ts'
import type { FileTree } from '../format/file-tree.ts'
import type { CodecOptions } from '../format/record-codec.ts'

/** Plans changes of the schema, and proposes definitions for files that have none. Pure: reads a tree, gives edits. */
export interface SchemaTools {
  /**
   * Plans changes in order, each on the result of the former. What keeps them from being made is an issue of the
   * plan; then there are no edits.
   */
  plan(
    tree: FileTree,
    schema: DatabaseSchema,
    changes: readonly SchemaChange[],
    options: CodecOptions,
  ): Promise<PlannedFiles>
  /** The definitions, registry and settings that would make the tree a database of typed collections. */
  infer(tree: FileTree, options: CodecOptions): Promise<PlannedFiles>
}

/** A plan for people, and the files that carry it out. */
export interface PlannedFiles {
  readonly plan: SchemaPlan
  /** Empty when the plan has issues of severity `error`. */
  readonly edits: readonly FileEdit[]
}
