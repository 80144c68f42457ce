import { recordCodec, recordSetCodec } from './every-codec.ts'
import { type FormatExtras, givenExtras } from './extras.ts'
import { formulaLanguage } from './formula/formula-language.ts'
import { inferCollections } from './infer/infer-collections.ts'
import type { FormatPlugins } from './plugins.ts'
import { parseSchemaText } from './schema/schema-text.ts'
import { validateChanges } from './validation/validate-changes.ts'
import { validateDatabase } from './validation/validate-database.ts'

/** All of the format that the core does without. */
export const formatExtras: FormatExtras = {
  parseSchemaText,
  recordCodec,
  recordSetCodec,
  validateDatabase,
  validateChanges,
  formulas: formulaLanguage,
  inferCollections: (tree) => inferCollections(tree),
}

/** The whole format, for code that reads folders and has no engine. */
export const everyFormat: FormatPlugins = { extras: givenExtras(formatExtras) }
