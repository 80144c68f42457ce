import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { createCsvCodec } from './csv/csv-rows.ts'
import { formatGoJson, goRowsWriter, rewriteAsGo } from './go-files.ts'
import { createIngrCodec } from './ingr/ingr-rows.ts'
import { createJsonCodec } from './json/json-codec.ts'
import { createListKeys } from './list-keys.ts'
import { localeShortcut } from './locale-shortcut.ts'
import { createMarkdownCodec } from './markdown-codec.ts'
import type { CodecOptions, RecordCodec } from './record-codec.ts'
import { createJsonSetCodec, isDictionary, type RecordSetCodec } from './record-set-codec.ts'
import { createRowsCodec } from './rows-codec.ts'
import { createTomlCodec, createTomlSetCodec } from './toml/toml-codec.ts'
import { createYamlCodec } from './yaml/yaml-codec.ts'
import { createYamlRows } from './yaml/yaml-rows.ts'

/** The codec of files of one record each, in every format. */
export function recordCodec(
  definition: CollectionDefinition,
  options: CodecOptions,
): RecordCodec | undefined {
  const codec = plainRecordCodec(definition, options)
  return codec && (localeShortcut(definition)?.record(codec) ?? codec)
}

/** The codec of files of many records, in every format. */
export function recordSetCodec(
  definition: CollectionDefinition,
  options: CodecOptions,
): RecordSetCodec | undefined {
  const codec = plainRecordSetCodec(definition, options)
  return codec && (localeShortcut(definition)?.recordSet(codec) ?? codec)
}

function plainRecordCodec(
  { columnsOrder, recordFile }: CollectionDefinition,
  { canonical }: CodecOptions,
): RecordCodec | undefined {
  const style = { columnsOrder, ...(canonical && { canonical }) }
  switch (recordFile.format) {
    case 'json':
      return createJsonCodec({
        columnsOrder,
        ...(canonical && {
          canonical: {
            format: formatGoJson,
            rewrite: (before, value) => rewriteAsGo('json', before, () => formatGoJson(value)),
          },
        }),
      })
    case 'yaml':
    case 'yml':
      return createYamlCodec(style)
    case 'markdown':
      return createMarkdownCodec({ ...recordFile, ...style })
    case 'toml':
      return createTomlCodec()
    default:
      return undefined
  }
}

function plainRecordSetCodec(
  definition: CollectionDefinition,
  options: CodecOptions,
): RecordSetCodec | undefined {
  const { columnsOrder, recordFile } = definition
  const dictionary = isDictionary(definition)
  const written = (format: 'json' | 'jsonl' | 'yaml') =>
    options.canonical && { rewrite: goRowsWriter(format, dictionary, columnsOrder) }
  const { format } = recordFile
  switch (format) {
    case 'json':
    case 'jsonl':
      return createJsonSetCodec(definition, written(format))
    case 'yaml':
    case 'yml': {
      const keys = dictionary ? {} : { keys: createListKeys(definition) }
      return createRowsCodec(createYamlRows(dictionary, columnsOrder), { ...keys, ...written('yaml') })
    }
    case 'csv':
      return createCsvCodec(definition, options)
    case 'ingr':
      return createIngrCodec(definition, options)
    case 'toml':
      return dictionary ? createTomlSetCodec() : undefined
    default:
      return undefined
  }
}
