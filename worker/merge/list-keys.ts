import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import type { ListSides } from './list-sides.ts'

/** Fields whose values never change in practice, so that items may be matched by them unasked. */
const surelyKeys: readonly string[] = ['id', '$id', '$ID', '_id', 'uuid', 'guid']

/** Fields that often name an item but may be edited: matched by them only as a suggestion. */
const perhapsKeys: readonly string[] = ['key', 'slug', 'code', 'name']

/** The key of a list's item. */
export type ItemKey = string | number

/** Items by key, in the list's order; undefined when an item has none, or two have the same. */
export function itemsByKey(list: readonly Json[], field: string): ReadonlyMap<ItemKey, Json> | undefined {
  const items = new Map<ItemKey, Json>()
  for (const item of list) {
    const key = isJsonMap(item) && Object.hasOwn(item, field) ? item[field] : undefined
    if ((typeof key !== 'string' && typeof key !== 'number') || items.has(key)) return undefined
    items.set(key, item)
  }
  return items
}

/** The field by which the items of all three lists can be matched. */
export function findKey(sides: ListSides, how: 'surely' | 'perhaps'): string | undefined {
  const fits = (field: string): boolean =>
    [sides.ours, sides.theirs, sides.base].every((list) => itemsByKey(list, field) !== undefined)
  return (how === 'surely' ? surelyKeys : perhapsKeys).find(fits)
}
