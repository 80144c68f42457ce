import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Json } from '../../src/protocol/records.ts'
import { findDuplicateKey } from './yaml-duplicates.ts'
import { parseFlatYaml } from './yaml-fast.ts'

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

/** Parses one YAML schema file. Never throws: faults are returned. */
export function parseSchemaFile(bytes: Uint8Array): SchemaFile | SchemaFileFault {
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

function parseFully(text: string): SchemaFile | SchemaFileFault {
  try {
    const lines = new LineCounter()
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      lineCounter: lines,
      logLevel: 'silent',
      prettyErrors: false,
      uniqueKeys: false,
    })
    const position = (offset: number): TextPosition => {
      const { line, col } = lines.linePos(offset)
      return { line, column: col }
    }
    const error = document.errors[0]
    if (error !== undefined) return { message: error.message, ...position(error.pos[0]) }
    const duplicate = findDuplicateKey(document)
    if (duplicate !== undefined) {
      return { message: `the key "${duplicate.name}" stands twice`, ...position(duplicate.offset) }
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
      return { message: 'the file must hold a map', line: 1, column: 1 }
    }
    return {
      // The `yaml` core schema yields JSON data only (plus infinities, which no key here accepts).
      entries: new Map(Object.entries((value ?? {}) as { [name: string]: Json })),
      locate(path) {
        const holder: unknown = path.length < 2 ? document.contents : document.getIn(path.slice(0, -1), true)
        const last = String(path.at(-1))
        if (isSeq(holder)) {
          const item = holder.items[Number(last)]
          return isNode(item) && item.range ? position(item.range[0]) : undefined
        }
        if (!isMap(holder)) return undefined
        for (const { key } of holder.items) {
          if (isNode(key) && key.range && String(key) === last) return position(key.range[0])
        }
        return undefined
      },
    }
  } catch (error) {
    // Stack overflow on deep nesting, or too many aliases.
    return { message: error instanceof ReferenceError ? error.message : 'the file is nested too deeply' }
  }
}
