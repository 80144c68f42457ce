import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import type { RecordCodec } from './record-codec.ts'
import type { RecordSetCodec } from './record-set-codec.ts'

/** Wraps the codecs of a collection whose columns use the locale shortcut (`locale: en` beside `titles`). */
export interface LocaleShortcut {
  record(codec: RecordCodec): RecordCodec
  recordSet(codec: RecordSetCodec): RecordSetCodec
}

/** The locale shortcut of a definition; undefined when no column uses it. */
export function localeShortcut(_definition: CollectionDefinition): LocaleShortcut | undefined {
  return undefined
}
