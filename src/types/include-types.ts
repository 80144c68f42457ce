import type { FieldsOf, KeyOf, RefTarget } from './collection-types.ts'
import type { OrderByFields, Where } from './filter-types.ts'
import type { SelectedRow, SelectRequest } from './query-types.ts'

/**
 * Related records, nested under a name of the row. `true` (or a `column`) follows this collection's own foreign key and
 * gives one row or null. `collection` and `column` look the other way: records there whose column holds this row's key.
 */
export interface IncludeRequests {
  readonly [name: string]: true | IncludeRequest
}

export interface IncludeRequest {
  /** The column with the foreign key; of this collection, or of `collection`. The name itself unless given. */
  readonly column?: string
  readonly collection?: string
  /** Only these fields (`$id` and `$rev` stay): names, or new names for them. */
  readonly select?: readonly unknown[] | { readonly [name: string]: unknown }
  readonly where?: unknown
  readonly orderBy?: unknown
  /** Of lists. */
  readonly limit?: number
  readonly include?: IncludeRequests
}

/** Holds includes to the schema: what is wrong has the type of a sentence that says so. */
export type CheckedIncludes<Schema, Fields, Key extends string, Includes> = {
  readonly [Name in keyof Includes]: Checked<Schema, Fields, Key, Name, Includes[Name]>
}

type Checked<Schema, Fields, Key extends string, Name, Given> = Given extends {
  readonly collection: infer Id extends string
}
  ? CheckedList<Schema, Key, Id, Given>
  : Given extends { readonly column: infer Column extends string }
    ? CheckedReference<Schema, Fields, Column, Given>
    : CheckedReference<Schema, Fields, Name, Given>

type CheckedReference<Schema, Fields, Column, Given> = Column extends keyof Fields
  ? NonNullable<Fields[Column]> extends string
    ? Given extends true
      ? true
      : CheckedParts<Schema, RefTarget<Fields[Column]>, Given>
    : string extends keyof Fields
      ? unknown
      : `${Column & string} holds no keys`
  : `There is no column ${Column & string}`

type CheckedList<Schema, Key extends string, Id extends string, Given> = Id extends keyof Schema
  ? Given extends { readonly column: infer Column extends string }
    ? Column extends keyof FieldsOf<Schema, Id>
      ? LeadsTo<NonNullable<FieldsOf<Schema, Id>[Column]>, Key> extends true
        ? CheckedParts<Schema, Id, Given>
        : `${Column} of ${Id} refers to another collection`
      : `There is no column ${Column} in ${Id}`
    : 'Name the column that holds the key'
  : `There is no collection ${Id}`

/** Keys of unknown collections are taken for right. */
type LeadsTo<Value, Key extends string> =
  string extends RefTarget<Value>
    ? true
    : string extends RefTarget<Key>
      ? true
      : RefTarget<Key> extends RefTarget<Value>
        ? true
        : false

type CheckedParts<Schema, Id extends string, Given> = {
  readonly [Part in keyof Given]: Part extends 'where'
    ? CheckedWhere<Given[Part], Where<FieldsOf<Schema, Id>, KeyOf<Schema, Id>>>
    : Part extends 'select'
      ? SelectRequest<FieldsOf<Schema, Id>>
      : Part extends 'orderBy'
        ? OrderByFields<FieldsOf<Schema, Id>>
        : Part extends 'include'
          ? CheckedIncludes<Schema, FieldsOf<Schema, Id>, KeyOf<Schema, Id>, Given[Part]>
          : Part extends keyof IncludeRequest
            ? IncludeRequest[Part]
            : `Includes have no ${Part & string}`
}

/** The compiler does not look for unknown names in inferred types: this does. */
type CheckedWhere<Given, Allowed> = Given extends readonly unknown[]
  ? Allowed
  : {
      readonly [Name in keyof Given]: Name extends KeysOf<Allowed>
        ? PropertyOf<Allowed, Name>
        : `There is no column ${Name & string}`
    }

type KeysOf<Union> = Union extends readonly unknown[] ? never : keyof Union
type PropertyOf<Union, Name> = Union extends readonly unknown[]
  ? never
  : Name extends keyof Union
    ? Union[Name]
    : never

/** What includes add to a row. */
export type Included<Schema, Fields, Includes> = {
  readonly [Name in keyof Includes]: Includes[Name] extends { readonly collection: infer Id extends string }
    ? readonly RelatedRow<Schema, Id, Includes[Name]>[]
    : RelatedRow<
        Schema,
        RefTarget<ColumnOf<Fields, Includes[Name] extends { readonly column: infer Column } ? Column : Name>>,
        Includes[Name]
      > | null
}

type ColumnOf<Fields, Column> = Column extends keyof Fields ? Fields[Column] : string

type RelatedRow<Schema, Id extends string, Given> = Given extends {
  readonly include: infer Inner extends IncludeRequests
}
  ? Omit<RelatedFields<Schema, Id, Given>, keyof Inner> & Included<Schema, FieldsOf<Schema, Id>, Inner>
  : RelatedFields<Schema, Id, Given>

type RelatedFields<Schema, Id extends string, Given> = SelectedRow<
  FieldsOf<Schema, Id>,
  KeyOf<Schema, Id>,
  Given extends { readonly select: infer Select } ? Select : undefined
>
