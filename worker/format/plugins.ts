import type { Issue } from '../../src/protocol/issues.ts'
import type { Json } from '../../src/protocol/records.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileTree } from './file-tree.ts'
import type { ComputedColumns } from './formula/computed-columns.ts'
import type { CompiledFormula, FormulaOptions } from './formula/formula.ts'
import type { RecordPosition } from './record-text.ts'
import type { ValuePath } from './record-value.ts'

/** Parts of the format that are too large for every worker. In Node they are built in. */
export interface FormatPlugins {
  readonly toml?: TomlReader
  readonly jsonSchema?: JsonSchemaCompiler
  readonly formulas?: FormulaLanguage
  /** Collections that the files of a repository without definitions suggest; none when there are no data files. */
  readonly inferCollections?: (
    tree: FileTree,
    options: { readonly plugins?: FormatPlugins },
  ) => Promise<DatabaseSchema>
}

/** Runs `formula` and `required_when` (a subset of Starlark's expressions). */
export interface FormulaLanguage {
  /** What is wrong with the formulas of a definition; paths point into its file. */
  check(definition: CollectionDefinition): readonly Issue[]
  computed(definition: CollectionDefinition): ComputedColumns
  /** A `required_when`. */
  condition(source: string, options: FormulaOptions): CompiledFormula<boolean>
}

/** Reads TOML; the library never writes it. */
export interface TomlReader {
  /** The value of a document as JSON data: dates as text, integers beyond 2^53 refused. Throws with `line` and `column` of type number on the error where they are known. */
  parse(text: string): Json
  /** Where the deepest part of a path stands that a line or a table's header names; undefined for none. */
  locate?(text: string, path: ValuePath): RecordPosition | undefined
}

/** Compiles the JSON Schema (2020-12) files that users attach to collections. */
export interface JsonSchemaCompiler {
  /** Throws an Error with a message for people when the schema itself is wrong. */
  compile(schema: Json): JsonSchemaCheck
}

/** What a value breaks of a compiled schema; empty when it is valid. */
export type JsonSchemaCheck = (value: Json) => readonly {
  readonly path: ValuePath
  readonly message: string
  readonly keyword: string
  readonly expected?: Json
}[]
