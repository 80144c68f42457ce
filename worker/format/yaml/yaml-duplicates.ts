import { type Document, isScalar, type Node, visit } from 'yaml'

/** A key that its map has already. */
export interface DuplicateKey {
  readonly name: string
  readonly offset: number
}

/**
 * The first key that stands twice in one map. The parser's own check compares all pairs (quadratic time), so
 * it is switched off and this one, which is linear, takes its place.
 */
export function findDuplicateKey(document: Document | Node): DuplicateKey | undefined {
  let found: DuplicateKey | undefined
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) {
          found = { name: String(key.value), offset: key.range?.[0] ?? 0 }
          return visit.BREAK
        }
        seen.add(key.value)
      }
      return undefined
    },
  })
  return found
}
