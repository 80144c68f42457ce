import type { Issue } from './issues.ts'
import type { CommitInfo } from './outcomes.ts'
import type { Json } from './records.ts'
import type { Column, RecordFile } from './schema.ts'

/** A column as a change gives it: what a definition may say of it, without what reading adds. */
export type ColumnInput = Omit<Column, 'name' | 'references' | 'required'> & { readonly required?: boolean }

/** A definition to create. */
export interface DefinitionInput {
  readonly titles?: { readonly [locale: string]: string }
  readonly recordFile: RecordFile
  readonly columns: { readonly [name: string]: ColumnInput }
  readonly columnsOrder?: readonly string[]
  readonly primaryKey?: readonly string[]
  readonly minRecordsCount?: number
  readonly maxRecordsCount?: number
}

/** One change of the schema. Several are planned and applied together, in order. */
export type SchemaChange =
  | {
      readonly kind: 'create-collection'
      readonly id: string
      /** The collection's folder from the database root; default: the id with `/` for each dot. */
      readonly path?: string
      readonly definition: DefinitionInput
    }
  | {
      readonly kind: 'add-column'
      readonly collection: string
      readonly name: string
      readonly column: ColumnInput
      /** Written into every record that has no value. */
      readonly fill?: Json
      /** The column after which it stands; default: at the end. */
      readonly after?: string
    }
  | { readonly kind: 'drop-column'; readonly collection: string; readonly name: string }
  | {
      readonly kind: 'rename-column'
      readonly collection: string
      readonly name: string
      readonly to: string
    }
  | {
      readonly kind: 'alter-column'
      readonly collection: string
      readonly name: string
      /** What to set; null takes a constraint away. A new `type` converts the values. */
      readonly set: { readonly [Name in keyof ColumnInput]?: ColumnInput[Name] | null }
    }
  | {
      readonly kind: 'copy-collection'
      readonly collection: string
      readonly to: string
      readonly path?: string
      /** Whether the records are copied as well; default true. */
      readonly records?: boolean
    }
  | { readonly kind: 'drop-collection'; readonly collection: string }
  | {
      readonly kind: 'rename-collection'
      readonly collection: string
      readonly to: string
      /** Where its files move; default: they stay where they are. */
      readonly path?: string
      /** What to do with foreign keys that name it. */
      readonly references: 'update' | 'restrict'
    }
  | {
      readonly kind: 'rename-record'
      readonly collection: string
      readonly key: string
      readonly to: string
      readonly references: 'update' | 'restrict'
    }
  | {
      readonly kind: 'split-collection'
      readonly collection: string
      /** The new file name with `{key}`; default `{key}` and the extension of the list file. */
      readonly name?: string
      /** The format of the new files, for lists (CSV, JSONL, INGR) whose own format cannot hold single records. */
      readonly format?: 'yaml' | 'json'
    }

/** A file that a plan changes. */
export type PlannedFile =
  | { readonly path: string; readonly kind: 'create' | 'edit' | 'delete' }
  /** The file's bytes stay as they are. */
  | { readonly path: string; readonly kind: 'move'; readonly from: string }

/** What a change of the schema would do. Nothing is written by planning. */
export interface SchemaPlan {
  /** The files that would change, from the database root, by path. */
  readonly files: readonly PlannedFile[]
  /** The collections that would change, by the ids that they have now; new ones are not among them. */
  readonly collections: readonly string[]
  /** Records whose values or files would change, and those that are copied or dropped. */
  readonly records: number
  /** What would break; errors keep the change from being applied. */
  readonly issues: readonly Issue[]
  /** The plan's changes as sentences, for a review. */
  readonly summary: readonly string[]
}

/** A change of the schema that was committed. */
export interface SchemaCommit {
  readonly plan: SchemaPlan
  readonly commit: CommitInfo
}

/** Definitions that the files of a database suggest. Nothing is written by proposing. */
export interface SchemaProposal {
  readonly plan: SchemaPlan
  /** The proposed definitions and the registry, for a review. */
  readonly texts: readonly { readonly path: string; readonly text: string }[]
}
