import { protocolVersion } from '../src/protocol/engine.ts'
import { answerDatabases } from './engine/answer-databases.ts'
import type { EngineExtras } from './engine/plugins.ts'
import { createStreamedChanges } from './engine/streamed-changes.ts'
import { streamTable } from './engine/streamed-table.ts'
import { createVersions } from './engine/versions/create-versions.ts'
import { recallRecord } from './engine/versions/recall-record.ts'
import { checkSelection } from './engine/check-selection.ts'
import { clearReferences } from './engine/clear-references.ts'
import { prepareCommit } from './engine/prepare-commit.ts'
import { replaceFileText } from './engine/replace-file-text.ts'
import { createSchemaEditor } from './engine/schema-changes.ts'
import { validateSnapshot } from './engine/validate.ts'
import { writeBundle } from './git/bundle-writer.ts'
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
