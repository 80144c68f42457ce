import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { ValuePath } from '../record-value.ts'
import { type OpenedYaml, openYaml } from './yaml-document.ts'
import { pairName } from './yaml-splice.ts'

/** Where the value at a path stands in YAML text that parses; its nearest parent when it is not there. */
export function locateYaml(text: string, path: ValuePath): number {
  let opened: OpenedYaml
  try {
    opened = openYaml(text)
  } catch {
    return 0
  }
  let node: unknown = opened.document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const step of path) {
    if (isAlias(node)) break
    let next: unknown
    let key: Node | undefined
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && pairName(item) === step)
      if (pair === undefined) break
      key = pair.key as Node // a scalar: checked by the search
      next = pair.value
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step]
    }
    if (next === undefined) break
    node = next
    // A block stands below its key.
    const own = isNode(node) && !(key !== undefined && isCollection(node) && node.flow !== true) ? node : key
    const range = (own ?? (isNode(node) ? node : undefined))?.range
    if (range) offset = range[0] === range[1] && key?.range ? key.range[0] : range[0]
  }
  return offset
}
