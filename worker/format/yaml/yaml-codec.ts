import type { RecordValue } from '../../../src/protocol/records.ts'
import { rewriteAsGo } from '../go-files.ts'
import type { RecordCodec } from '../record-codec.ts'
import { checkEdits, diffValues } from '../record-diff.ts'
import { decodeRecord, encodeRecord, parseEach, positionAt } from '../record-text.ts'
import { checkRecordValue, isJsonMap } from '../record-value.ts'
import { parseYamlDocument } from './yaml-document.ts'
import { editYamlText } from './yaml-edit.ts'
import { formatYamlBlock } from './yaml-emit.ts'
import { formatGoYaml } from './yaml-go.ts'
import { locateYaml } from './yaml-locate.ts'
import { parseFlatYaml } from './yaml-fast.ts'

/** Indentation of new files (format facts §8.1). */
const newFileIndent = 4

/** The codec of `{key}.yaml` files: one map each. */
export function createYamlCodec(
  options: { readonly columnsOrder?: readonly string[]; readonly canonical?: 'go' } = {},
): RecordCodec {
  const go = options.canonical === 'go'
  const columnsOrder = options.columnsOrder ?? []
  const parse = (bytes: Uint8Array): RecordValue => parseYaml(decodeRecord(bytes).text)
  return {
    parse,
    parseMany: (files) => parseEach(files, parse),
    edit(bytes, value) {
      const { text, bom } = decodeRecord(bytes)
      const edits = diffValues(parseYaml(text), value)
      if (edits.length === 0) return bytes
      if (!isJsonMap(value)) checkRecordValue(value)
      checkEdits(edits)
      if (go) return rewriteAsGo('yaml', text, () => formatGoYaml(value))
      return encodeRecord(editYamlText(text, edits, value, columnsOrder), bom)
    },
    locate(bytes, path) {
      const { text } = decodeRecord(bytes)
      return positionAt(text, locateYaml(text, path))
    },
    createsAny: true,
    create(value, definition) {
      checkRecordValue(value)
      const text = go ? formatGoYaml(value) : formatYamlRecord(value, newFileIndent, definition.columnsOrder)
      return encodeRecord(text, false)
    },
  }
}

/** A whole record as YAML. */
export function formatYamlRecord(value: RecordValue, step: number, first: readonly string[]): string {
  return Object.keys(value).length === 0 ? '{}\n' : formatYamlBlock(value, 0, step, first)
}

function parseYaml(text: string): RecordValue {
  return parseFlatYaml(text) ?? parseYamlDocument(text).value
}
