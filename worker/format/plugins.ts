import type { Json } from '../../src/protocol/records.ts'
import type { ExtrasLoader } from './extras.ts'
import type { ValuePath } from './record-value.ts'

/** What a database is read with besides JSON and flat YAML. */
export interface FormatPlugins {
  /** The parts that are loaded when something needs them. */
  readonly extras?: ExtrasLoader
  /** Needs eval, so an app adds it to its own worker; in Node it is built in. */
  readonly jsonSchema?: JsonSchemaCompiler
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
