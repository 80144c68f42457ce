import type { Issue } from './issues.ts'
import type { Json } from './records.ts'

/** One language of `settings.yaml`, in display order. */
export interface LanguageSetting {
  readonly code: string
  readonly required: boolean
}

/** What `.ingitdb/settings.yaml` says. `defaultNamespace` is shown only: it never prefixes ids. */
export interface DatabaseSettings {
  readonly defaultNamespace?: string
  readonly defaultRecordFormat?: string
  readonly languages: readonly LanguageSetting[]
}

/** One column of a collection. Rules are as declared; nothing here is compiled. */
export interface Column {
  readonly name: string
  /** The declared type, for example `string`, `int`, `map[locale]string`; `any` where none is declared. */
  readonly type: string
  readonly title?: string
  readonly valueTitle?: string
  /** Titles by locale. */
  readonly titles?: { readonly [locale: string]: string }
  readonly required: boolean
  readonly requiredWhen?: string
  readonly length?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minValue?: number
  readonly maxValue?: number
  readonly enum?: readonly Json[]
  /** The foreign key as declared; see `references` for the collection that it means. */
  readonly foreignKey?: string
  /** The collection that `foreignKey` resolves to (module-relative first); absent when it resolves to none. */
  readonly references?: string
  readonly locale?: string
  readonly format?: string
  readonly formula?: string
}

/** Where and how the records of a collection lie in files. */
export interface RecordFile {
  /** The file name; `{key}` stands for the record key. Empty when the definition does not say. */
  readonly name: string
  /** `yaml`, `json`, `markdown` … as declared. Empty when the definition does not say. */
  readonly format: string
  /** `map[string]any` (one record per file), `[]map[string]any` (list) or the dictionary type; as declared. */
  readonly type: string
  readonly contentField?: string
  /** File names (without folder) that match are not records. */
  readonly excludeRegex?: string
}

/** Whether the records of a collection can be read by this version, and if not, why (a sentence for users). */
export type Readable = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** `conflict_resolution.record_merge` of a definition. */
export interface ConflictResolution {
  readonly enabled: boolean
  readonly sameRecord: boolean
}

/** `readme` of a definition. */
export interface ReadmeSettings {
  readonly hideColumns?: boolean
  readonly hideSubcollections?: boolean
  readonly hideViews?: boolean
  readonly hideTriggers?: boolean
}

/** A view as defined. */
export interface View {
  /** May hold `{field}`; empty for the default view. */
  readonly id: string
  readonly titles: { readonly [locale: string]: string }
  readonly columns?: readonly string[]
  readonly orderBy?: string
  readonly top?: number
  readonly where?: string
  readonly formats?: readonly string[]
  readonly template?: string
  readonly fileName?: string
  readonly recordsVarName?: string
  /** Default view only. */
  readonly format?: string
  readonly maxBatchSize?: number
  readonly includeHash?: boolean
  readonly recordsDelimiter?: number
  /** The path of the view's file; absent for a default view. */
  readonly definitionPath?: string
}

/** One collection, as its definition says it. Plain data: crosses the worker boundary as it is. */
export interface CollectionDefinition {
  /** For example `geo.countries`, or `commerce.orders/order_details` for a subcollection. */
  readonly id: string
  /** The id of the parent collection (subcollections only). */
  readonly parent?: string
  /** Titles by locale. */
  readonly titles: { readonly [locale: string]: string }
  /** The folder of the collection's data, from the database root; '' is the root. `{key}` stands for the
   * parent record's key in a subcollection. */
  readonly dataDir: string
  /** The folder that holds the record files. In a subcollection each `{key}` stands for a parent's key, outermost first. */
  readonly recordsDir: string
  /** Further folders where a subcollection's records may lie (the older layout without `$records`); read, not chosen for new instances. */
  readonly otherRecordsDirs?: readonly string[]
  /** In display order: `columns_order` first, then as declared. */
  readonly columns: readonly Column[]
  /** `columns_order` as declared. */
  readonly columnsOrder: readonly string[]
  readonly primaryKey: readonly string[]
  readonly recordFile: RecordFile
  readonly readable: Readable
  /** The base partial that the definition names, as declared. */
  readonly inherits?: string
  /** Bounds on the number of records: of the collection, or of each parent's instance in a subcollection. */
  readonly minRecordsCount?: number
  readonly maxRecordsCount?: number
  readonly conflictResolution?: ConflictResolution
  /** The path of the JSON Schema file that users attached (`record.schema.json` beside the definition), from the database root. */
  readonly jsonSchema?: string
  readonly readme?: ReadmeSettings
  readonly defaultView?: View
  /** Named views by id. Definitions only: nothing here runs them. */
  readonly views?: readonly View[]
  /** The path of `definition.yaml`, from the database root. */
  readonly definitionPath: string
}

/** Everything that the schema files of one commit say. */
export interface DatabaseSchema {
  readonly settings: DatabaseSettings
  /** By id, in the order of `root-collections.yaml`; subcollections follow their parent. */
  readonly collections: ReadonlyMap<string, CollectionDefinition>
  readonly issues: readonly Issue[]
  /** True when the repository has no definitions: its collections were inferred from its files, read-only. */
  readonly inferred?: boolean
}
