import type { Condition, Expression, Query, Source } from '../../src/protocol/query.ts'
import type { Json } from '../../src/protocol/records.ts'
import { asKey, keyPath } from './field-path.ts'
import { changeEach, normalText } from './normal-text.ts'
import type { QueryContext } from './query-context.ts'
import { someExpression } from './query-parts.ts'
import { isKeyPath } from './sorted-index.ts'

/** A query that was read, the parents that it names in the form that keys have (NFC). */
export function withNormalParents(query: Query): Query {
  const ofSource = (source: Source): Source => change(source, 'parent', normalText)
  return change(change(query, 'from', ofSource), 'joins', (joins) =>
    changeEach(joins, (join) => change(join, 'source', ofSource)),
  )
}

/** What of a query or an include reads fields. */
type ReadingParts = Pick<Query, 'joins' | 'where' | 'groupBy' | 'having' | 'select' | 'orderBy'>

/**
 * The same for all that is compared with keys: letters are the same letters however they were typed, and `notIn` must
 * not miss a record that was named. Foreign keys stand in files as they were typed, too: they are read as the keys
 * that they name wherever the query names them, so that every way to the rows finds the same ones. The same object
 * where nothing differs.
 */
export function withNormalKeys<Parts extends ReadingParts>(
  parts: Parts,
  sources: readonly Source[],
  shapeOf: QueryContext['shapeOf'],
): Parts {
  /** `own`: the source of fields that name none. */
  const expressionsOf = (own: Source | undefined): ChangeExpression => {
    const ofOne: ChangeExpression = (one) => {
      if (!('field' in one)) return changeBelow(one, ofOne)
      const source = sources.find(({ alias }) => alias === one.from) ?? own
      return change(one, 'field', (path) => keyPath(path, source && shapeOf(source)))
    }
    return ofOne
  }
  const ofExpression = expressionsOf(sources[0])
  const ofCondition = (one: Condition): Condition => {
    if ('right' in one) return ofPair(one, ofExpression, ofExpression)
    if (!('left' in one)) return changeBelow(one, ofCondition)
    const read = change(one, 'left', ofExpression)
    return isKey(read.left) ? (change(read, 'value', normalText) as Condition) : read // a value of the same kind
  }
  let normal: ReadingParts = parts
  normal = change(normal, 'joins', (joins) =>
    changeEach(joins, (join) =>
      change(join, 'on', (on) =>
        changeEach(on, (pair) => ofPair(pair, ofExpression, expressionsOf(join.source))),
      ),
    ),
  )
  normal = change(normal, 'where', ofCondition)
  normal = change(normal, 'groupBy', (by) => changeEach(by, ofExpression))
  normal = change(normal, 'having', ofCondition)
  normal = change(normal, 'select', (select) => {
    for (const name of Object.keys(select)) select = change(select, name, ofExpression)
    return select
  })
  normal = change(normal, 'orderBy', (by) => changeEach(by, (order) => change(order, 'by', ofExpression)))
  return normal as Parts // the other members stay
}

type ChangeExpression = (one: Expression) => Expression

function ofPair<Pair extends { readonly left: Expression; readonly right: Expression }>(
  pair: Pair,
  ofLeft: ChangeExpression,
  ofRight: ChangeExpression,
): Pair {
  const read = change(change(pair, 'left', ofLeft), 'right', ofRight)
  if (isKey(read.left)) return change(read, 'right', ofConstant)
  return isKey(read.right) ? change(read, 'left', ofConstant) : read
}

function ofConstant(expression: Expression): Expression {
  return change(expression as { value?: Json }, 'value', normalText) as Expression // others have none
}

/** Whether an expression is made of keys: of records, of their parents, or those that records name. */
function isKey(expression: Expression): boolean {
  return someExpression(
    expression,
    (one) => 'field' in one && (isKeyPath(one.field) || one.field.at(-1) === asKey),
  )
}

/** The same with other parts below it: `not` and an aggregate have one, others have several. */
function changeBelow<Part extends object>(whole: Part, by: (part: Part) => Part): Part {
  return change(whole as { of?: Part | readonly Part[] }, 'of', (of) =>
    Array.isArray(of) ? changeEach<Part>(of, by) : by(of as Part),
  ) as Part // of the same kind
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
