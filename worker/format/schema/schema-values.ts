import type { Json } from '../../../src/protocol/records.ts'
import type { FileIssues } from './schema-issues.ts'

/** A map of a schema file, in file order. */
export type SchemaMap = ReadonlyMap<string, Json>

/**
 * Reads the values of one map leniently: what has the wrong shape is reported and left out, and what nobody
 * asked for is reported by {@link SchemaReader.reportUnknown}.
 */
export interface SchemaReader {
  string(key: string): string | undefined
  number(key: string): number | undefined
  /** A whole number, zero or more. */
  count(key: string): number | undefined
  boolean(key: string): boolean | undefined
  strings(key: string): readonly string[] | undefined
  /** A map of strings, such as titles by locale. */
  texts(key: string): { readonly [name: string]: string } | undefined
  list(key: string): readonly Json[] | undefined
  map(key: string): SchemaMap | undefined
  /** The path of a key, for issues. */
  path(key: string): readonly string[]
  /** Reports keys that are not part of the format. */
  reportUnknown(known: ReadonlySet<string>): void
}

/** A JSON object as a map of its own keys; undefined for anything else. */
export function asMap(value: Json | undefined): SchemaMap | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

/** Own properties only, whatever the names (`__proto__` included). */
export function ownObject<T>(entries: Iterable<readonly [string, T]>): { readonly [name: string]: T } {
  return Object.fromEntries(entries)
}

/** A reader of one map that stands at `path` of its file. */
export function createSchemaReader(
  map: SchemaMap,
  path: readonly string[],
  issues: FileIssues,
): SchemaReader {
  const take = <T>(key: string, expected: string, read: (value: Json) => T | undefined): T | undefined => {
    const value = map.get(key)
    if (value === undefined || value === null) return undefined
    const result = read(value)
    if (result === undefined) {
      issues.refuse('format/bad-value', `"${key}" must be ${expected}.`, [...path, key])
    }
    return result
  }
  const string = (value: Json): string | undefined => (typeof value === 'string' ? value : undefined)
  return {
    string: (key) => take(key, 'a string', string),
    number: (key) =>
      take(key, 'a finite number', (value) => (Number.isFinite(value) ? Number(value) : undefined)),
    count: (key) =>
      take(key, 'a whole number', (value) =>
        Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined,
      ),
    boolean: (key) => take(key, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    strings: (key) =>
      take(key, 'a list of strings', (value) =>
        Array.isArray(value) && value.every((item) => typeof item === 'string')
          ? (value as readonly string[])
          : undefined,
      ),
    texts: (key) =>
      take(key, 'a map of strings', (value) => {
        const entries = [...(asMap(value) ?? [['', null] as const])]
        return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
          ? ownObject(entries)
          : undefined
      }),
    list: (key) =>
      take(key, 'a list', (value) => (Array.isArray(value) ? (value as readonly Json[]) : undefined)),
    map: (key) => take(key, 'a map', asMap),
    path: (key) => [...path, key],
    reportUnknown(known) {
      for (const key of map.keys()) {
        if (!known.has(key)) {
          issues.refuse('format/unknown-key', `"${key}" is not a known key here; it is ignored.`, [
            ...path,
            key,
          ])
        }
      }
    },
  }
}

/** The given fields without those that are undefined. */
export function defined<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  // Only undefined values are dropped, so every field that is left has its declared type.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
