import type { Json } from '../../src/protocol/records.ts'
import { joinOrders } from './join-orders.ts'
import type { FieldRules } from './merge-rules.ts'
import { type MergeRun, settle } from './merge-run.ts'
import { hiddenEdit } from './soft-deletes.ts'

type JsonMap = { readonly [name: string]: Json }

/** Merges one value; the way down is handed over, so that the parts of a merge need not import each other. */
export type MergeInside = (
  run: MergeRun,
  base: Json | undefined,
  ours: Json | undefined,
  theirs: Json | undefined,
  rules: FieldRules,
) => Json | undefined

const noRules: FieldRules = {}

/** Field by field, in the order of ours; a new field of theirs stands after the one that it follows there. */
export function mergeMaps(
  run: MergeRun,
  base: JsonMap,
  ours: JsonMap,
  theirs: JsonMap,
  rules: FieldRules,
  merge: MergeInside,
): JsonMap {
  const merged: { [name: string]: Json } = {}
  for (const name of joinOrders(Object.keys(ours), Object.keys(theirs))) {
    const our = own(ours, name)
    const their = own(theirs, name)
    // Most fields are the same scalar on both sides.
    if (our === their && our !== undefined) {
      setOwn(merged, name, our)
      continue
    }
    run.path.push(name)
    const inside = rules.fields?.get(name) ?? rules.others ?? noRules
    const before = own(base, name)
    const hidden = inside.strategy === 'soft-delete' ? hiddenEdit(before, our, their) : undefined
    const value = hidden ? settle(run, hidden) : merge(run, before, our, their, inside)
    run.path.pop()
    if (value !== undefined) setOwn(merged, name, value)
  }
  return merged
}

function own(map: JsonMap, name: string): Json | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

/** Assigning to `__proto__` would set the prototype. */
function setOwn(map: { [name: string]: Json }, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true })
  } else {
    map[name] = value
  }
}
