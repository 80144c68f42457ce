import type { Json } from '../../src/protocol/records.ts'
import { inOrderOf, orderFrom } from './list-order.ts'
import type { ItemKey } from './list-keys.ts'
import type { MergeInside } from './merge-maps.ts'
import type { FieldRules } from './merge-rules.ts'
import { type MergeRun, settle } from './merge-run.ts'

/** One list in three versions, its items by key. */
export interface KeyedSides {
  readonly base: ReadonlyMap<ItemKey, Json>
  readonly ours: ReadonlyMap<ItemKey, Json>
  readonly theirs: ReadonlyMap<ItemKey, Json>
}

/** Item by item; in the order of the side that moved items, and when both did, of ours until somebody chooses. */
export function mergeKeyedLists(
  run: MergeRun,
  sides: KeyedSides,
  rules: FieldRules,
  merge: MergeInside,
): Json | undefined {
  const orders = {
    base: [...sides.base.keys()],
    ours: [...sides.ours.keys()],
    theirs: [...sides.theirs.keys()],
  }
  // What counts for a list is how it is merged, for its items what their fields say.
  const itemRules: FieldRules = rules.fields ? { fields: rules.fields } : {}
  const items = new Map<ItemKey, Json>()
  for (const key of inOrderOf('ours', orders)) {
    run.path.push(key)
    const item = merge(run, sides.base.get(key), sides.ours.get(key), sides.theirs.get(key), itemRules)
    run.path.pop()
    if (item !== undefined) items.set(key, item)
  }
  const inOrder = (side: 'base' | 'ours' | 'theirs'): readonly Json[] =>
    inOrderOf(side, orders).flatMap((key) => items.get(key) ?? [])
  const from = orderFrom(orders)
  if (from !== 'unclear') return inOrder(from)
  return settle(run, {
    kind: 'order',
    base: [...sides.base.values()],
    ours: [...sides.ours.values()],
    theirs: [...sides.theirs.values()],
    survivor: inOrder('ours'),
    take: inOrder,
  })
}
