import type { Json } from '../../src/protocol/records.ts'
import type { ValuePath } from './record-value.ts'

/** Parts of the format that are too large for every worker. In Node they are built in. */
export interface FormatPlugins {
  readonly toml?: TomlReader
  readonly jsonSchema?: JsonSchemaCompiler
}

/** Reads TOML; the library never writes it. */
export interface TomlReader {
  /** The value of a document as JSON data: dates as text, integers beyond 2^53 refused. Throws with `line` and `column` of type number on the error where they are known. */
  parse(text: string): Json
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
