import type { Json } from '../protocol/records.ts'
import type { ColumnInput, DefinitionInput } from '../protocol/schema-changes.ts'
import type { CollectionTypes, Ref } from './collection-types.ts'

/** Definitions written in an app's own code: what {@link Infer} reads. */
export interface InlineSchema {
  readonly [collection: string]: Partial<Omit<DefinitionInput, 'columns'>> & {
    readonly columns: { readonly [name: string]: ColumnInput }
  }
}

/**
 * Keeps the literal types of a schema that is written in code, for {@link Infer}; returns it as it is.
 *
 * @example
 * ```ts
 * import { defineSchema, open, type Infer } from 'espalier'
 *
 * const schema = defineSchema({
 *   'geo.countries': {
 *     columns: {
 *       name: { type: 'string', required: true },
 *       continent: { type: 'string', enum: ['Africa', 'Europe'] },
 *     },
 *   },
 * })
 * const db = await open<Infer<typeof schema>>('https://git.example.com/acme/reference-data.git')
 * ```
 */
export function defineSchema<const Schema extends InlineSchema>(schema: Schema): Schema {
  return schema
}

/** The types of a schema from {@link defineSchema}, for `open<Infer<typeof schema>>(url)`. */
export type Infer<Schema extends InlineSchema> = {
  readonly [Id in keyof Schema & string]: CollectionTypes<
    WithParent<Id, Fields<Schema, Id, Schema[Id]['columns'], keyof Schema[Id]['columns'] & string>>,
    Fields<Schema, Id, Schema[Id]['columns'], StoredNames<Schema[Id]['columns']>>,
    Ref<Id>
  >
}

type Columns = { readonly [name: string]: ColumnInput }

type Fields<Schema, Id extends string, All extends Columns, Names extends keyof All> = Flat<
  { readonly [Name in RequiredNames<All, Names>]: ValueOf<Schema, Id, All[Name]> } & {
    readonly [Name in Exclude<Names, RequiredNames<All, Names>>]?: ValueOf<Schema, Id, All[Name]> | null
  }
>

type RequiredNames<All extends Columns, Names extends keyof All> = {
  [Name in Names]: All[Name] extends { readonly required: true } ? Name : never
}[Names]

/** Computed columns are never written. */
type StoredNames<All extends Columns> = {
  [Name in keyof All & string]: All[Name] extends { readonly formula: string } ? never : Name
}[keyof All & string]

type WithParent<Id extends string, Value> =
  ParentOf<Id> extends never ? Value : Flat<{ readonly $parent: Ref<ParentOf<Id>> } & Value>

type ParentOf<Id extends string> = Id extends `${infer Root}/${infer Rest}`
  ? Rest extends `${string}/${string}`
    ? `${Root}/${ParentOf<Rest>}`
    : Root
  : never

type ValueOf<Schema, Id extends string, Column> = Column extends { readonly enum: readonly (infer Value)[] }
  ? Value & TypeOf<Column>
  : Column extends { readonly type: 'string'; readonly foreignKey: infer Key extends string }
    ? Ref<Resolved<Schema, Id, Key>>
    : TypeOf<Column>

type TypeOf<Column> = Column extends { readonly type: infer Type extends string } ? Typed<Type> : Json

interface Scalars {
  readonly string: string
  readonly int: number
  readonly float: number
  readonly number: number
  readonly bool: boolean
  readonly date: string
  readonly time: string
  readonly datetime: string
}

type Typed<Type extends string> = Type extends keyof Scalars
  ? Scalars[Type]
  : Type extends 'map[locale]string'
    ? { readonly [locale: string]: string | undefined }
    : Type extends `map[${string}]${infer Value}`
      ? { readonly [key: string]: Typed<Value> }
      : Type extends `[]${infer Item}`
        ? readonly Typed<Item>[]
        : Json

/** A bare foreign key means the collection beside it in the same module first, as everywhere in the format. */
type Resolved<Schema, Id extends string, Key extends string> = Key extends `${string}.${string}`
  ? Key
  : `${ModuleOf<Id>}${Key}` extends infer Beside extends keyof Schema & string
    ? Beside
    : Key

type ModuleOf<Id extends string> = Id extends `${infer Head}.${infer Rest}` ? `${Head}.${ModuleOf<Rest>}` : ''

type Flat<Value> = { [Name in keyof Value]: Value[Name] }
