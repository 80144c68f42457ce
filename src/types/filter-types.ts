import type { Json } from '../protocol/records.ts'
import type { FieldName, IsOpen, Steps, ValueAt } from './field-paths.ts'

/**
 * What rows must fulfil: columns with a value (equal) or with operators; everything given must hold. Nested fields are
 * `'names.en'`. A pair `[steps, filter]` names a field whose steps hold `.` or `$`, or that is called `and`, `or` or
 * `not`. Every operator also goes by its Mongo name (`$gt`, `$in`, `$or` …).
 *
 * @example
 * ```ts
 * const rows = await db.collection('geo.countries').find({
 *   where: { population: { gte: 1e6 }, 'names.de': { startsWith: 'I' }, or: [{ $id: 'ie' }, { $id: 'is' }] },
 * })
 * ```
 */
export type Where<Fields, Key extends string = string> = string extends keyof Fields
  ? OpenWhere
  : FieldsWhere<Fields, Key> | readonly [Steps, Filter<Json>]

// One mapped type: an intersection would make the compiler multiply filters with filters where types are generic.
type FieldsWhere<Fields, Key extends string> = {
  readonly [Name in FieldName<Fields> | ListLogic | 'not']?: Name extends ListLogic
    ? readonly Where<Fields, Key>[]
    : Name extends 'not'
      ? Where<Fields, Key>
      : Filter<ValueAt<Fields, Key, Name>>
}

/** All of, one of, none of. */
type ListLogic = 'and' | 'or' | '$and' | '$or' | '$nor'

/** Conditions on rows whose columns are not known. */
export type OpenWhere =
  | { readonly [name: string]: Filter<Json> | readonly OpenWhere[] | OpenWhere }
  | readonly [Steps, Filter<Json>]

/** What one field must fulfil: a value that it equals (null: null or missing), or operators that fit its type. */
// `infer` keeps the compiler from comparing branch by branch where types are generic, which takes minutes.
export type Filter<Value> = [Value] extends [infer Known]
  ? IsOpen<Known> extends true
    ? Json | RegExp | AnyFilter
    : FilterOf<NonNullable<Known>>
  : never

type FilterOf<Value> = [Value] extends [number]
  ? Value | null | NumberFilter<Value>
  : [Value] extends [string]
    ? Value | null | RegExp | TextFilter<Value>
    : [Value] extends [boolean]
      ? Value | null | BooleanFilter<Value>
      : [Value] extends [readonly (infer Item)[]]
        ? Value | null | ListFilter<Item>
        : [Value] extends [object]
          ? null | ValueFilter<Value>
          : Value | null | AnyFilter

/** Whether there is a value. `isNull`: null or missing; `exists`: the field is there, even as null. */
export interface PresenceFilter {
  readonly isNull?: boolean
  readonly exists?: boolean
  readonly $exists?: boolean
}

/** Equal to a whole value, or not. */
export interface ValueFilter<Value> extends PresenceFilter {
  readonly eq?: Value | null
  readonly ne?: Value | null
  readonly $eq?: Value | null
  readonly $ne?: Value | null
}

export interface BooleanFilter<Value> extends ValueFilter<Value> {
  readonly not?: BooleanFilter<Value>
  readonly $not?: BooleanFilter<Value>
}

/** One of several values. */
interface OneOfFilter<Value> {
  readonly in?: readonly (Value | null)[]
  readonly notIn?: readonly (Value | null)[]
  readonly $in?: readonly (Value | null)[]
  readonly $nin?: readonly (Value | null)[]
}

/** In a range. `between` includes both ends. */
interface RangeFilter<Value> {
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
  readonly between?: readonly [Value, Value]
  readonly $gt?: Value
  readonly $gte?: Value
  readonly $lt?: Value
  readonly $lte?: Value
}

export interface NumberFilter<Value = number>
  extends ValueFilter<Value>, OneOfFilter<Value>, RangeFilter<number> {
  readonly not?: NumberFilter<Value>
  readonly $not?: NumberFilter<Value>
}

/** Parts and patterns of text. `matches` takes a linear-time subset of regular expressions, anywhere in the text. */
interface PatternFilter {
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
  readonly matches?: string | RegExp
  /** For the four above. */
  readonly ignoreCase?: boolean
  readonly $regex?: string | RegExp
  readonly $options?: 'i' | ''
}

export interface TextFilter<Value = string>
  extends ValueFilter<Value>, OneOfFilter<Value>, RangeFilter<string>, PatternFilter {
  readonly not?: TextFilter<Value>
  readonly $not?: TextFilter<Value> | RegExp
}

/** What a list holds. */
export interface ListFilter<Item> extends ValueFilter<readonly Item[]> {
  readonly has?: Item
  readonly hasAll?: readonly Item[]
  readonly $all?: readonly Item[]
  readonly $size?: number
  readonly not?: ListFilter<Item>
  readonly $not?: ListFilter<Item>
}

/** Every operator, for fields whose type is not known. */
export interface AnyFilter
  extends ValueFilter<Json>, OneOfFilter<Json>, RangeFilter<string | number>, PatternFilter {
  readonly has?: Json
  readonly hasAll?: readonly Json[]
  readonly $all?: readonly Json[]
  readonly $size?: number
  readonly not?: AnyFilter
  readonly $not?: AnyFilter | RegExp
}

/**
 * How rows are ordered: by one field, by several in order, upwards unless told. `[[field, direction]]` where the field
 * is a variable.
 */
export type OrderBy<Name extends string> =
  | Name
  | OrderMap<Name>
  | readonly (Name | OrderMap<Name> | readonly [Name | Steps, Direction?])[]

/** Order by field name; the first named counts most. */
export type OrderMap<Name extends string> = { readonly [Each in Name]?: Direction }

/** `nulls`: where null and missing go, first ascending and last descending unless given. `locale` (BCP 47) sorts text as a language does. */
export type Direction =
  | 'asc'
  | 'desc'
  | {
      readonly direction?: 'asc' | 'desc'
      readonly nulls?: 'first' | 'last'
      readonly locale?: string
    }

/** Order by the fields of a collection. */
export type OrderByFields<Fields> = OrderBy<FieldName<Fields>>
