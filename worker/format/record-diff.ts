import type { Json } from '../../src/protocol/records.ts'
import { checkValue, isJsonMap, type ValuePath } from './record-value.ts'

/**
 * One step from an old value to a new one. Apply them in order: list positions count after the steps before.
 * - `set` replaces the value at a path that exists
 * - `add` adds a field to a map, or inserts an item before the list position
 * - `remove` removes a field, or the item at the list position
 */
export type ValueEdit =
  | { readonly kind: 'set'; readonly path: ValuePath; readonly value: Json }
  | { readonly kind: 'add'; readonly path: ValuePath; readonly value: Json }
  | { readonly kind: 'remove'; readonly path: ValuePath }

/** Deep equality of JSON data; the order of keys does not count. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i]))
  }
  if (!isJsonMap(a) || !isJsonMap(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equalValues(a[name], b[name]))
  )
}

/** The smallest set of edits that we find from `before` to `after`; empty when they are equal. */
export function diffValues(before: Json, after: Json): readonly ValueEdit[] {
  const edits: ValueEdit[] = []
  diffInto(edits, before, after, [])
  return edits
}

function diffInto(edits: ValueEdit[], before: Json, after: Json, path: ValuePath): void {
  if (before === after) return
  if (isJsonMap(before) && isJsonMap(after)) diffMaps(edits, before, after, path)
  else if (Array.isArray(before) && Array.isArray(after)) diffLists(edits, before, after, path)
  else edits.push({ kind: 'set', path, value: after })
}

type JsonMap = { readonly [name: string]: Json }

function diffMaps(edits: ValueEdit[], before: JsonMap, after: JsonMap, path: ValuePath): void {
  for (const name of Object.keys(before)) {
    if (Object.hasOwn(after, name)) {
      // Both have the key: checked by the loop and the condition.
      diffInto(edits, before[name] as Json, after[name] as Json, [...path, name])
    } else {
      edits.push({ kind: 'remove', path: [...path, name] })
    }
  }
  for (const [name, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, name)) edits.push({ kind: 'add', path: [...path, name], value })
  }
}

/** Common head and tail stay; between them items are paired by position, then added or removed. */
function diffLists(
  edits: ValueEdit[],
  before: readonly Json[],
  after: readonly Json[],
  path: ValuePath,
): void {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && equalValues(before[head], after[head])) head++
  let tail = 0
  while (
    tail < shorter - head &&
    equalValues(before[before.length - 1 - tail], after[after.length - 1 - tail])
  ) {
    tail++
  }
  const beforeEnd = before.length - tail
  const afterEnd = after.length - tail
  const paired = Math.min(beforeEnd, afterEnd)
  // Indexes below are inside the lists by the bounds above.
  for (let i = head; i < paired; i++) diffInto(edits, before[i] as Json, after[i] as Json, [...path, i])
  for (let i = beforeEnd - 1; i >= paired; i--) edits.push({ kind: 'remove', path: [...path, i] })
  for (let i = paired; i < afterEnd; i++)
    edits.push({ kind: 'add', path: [...path, i], value: after[i] as Json })
}

/**
 * Checks that everything that edits bring in can be written; what the old value holds already may stay.
 *
 * @throws EspalierError `record/bad-value`
 */
export function checkEdits(edits: readonly ValueEdit[]): void {
  for (const edit of edits) {
    if (edit.kind === 'remove') continue
    checkValue(edit.value, edit.path)
    if (edit.kind === 'add') checkValue(edit.path.at(-1), edit.path)
  }
}
