import type { ExtrasLoader, FormatExtras } from '../../format/extras.ts'
import type { FormatPlugins, JsonSchemaCompiler } from '../../format/plugins.ts'
import type { writeBundle } from '../../git/packs/bundle-writer.ts'
import type { CodecOptions } from '../../format/record-codec.ts'
import type { SearchIndexMaker } from '../../records/search-index.ts'
import type { SchemaTools } from '../../schema-tools/schema-tools.ts'
import type { VersionsEngine } from '../../../src/protocol/versions.ts'
import type { createStreamedChanges } from '../queries/streamed-changes.ts'
import type { streamTable } from '../queries/streamed-table.ts'
import type { answerDatabases } from '../databases/answer-databases.ts'
import type { recallRecord } from '../versions/history/recall-record.ts'
import type { SettingsOf } from '../queries/hide-deleted.ts'
import type { VersionsContext } from '../versions/versions-context.ts'
import type { SchemaRead } from '../snapshots/read-schema.ts'
import type { checkSelection } from '../writes/check-selection.ts'
import type { clearReferences } from '../writes/clear-references.ts'
import type { prepareCommit } from '../commits/prepare-commit.ts'
import type { replaceFileText } from '../commits/replace-file-text.ts'
import type { createSchemaEditor } from '../commits/schema-changes.ts'
import type { validateSnapshot } from '../validate.ts'

/** An optional part of the engine. Apps list them in their own worker entry; in Node all are built in. */
export interface EnginePlugin {
  readonly name: string
  readonly jsonSchema?: JsonSchemaCompiler
  readonly searchIndex?: SearchIndexMaker
}

/** What is loaded only when a database needs it. */
export interface EngineExtras extends FormatExtras {
  /** Changes of the schema, and definitions for repositories without any. */
  readonly schemaTools: SchemaTools
  readonly createSchemaEditor: typeof createSchemaEditor
  readonly validateSnapshot: typeof validateSnapshot
  readonly replaceFileText: typeof replaceFileText
  /** Commits that are told more than a message, or none. */
  readonly prepareCommit: typeof prepareCommit
  /** What is wrong with a part of the working changes without the others. */
  readonly checkSelection: typeof checkSelection
  readonly clearReferences: typeof clearReferences
  readonly recallRecord: typeof recallRecord
  readonly writeBundle: typeof writeBundle
  /** Collections that stay on disk. */
  readonly streamTable: typeof streamTable
  readonly createStreamedChanges: typeof createStreamedChanges
  /** The list of local databases, and what is done to those that need not be open. */
  readonly answerDatabases: typeof answerDatabases
  /** Branches, tags, diffs, history, merges. */
  readonly createVersions: (context: VersionsContext) => VersionsEngine
}

/** What an engine has besides its core. */
export interface EngineParts extends FormatPlugins {
  readonly extras: EngineExtrasLoader
  /** Not every app searches, so those that do add it to their own worker; in Node it is built in. */
  readonly searchIndex?: SearchIndexMaker
}

/** How the files of an open database are read and written. */
export interface EngineCodecs extends CodecOptions {
  readonly plugins: EngineParts
  /** Collections of more files than this stay on disk. */
  readonly maxRecordsInMemory?: number | undefined
  /** The app's settings of a collection; none unless given. */
  readonly settingsOf: SettingsOf
  /** The definitions that were read last. */
  readonly schemas?: SchemaRead[]
}

/** Gets the extras; a page may say where they are. */
export interface EngineExtrasLoader extends ExtrasLoader<EngineExtras> {
  /** The absolute address that the page's bundler gave to the file. */
  locatedAt?(url: string): void
}

/** The extras and an app's plug-ins; of two plug-ins that bring the same part the later one counts. */
export function createParts(extras: EngineExtrasLoader, plugins: readonly EnginePlugin[] = []): EngineParts {
  return Object.assign({}, ...plugins, { extras }) as EngineParts // every part comes from one of them
}
