import type { FieldPath } from '../../src/protocol/query.ts'
import { kindOf, kinds, type Kind, type Value } from './compare-values.ts'
import type { CollectionShape } from './query-context.ts'

/** What a path leads to, as far as the definition says: a declared type, anything, or nothing that can exist. */
export type PathType =
  | { readonly found: true; readonly type: string }
  | { readonly found: false; readonly name: string; readonly near: readonly string[] }

/** The library's own fields. */
const libraryFields: ReadonlyMap<string, string> = new Map([
  ['$id', 'string'],
  ['$rev', 'string'],
  ['$status', 'string'],
  ['$parent', 'string'],
])

/** The type at a path of a collection's rows; `any` where nothing is declared. */
export function typeAt({ columns }: CollectionShape, path: FieldPath): PathType {
  const [name = '', ...steps] = path
  const declared = columns?.get(name)?.type ?? libraryFields.get(name)
  if (declared === undefined) {
    if (!name.startsWith('$') && (columns === undefined || columns.size === 0)) return any
    return {
      found: false,
      name,
      near: nearNames(name, [...(columns?.keys() ?? []), ...libraryFields.keys()]),
    }
  }
  let type = declared
  for (const step of steps) {
    if (type === 'any') return any
    const inner = innerType(type, step)
    if (inner === undefined) return { found: false, name: `${name}.${step}`, near: [name] }
    type = inner
  }
  return { found: true, type }
}

const any: PathType = { found: true, type: 'any' }

function innerType(type: string, step: string): string | undefined {
  if (type.startsWith('[]')) return /^\d+$/.test(step) ? type.slice(2) : type === '[]any' ? 'any' : undefined
  const map = /^map\[[^\]]*\](.+)$/.exec(type)
  return map?.[1]
}

/** The kind of values that a declared type has; undefined where it may be any. */
export function kindOfType(type: string): Kind | undefined {
  if (type.startsWith('[]')) return kinds.list
  if (type.startsWith('map[')) return kinds.map
  switch (type) {
    case 'string':
    case 'date':
    case 'time':
    case 'datetime':
      return kinds.text
    case 'int':
    case 'float':
    case 'number':
      return kinds.number
    case 'bool':
      return kinds.boolean
    default:
      return undefined
  }
}

const kindNames: Readonly<Record<Kind, string>> = {
  [kinds.nothing]: 'null',
  [kinds.boolean]: 'true or false',
  [kinds.number]: 'a number',
  [kinds.text]: 'text',
  [kinds.list]: 'a list',
  [kinds.map]: 'an object',
}

export function nameOfKind(kind: Kind): string {
  return kindNames[kind]
}

/** Whether a value can be found where values of a kind are declared. Null can be anywhere. */
export function fitsKind(value: Value, kind: Kind): boolean {
  const own = kindOf(value)
  return own === kinds.nothing || own === kind
}

/** Up to three names that differ in few letters, the closest first. */
function nearNames(name: string, names: readonly string[]): readonly string[] {
  if (name.length > 100) return []
  const far = Math.max(1, Math.floor(name.length / 3))
  return names
    .filter((other) => other.length <= 100)
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ distance }) => distance <= far)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ other }) => other)
}

/** Levenshtein's distance, where two neighbours that changed places count once. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      const replaced = (previous[j - 1] ?? 0) + (same ? 0 : 1)
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = (isSwap ? before[j - 2] : undefined) ?? Infinity
      row.push(Math.min(replaced, swapped + 1, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}
