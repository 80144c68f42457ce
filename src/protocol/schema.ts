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
  /** The folder that holds the record files. */
  readonly recordsDir: string
  /** In display order: `columns_order` first, then as declared. */
  readonly columns: readonly Column[]
  /** `columns_order` as declared. */
  readonly columnsOrder: readonly string[]
  readonly primaryKey: readonly string[]
  readonly recordFile: RecordFile
  readonly readable: Readable
  /** The path of `definition.yaml`, from the database root. */
  readonly definitionPath: string
}

/** What kind of thing a {@link FormatIssue} reports. */
export type FormatIssueCode =
  /** The file does not parse, or is too large. */
  | 'format/syntax'
  /** A key that is not part of the format (kept, ignored). */
  | 'format/unknown-key'
  /** A known key with a value that it cannot have. */
  | 'format/bad-value'
  /** A path that is absolute, leaves the database, or points to nothing. */
  | 'format/bad-path'
  /** A collection id that is not valid or is taken. */
  | 'format/bad-id'
  /** A definition that is missing, double, or inherits from itself. */
  | 'format/bad-definition'
  /** A part of a newer or older format than this library reads. */
  | 'format/other-generation'
  /** A foreign key that resolves to no collection. */
  | 'format/unresolved-foreign-key'
  /** A record file that does not parse or is not a map. */
  | 'format/bad-record'

/** One finding in the database's files, as data. */
export interface FormatIssue {
  readonly code: FormatIssueCode
  readonly severity: 'error' | 'warning'
  /** What is wrong and what to do, for people. */
  readonly message: string
  /** The file, from the database root. */
  readonly file: string
  /** 1-based. */
  readonly line?: number
  /** 1-based, in UTF-16 units. */
  readonly column?: number
  readonly collection?: string
  /** The record key. */
  readonly key?: string
  /** The place inside the file's value. */
  readonly path?: readonly (string | number)[]
}

/** Everything that the schema files of one commit say. */
export interface DatabaseSchema {
  readonly settings: DatabaseSettings
  /** By id, in the order of `root-collections.yaml`; subcollections follow their parent. */
  readonly collections: ReadonlyMap<string, CollectionDefinition>
  readonly issues: readonly FormatIssue[]
}
