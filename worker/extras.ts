import { protocolVersion } from '../src/protocol/engine.ts'
import { answerDatabases } from './engine/databases/answer-databases.ts'
import type { EngineExtras } from './engine/platform/plugins.ts'
import { createStreamedChanges } from './engine/queries/streamed-changes.ts'
import { streamTable } from './engine/queries/streamed-table.ts'
import { createVersions } from './engine/versions/create-versions.ts'
import { recallRecord } from './engine/versions/history/recall-record.ts'
import { checkSelection } from './engine/writes/check-selection.ts'
import { clearReferences } from './engine/writes/clear-references.ts'
import { prepareCommit } from './engine/commits/prepare-commit.ts'
import { replaceFileText } from './engine/commits/replace-file-text.ts'
import { createSchemaEditor } from './engine/commits/schema-changes.ts'
import { validateSnapshot } from './engine/validate.ts'
import { writeBundle } from './git/packs/bundle-writer.ts'
import { formatExtras } from './format/format-extras.ts'
import { createSchemaTools } from './schema-tools/create-schema-tools.ts'

// The worker's second file: what a database of JSON records with flat definitions does without.

/** Worker and extras of one version belong together. */
export const protocol: number = protocolVersion

export const extras: EngineExtras = {
  ...formatExtras,
  schemaTools: createSchemaTools(),
  createSchemaEditor,
  validateSnapshot,
  replaceFileText,
  prepareCommit,
  checkSelection,
  clearReferences,
  recallRecord,
  writeBundle,
  streamTable,
  createStreamedChanges,
  answerDatabases,
  createVersions,
}
