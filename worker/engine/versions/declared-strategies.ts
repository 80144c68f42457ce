import type { MergeOptions } from '../../../src/protocol/merge-calls.ts'
import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import { prepareCodec } from '../../format/extras.ts'
import type { FileTree } from '../../format/file-tree.ts'
import type { CodecOptions } from '../../format/record-codec.ts'
import { isJsonMap } from '../../format/record-value.ts'
import { joinStrategies, readStrategies } from '../../merge/read-strategies.ts'
import { recordFileOf } from '../../merge/record-file.ts'
import { structureDefinition } from '../../merge/structure-definition.ts'

/** A file of our own: the format's tools refuse keys that they do not know in settings and definitions. */
export const strategiesPath = '.ingitdb/espalier.yaml'

/**
 * The options of a merge with the strategies that the repository declares for everyone, in `merge.strategies` of
 * `.ingitdb/espalier.yaml`; those of the options go before them. Throws `format/bad-definition`.
 */
export async function withDeclaredStrategies(
  options: MergeOptions,
  tree: Pick<FileTree, 'readFile'>,
  codecs: CodecOptions,
): Promise<MergeOptions> {
  const bytes = await tree.readFile(strategiesPath)
  const declared = bytes && read(await parse(bytes, codecs))
  if (!declared || Object.keys(declared).length === 0) return options
  return { ...options, strategies: joinStrategies(options.strategies ?? {}, declared) }
}

async function parse(bytes: Uint8Array, codecs: CodecOptions): Promise<RecordValue> {
  const definition = structureDefinition(strategiesPath)
  if (!definition) return {}
  await prepareCodec(definition, codecs)
  try {
    return recordFileOf(definition, codecs)?.parse(bytes)?.get('') ?? {}
  } catch (error) {
    throw isEspalierError(error) ? bad(error.message) : error
  }
}

function read(value: RecordValue): MergeOptions['strategies'] {
  const merge = Object.hasOwn(value, 'merge') ? (value['merge'] ?? {}) : {}
  if (!isJsonMap(merge)) throw bad('merge is not a map.')
  const declared = Object.hasOwn(merge, 'strategies') ? (merge['strategies'] ?? {}) : {}
  if (!isJsonMap(declared)) throw bad('merge.strategies is not a map of collections.')
  const { strategies, faults } = readStrategies(declared)
  if (faults.length > 0) throw bad(faults.join(' '))
  return strategies
}

function bad(why: string): EspalierError {
  return new EspalierError(
    'format/bad-definition',
    `${strategiesPath} says how values are merged, and is wrong: ${why}`,
    {
      data: { path: strategiesPath },
    },
  )
}
