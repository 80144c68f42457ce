import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { CollectionTypes, Partly } from './collection-types.ts'

/** Validators of records by collection id, from any library that speaks Standard Schema (Zod, Valibot, ArkType …). */
export interface StandardSchemas {
  readonly [collection: string]: StandardSchemaV1
}

/** The types that validators give a database; collections without one stay open as JSON. */
export type FromStandard<Schemas extends StandardSchemas> = {
  readonly [Id in keyof Schemas]: CollectionTypes<
    StandardSchemaV1.InferOutput<Schemas[Id]> & object,
    StandardSchemaV1.InferInput<Schemas[Id]> & object,
    string
  >
} & Partly
