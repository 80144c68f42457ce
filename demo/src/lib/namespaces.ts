import type { CollectionInfo } from '../../../src/index.ts'

/** Collections that share the part of their id before the last dot. */
export interface NamespaceGroup {
  readonly namespace: string
  readonly members: readonly CollectionInfo[]
}

/** Groups collections in the order of the schema; a subcollection stays behind its parent, those without a namespace come last. */
export function groupByNamespace(collections: readonly CollectionInfo[]): NamespaceGroup[] {
  const groups = new Map<string, CollectionInfo[]>()
  for (const info of collections) {
    const root = info.definition.id.split('/')[0] ?? ''
    const namespace = root.includes('.') ? root.slice(0, root.lastIndexOf('.')) : ''
    const group = groups.get(namespace)
    if (group === undefined) groups.set(namespace, [info])
    else group.push(info)
  }
  const named = [...groups].map(([namespace, members]) => ({ namespace, members }))
  return named.toSorted((a, b) => Number(a.namespace === '') - Number(b.namespace === ''))
}

/** How deep a collection lies: 0 for a root collection, 1 for its subcollections. */
export function depthOf(id: string): number {
  return id.split('/').length - 1
}

/** The last part of a collection's id. */
export function localName(id: string): string {
  const last = id.slice(id.lastIndexOf('/') + 1)
  return last.slice(last.lastIndexOf('.') + 1)
}
