import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Json } from '../../../src/protocol/records.ts'
import type { SchemaFile, SchemaFileFault, TextPosition } from './schema-file.ts'
import { findDuplicateKey } from '../yaml/yaml-duplicates.ts'

/** Parses a settings, registry or definition file with the full YAML parser. Never throws: faults are returned. */
export function parseSchemaText(text: string): SchemaFile | SchemaFileFault {
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
