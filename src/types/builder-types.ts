import type { Condition, Expression, Query } from '../protocol/query.ts'
import type { Json, ReadOptions, Row } from '../protocol/records.ts'
import type { FieldsOf, KeyOf } from './collection-types.ts'
import type { IsOpen, MetaFields } from './field-paths.ts'
import type { conditionOf, expressionOf } from './query-symbols.ts'

declare const valueType: unique symbol
declare const resultType: unique symbol
declare const openType: unique symbol

/** A value that is worked out of a row: a field, or what the functions of `espalier/query` make. */
export interface Expr<Value> {
  readonly [expressionOf]: Expression
  /** Exists for the type checker only. */
  readonly [valueType]?: Value
}

/** A condition that the functions of `espalier/query` make. */
export interface Cond {
  readonly [conditionOf]: Condition
}

/** A value of the same type as another, or an expression for one. */
export type Operand<Value> = Expr<Value | null | undefined> | NonNullable<Value> | null

/** A field, and the fields below it. */
export type FieldRef<Value> =
  IsOpen<Value> extends true
    ? OpenRef
    : [NonNullable<Value>] extends [string | number | boolean | readonly unknown[]]
      ? Expr<Value>
      : Expr<Value> & FieldRefs<NonNullable<Value>, never>

type FieldRefs<Fields, Absent> = {
  readonly [Name in keyof Fields]-?: FieldRef<Fields[Name] | Absent>
}

/** A value whose type is not known: accepted wherever a number, text or list is. */
export interface OpenExpr extends Expr<Json | undefined> {
  /** Exists for the type checker only. */
  readonly [openType]: true
}

/**
 * What a name leads to that the types do not know: a value that goes wherever one is taken, and a way on. Any other type
 * than this one would be possibly undefined where an app checks with `noUncheckedIndexedAccess`, as new projects do.
 */
// oxlint-disable-next-line typescript/no-explicit-any
type OpenName = any

/** A field whose type is not known. */
export interface OpenRef extends OpenExpr {
  readonly [name: string]: OpenName
}

/** One source of a query: its collection, and whether rows may lack it (left joins). */
export interface SourceOf<Fields extends object, Key extends string, Absent> {
  readonly fields: Fields
  readonly key: Key
  readonly absent: Absent
}

/** A collection as the source of a query; as an object it says how it is read. */
export type SourceRequest<Id extends string> = Id | (ReadOptions & { readonly collection: Id })

/** The sources that `{ p: 'products' }` names. */
export type Named<Schema, Names, Absent> = {
  readonly [Alias in keyof Names]: IdIn<Names[Alias]> extends infer Id extends string
    ? SourceOf<FieldsOf<Schema, Id>, KeyOf<Schema, Id>, Absent>
    : never
}

type IdIn<Request> = Request extends { readonly collection: infer Id } ? Id : Request

/** What callbacks get: the fields of every source. */
export type Refs<All> = { readonly [Alias in keyof All]: SourceRefs<All[Alias]> }

type SourceRefs<Source> =
  Source extends SourceOf<infer Fields, infer Key, infer Absent>
    ? string extends keyof Fields
      ? { readonly [name: string]: OpenName }
      : FieldRefs<Fields & Omit<MetaFields<Key>, keyof Fields>, Absent>
    : never

/** Rows before anything is selected: whole ones, by alias where sources are joined. */
export type JoinedRow<All> = {
  readonly [Alias in keyof All]: All[Alias] extends SourceOf<infer Fields, infer Key, infer Absent>
    ? Row<Fields, Key> | Absent
    : never
}

/** What a selection makes. */
export type SelectedValues<Made> = {
  readonly [Name in keyof Made]: 0 extends 1 & Made[Name]
    ? Json | undefined // an OpenName
    : Made[Name] extends Expr<infer Value>
      ? Value
      : never
}

/** A query with the type of its rows. */
export interface BuiltQuery<Result> {
  /** As plain JSON. */
  readonly query: Query
  /** Exists for the type checker only. */
  readonly [resultType]?: Result
}
