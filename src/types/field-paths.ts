import type { Json, RecordStatus } from '../protocol/records.ts'

/** What every row has beside its columns, for queries. */
export interface MetaFields<Key extends string = string> {
  readonly $id: Key
  readonly $rev: string
  readonly $status: RecordStatus
  readonly $parent: string
}

/** The way to a value as steps, for names that hold `.` or begin with `$`: `['names', 'zh.Hant']`. */
export type Steps = readonly [string, ...string[]]

/** Anything that can be read from a row by name: a column, `$id` and its kin, or a nested `'names.en'` (three deep). */
export type FieldName<Fields> = (keyof Fields & string) | keyof MetaFields | NestedName<Fields>

/** The nested names alone. */
export type NestedName<Fields> = {
  [Name in keyof Fields & string]: `${Name}.${Names2<Below<Fields[Name]>>}`
}[keyof Fields & string]

/** The type of the value that a name leads to. */
export type ValueAt<Fields, Key extends string, Name> = Name extends keyof Fields
  ? Fields[Name]
  : Name extends keyof MetaFields
    ? MetaFields<Key>[Name]
    : Name extends `${infer Head}.${infer Rest}`
      ? Head extends keyof Fields
        ? Nested<Fields[Head], Rest>
        : Json | undefined
      : Json | undefined

type Names2<Value> =
  IsOpen<Value> extends true
    ? string
    : { [Name in keyof Value & string]: Name | `${Name}.${Names1<Below<Value[Name]>>}` }[keyof Value & string]

type Names1<Value> = IsOpen<Value> extends true ? string : keyof Value & string

/** What a value holds by name; lists and scalars hold nothing. */
type Below<Value> = IsOpen<Value> extends true ? Value : Exclude<Value, Leaf>

type Leaf = null | undefined | string | number | boolean | readonly unknown[]

/** Whether a type says nothing about its values: any JSON. */
export type IsOpen<Value> = Json extends Value | null ? true : false

type Nested<Value, Rest extends string> =
  IsOpen<Value> extends true
    ? Json | undefined
    : Rest extends keyof Below<Value>
      ? Below<Value>[Rest] | Absent<Value>
      : Rest extends `${infer Head}.${infer Tail}`
        ? Head extends keyof Below<Value>
          ? Nested<Below<Value>[Head], Tail> | Absent<Value>
          : Json | undefined
        : Json | undefined

type Absent<Value> = null extends Value ? undefined : Extract<Value, undefined>
