import { expose } from 'comlink'
import { createJsonCodec } from '../../worker/format/json/json-codec.ts'
import { createYamlCodec } from '../../worker/format/yaml/yaml-codec.ts'
import { benchRecord, recordText, type RecordFormat } from '../record-data.ts'

/** The codecs alone, in a worker as the engine runs them. */
const codecs = {
  /** Milliseconds to parse one file per record; throws when one does not parse. */
  parse: (format: RecordFormat, count: number): number => {
    const encoder = new TextEncoder()
    const files = Array.from({ length: count }, (_, index) =>
      encoder.encode(recordText(benchRecord(index, 0), format)),
    )
    const codec = format === 'json' ? createJsonCodec() : createYamlCodec()
    const start = performance.now()
    const values = codec.parseMany(files)
    const ms = performance.now() - start
    const broken = values.find((value) => value instanceof Error)
    if (broken !== undefined) throw broken
    return ms
  },
}

export type BenchCodecs = typeof codecs
expose(codecs)
