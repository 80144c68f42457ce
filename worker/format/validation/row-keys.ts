import type { CollectionDefinition } from '../../../src/protocol/schema.ts'

/** A row's own key: without the keys of its parents, which lead the keys of a subcollection. */
export function ownKey({ parent }: Pick<CollectionDefinition, 'parent'>, key: string): string {
  return parent === undefined ? key : key.slice(key.lastIndexOf('/') + 1)
}

/** The key of the parent of a subcollection's row. */
export function parentKey(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('/')))
}
