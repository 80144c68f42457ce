import type { Json } from '../../../src/protocol/records.ts'
import { parseFlatYaml } from '../yaml/yaml-fast.ts'

/** Settings and definitions are small; more than this is a mistake or an attack. */
const maxSchemaFileBytes = 1_000_000

/** Where something stands in a text; both 1-based. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/** A parsed settings, registry or definition file. */
export interface SchemaFile {
  /** The file's map in file order; empty for an empty file. */
  readonly entries: ReadonlyMap<string, Json>
  /** The position of the key or list item at a path. */
  locate(path: readonly (string | number)[]): TextPosition | undefined
}

/** Why a schema file could not be read. */
export interface SchemaFileFault extends Partial<TextPosition> {
  readonly message: string
}

/** Parses the text of a schema file with the full YAML parser. Never throws: faults are returned. */
export type SchemaTextParser = (text: string) => SchemaFile | SchemaFileFault

/** Parses one YAML schema file. Faults are returned; `parseFully` is only called when there is no other way. */
export function parseSchemaFile(
  bytes: Uint8Array,
  parseFully: SchemaTextParser,
): SchemaFile | SchemaFileFault {
  if (bytes.length > maxSchemaFileBytes) {
    return { message: `the file is larger than ${maxSchemaFileBytes} bytes` }
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { message: 'the file is not valid UTF-8' }
  }
  // Nearly all schema files are flat: the full parser is then only needed to say where something stands.
  const flat = parseFlatYaml(text)
  if (flat !== undefined) {
    let parsed: SchemaFile | SchemaFileFault | undefined
    return {
      entries: new Map(Object.entries(flat)),
      locate: (path) => {
        parsed ??= parseFully(text)
        return 'locate' in parsed ? parsed.locate(path) : undefined
      },
    }
  }
  return parseFully(text)
}
