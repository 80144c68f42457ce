import type { Condition } from '../../protocol/query.ts'
import type { Json } from '../../protocol/records.ts'
import { escapeKey } from '../../protocol/record-key.ts'
import { invalid } from './field.ts'

/**
 * Conditions on the records below one parent: there `$id` means a record's own key, in the engine the whole
 * `parent/own`. Throws `query/invalid` for what cannot be said of the whole key.
 */
export function wholeKeys(condition: Condition, parent: string): Condition {
  const whole = (key: Json): Json => (typeof key === 'string' ? `${parent}/${escapeKey(key)}` : key)
  const go = (each: Condition): Condition => {
    switch (each.op) {
      case 'and':
      case 'or':
        return { ...each, of: each.of.map(go) }
      case 'not':
        return { ...each, of: go(each.of) }
      case 'search':
        return each
    }
    const { left } = each
    if (!('field' in left) || left.field[0] !== '$id') return each
    switch (each.op) {
      case 'between':
        return { ...each, value: [whole(each.value[0]), whole(each.value[1])] }
      case 'in':
      case 'notIn':
        return { ...each, value: each.value.map(whole) }
      case 'startsWith':
        return { ...each, value: String(whole(each.value)) }
      case 'contains':
      case 'endsWith':
      case 'matches':
        throw invalid(`${each.op} on $id is not possible below one parent. Ask the whole subcollection.`)
    }
    return 'right' in each && 'value' in each.right
      ? { ...each, right: { value: whole(each.right.value) } }
      : each
  }
  return go(condition)
}
