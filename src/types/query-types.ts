import type { Json, ReadOptions, Row, RowMeta } from '../protocol/records.ts'
import type { FieldName, IsOpen, Steps, ValueAt } from './field-paths.ts'
import type { OrderBy, Where } from './filter-types.ts'
import type { CheckedIncludes, Included, IncludeRequests } from './include-types.ts'

/** The rows that count. */
export interface WhereOptions<Fields, Key extends string> extends ReadOptions {
  readonly where?: Where<Fields, Key>
}

/** Which rows, in what order, how many, and what of them. Without `where` all. */
export interface FindOptions<
  Fields,
  Key extends string,
  Schema,
  Select extends SelectRequest<Fields> | undefined = undefined,
  Includes extends IncludeRequests | undefined = undefined,
> extends WhereOptions<Fields, Key> {
  readonly orderBy?: OrderBy<FieldName<Fields>>
  readonly limit?: number
  /** Rows to pass over; `after` is faster and steadier for pages. */
  readonly offset?: number
  /** A cursor from `page()` of the same query: the rows that follow it. */
  readonly after?: string
  /** A cursor from `page()` of the same query: the rows that come before it. */
  readonly before?: string
  /** Only these fields (`$id` and `$rev` stay): names, or new names for them. */
  readonly select?: Select
  /** Related records through foreign keys, under a name of the row. */
  readonly include?: Includes & CheckedIncludes<Schema, Fields, Key, Includes>
}

/** Fields by name, or new names for fields. */
export type SelectRequest<Fields> =
  | readonly FieldName<Fields>[]
  | { readonly [name: string]: FieldName<Fields> | Steps }

/** A row as `find` gives it. */
export type FoundRow<Fields extends object, Key extends string, Schema, Select, Includes> = [
  Includes,
] extends [undefined]
  ? SelectedRow<Fields, Key, Select>
  : Omit<SelectedRow<Fields, Key, Select>, keyof Includes> & Included<Schema, Fields, Includes>

/** A row, or what is selected of it. */
export type SelectedRow<Fields extends object, Key extends string, Select> = [Select] extends [undefined]
  ? Row<Fields, Key>
  : Pick<RowMeta<Key>, '$id' | '$rev'> & Selected<Fields, Key, Select>

/** The values of fields; what is missing is missing there too. */
type Selected<Fields, Key extends string, Select> = Select extends readonly (infer Names)[]
  ? { readonly [Name in Names & string]: ValueAt<Fields, Key, Name> }
  : { readonly [Name in keyof Select]: ValueOf<Fields, Key, Select[Name]> }

type ValueOf<Fields, Key extends string, Request> = Request extends string
  ? ValueAt<Fields, Key, Request>
  : Json | undefined

/** A value as groups and lists of values hold it: what is missing is null. */
export type ResultValue<Value> = undefined extends Value ? Exclude<Value, undefined> | null : Value

/** Names of fields that can be added up. */
export type NumberName<Fields> = string extends keyof Fields
  ? string
  : {
      [Name in FieldName<Fields>]: IsNumber<ValueAt<Fields, string, Name>> extends true ? Name : never
    }[FieldName<Fields>]

type IsNumber<Value> =
  IsOpen<Value> extends true ? true : [NonNullable<Value>] extends [number] ? true : false

/** One field, under the function's name (`sum`), or several under names of their own. */
export type FieldRequest<Name extends string> = Name | { readonly [as: string]: Name | Steps }

/** Groups of rows and what is known of each. Without `groupBy`, one answer about all rows. */
export interface AggregateOptions<
  Fields,
  Key extends string,
  Group extends GroupRequest<Fields> | undefined,
  Count extends CountRequest<Fields> | undefined,
  Distinct extends FieldRequest<FieldName<Fields>> | undefined,
  Sum extends FieldRequest<NumberName<Fields>> | undefined,
  Avg extends FieldRequest<NumberName<Fields>> | undefined,
  Min extends FieldRequest<FieldName<Fields>> | undefined,
  Max extends FieldRequest<FieldName<Fields>> | undefined,
  Made = AggregateRow<Fields, Key, Group, Count, Distinct, Sum, Avg, Min, Max>,
> extends WhereOptions<Fields, Key> {
  /** Fields whose equal values make a group, by name or under new names. */
  readonly groupBy?: Group
  /** `true` counts rows; a field counts those where it has a value. */
  readonly count?: Count
  readonly countDistinct?: Distinct
  readonly sum?: Sum
  readonly avg?: Avg
  readonly min?: Min
  readonly max?: Max
  /** On the answers, by their names: `{ count: { gt: 3 } }`. */
  readonly having?: Where<Made>
  /** By names of the answers. */
  readonly orderBy?: OrderBy<keyof Made & string>
  readonly limit?: number
  readonly offset?: number
}

export type GroupRequest<Fields> =
  | FieldName<Fields>
  | readonly FieldName<Fields>[]
  | { readonly [as: string]: FieldName<Fields> | Steps }

export type CountRequest<Fields> = true | FieldRequest<FieldName<Fields>>

/** One group: what made it, and what is known of it. */
export type AggregateRow<Fields, Key extends string, Group, Count, Distinct, Sum, Avg, Min, Max> = Flat<
  GroupValues<Fields, Key, Group> &
    Answers<'count', Count, number> &
    Answers<'countDistinct', Distinct, number> &
    Answers<'sum', Sum, number> &
    Answers<'avg', Avg, number | null> &
    Extremes<Fields, Key, 'min', Min> &
    Extremes<Fields, Key, 'max', Max>
>

type GroupValues<Fields, Key extends string, Group> = [Group] extends [undefined]
  ? unknown
  : Group extends string
    ? { readonly [Name in Group]: ResultValue<ValueAt<Fields, Key, Name>> }
    : NullForMissing<Selected<Fields, Key, Group>>

type NullForMissing<Values> = { readonly [Name in keyof Values]: ResultValue<Values[Name]> }

type Answers<Fn extends string, Request, Value> = [Request] extends [undefined]
  ? unknown
  : Request extends true | string
    ? { readonly [Name in Fn]: Value }
    : { readonly [Name in keyof Request]: Value }

type Extremes<Fields, Key extends string, Fn extends string, Request> = [Request] extends [undefined]
  ? unknown
  : Request extends string
    ? { readonly [Name in Fn]: Extreme<ValueAt<Fields, Key, Request>> }
    : { readonly [Name in keyof Request]: Extreme<ValueOf<Fields, Key, Request[Name]>> }

/** No row has a value: null. */
type Extreme<Value> = Exclude<Value, undefined> | null

type Flat<Value> = { [Name in keyof Value]: Value[Name] }
