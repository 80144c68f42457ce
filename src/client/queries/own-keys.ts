import type { Condition, Expression, Query, ResultRow } from '../../protocol/query.ts'
import type { Json } from '../../protocol/records.ts'
import { escapeKey, unescapeKey } from '../../protocol/record-key.ts'
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
    if (!isKey(left)) return each
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

export function wholeQuery(query: Query, parent: string): Query {
  const { where, having } = query
  return {
    ...query,
    ...(where && { where: wholeKeys(where, parent) }),
    ...(having && { having: wholeKeys(having, parent) }),
  }
}

/** What rows of a query below one parent show: their own keys, under every name that they are selected by. */
export function ownKeys({ select = {} }: Query, parent: string): (row: ResultRow) => ResultRow {
  const names = ['$id', ...Object.keys(select).filter((name) => isKey(select[name]))]
  return (row) => {
    const own = { ...row }
    for (const name of names) {
      const key = row[name]
      if (typeof key === 'string') own[name] = unescapeKey(key.slice(parent.length + 1))
    }
    return own
  }
}

/** A key, or the first or last one of a group. */
function isKey(value: Expression | undefined): boolean {
  if (value === undefined) return false
  if ('aggregate' in value) return value.aggregate.startsWith('m') && isKey(value.of)
  return 'field' in value && value.field[0] === '$id'
}
