import type { Condition, Expression, Include, Join, Query, Source } from '../../src/protocol/query.ts'
import type { Json } from '../../src/protocol/records.ts'

/**
 * A query that was read, what it compares with keys in the form that keys have (NFC): letters are the same letters
 * however they were typed, and `notIn` must not miss a record that was named. The same object where nothing differs.
 */
export function withNormalKeys(query: Query): Query {
  let normal = change(query, 'from', ofSource)
  normal = change(normal, 'joins', (joins) => changeEach(joins, ofJoin))
  normal = change(normal, 'where', ofCondition)
  normal = change(normal, 'having', ofCondition)
  return change(normal, 'include', ofIncludes)
}

function ofSource(source: Source): Source {
  return change(source, 'parent', normalText)
}

function ofJoin(join: Join): Join {
  return change(change(join, 'source', ofSource), 'on', (pairs) => changeEach(pairs, ofPair))
}

function ofIncludes(includes: NonNullable<Query['include']>): NonNullable<Query['include']> {
  let normal = includes
  for (const name of Object.keys(includes)) normal = change(normal, name, ofInclude)
  return normal
}

function ofInclude(include: Include): Include {
  return change(change(include, 'where', ofCondition), 'include', ofIncludes)
}

function ofCondition(condition: Condition): Condition {
  switch (condition.op) {
    case 'and':
    case 'or':
      return change(condition, 'of', (all) => changeEach(all, ofCondition))
    case 'not':
      return change(condition, 'of', ofCondition)
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return ofPair(condition)
    case 'in':
    case 'notIn':
    case 'between': {
      const value = isKey(condition.left) ? changeEach(condition.value, normalValue) : condition.value
      if (value === condition.value) return condition
      return { ...condition, value } as Condition // of `between`: two values, as before
    }
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'matches':
      return isKey(condition.left) ? change(condition, 'value', normalText) : condition
    default:
      return condition
  }
}

function ofPair<Pair extends { readonly left: Expression; readonly right: Expression }>(pair: Pair): Pair {
  const { left, right } = pair
  if ('value' in right && isKey(left)) return change(pair, 'right', ofConstant)
  return 'value' in left && isKey(right) ? change(pair, 'left', ofConstant) : pair
}

function ofConstant(expression: Expression): Expression {
  if (!('value' in expression)) return expression
  const value = normalValue(expression.value)
  return value === expression.value ? expression : { value }
}

/** Whether an expression has keys for values: of records, of their parents, or the first or last ones of a group. */
function isKey(expression: Expression): boolean {
  if ('field' in expression) {
    const { field } = expression
    return field.length === 1 && (field[0] === '$id' || field[0] === '$parent')
  }
  return 'aggregate' in expression && expression.of !== undefined && isKey(expression.of)
}

function normalValue(value: Json): Json {
  return typeof value === 'string' ? normalText(value) : value
}

/** What lies before U+0300 is NFC as it stands: most text is only looked at. */
function normalText(text: string): string {
  return /[\u0300-\uffff]/.test(text) ? text.normalize('NFC') : text
}

/** An object with another member; the same object when the member stays. */
function change<Whole extends object, Name extends keyof Whole>(
  whole: Whole,
  name: Name,
  by: (part: NonNullable<Whole[Name]>) => NonNullable<Whole[Name]>,
): Whole {
  const part = whole[name]
  if (part === undefined || part === null) return whole
  const next = by(part)
  return next === part ? whole : { ...whole, [name]: next }
}

/** A list with other items; the same list when all stay. */
function changeEach<Item>(list: readonly Item[], by: (item: Item) => Item): readonly Item[] {
  let next: Item[] | undefined
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as Item // within the list
    const changed = by(item)
    if (changed !== item) (next ??= list.slice())[index] = changed
  }
  return next ?? list
}
