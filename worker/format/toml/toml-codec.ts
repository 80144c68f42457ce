import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { RecordCodec } from '../record-codec.ts'
import { equalValues } from '../record-diff.ts'
import type { RecordFault, RecordSetCodec } from '../record-set-codec.ts'
import { badRecord, decodeRecord, maxRecordSetBytes, mergeMarkerFault, parseEach } from '../record-text.ts'
import { findValueFault, isJsonMap } from '../record-value.ts'
import { locateToml, readToml } from './toml-reader.ts'

/** The codec of TOML files of one record each. Read-only: whatever would write throws `format/read-only`. */
export function createTomlCodec(): RecordCodec {
  const parse = (bytes: Uint8Array): RecordValue => readMap(decodeRecord(bytes).text)
  return {
    parse,
    parseMany: (files) => parseEach(files, parse),
    edit: (bytes, value) => (equalValues(parse(bytes), value) ? bytes : readOnly()),
    create: readOnly,
    locate: (bytes, path) => locateToml(decodeRecord(bytes).text, path),
  }
}

/** The codec of TOML files that hold a dictionary of records. Read-only as {@link createTomlCodec}. */
export function createTomlSetCodec(): RecordSetCodec {
  const read = (bytes: Uint8Array): string => decodeRecord(bytes, maxRecordSetBytes).text
  const parse: RecordSetCodec['parse'] = (bytes) => {
    const text = read(bytes)
    const records = new Map<string, RecordValue>()
    const faults: RecordFault[] = []
    for (const [name, value] of Object.entries(readMap(text))) {
      const key = name.normalize()
      const fault = (code: RecordFault['code'], message: string): void => {
        faults.push({ code, message, key, ...locateToml(text, [name]) })
      }
      if (!isJsonMap(value)) fault('format/bad-record', `The record "${key}" must be a table.`)
      else if (records.has(key)) fault('format/duplicate-key', `Two records have the key "${key}".`)
      else records.set(key, value)
    }
    return { records, faults }
  }
  return {
    parse,
    edit(bytes, changes) {
      const { records } = parse(bytes)
      const same = ([key, value]: readonly [string, RecordValue | null]): boolean =>
        value === null ? !records.has(key) : equalValues(records.get(key), value)
      return [...changes].every(same) ? bytes : readOnly()
    },
    create: readOnly,
    locate: (bytes, key, path = []) => locateToml(read(bytes), [key, ...path]),
  }
}

function readOnly(): never {
  throw new EspalierError(
    'format/read-only',
    'TOML records are only read. Change "record_file.format" to yaml or json and convert the files to edit them.',
  )
}

function readMap(text: string): RecordValue {
  let value: Json
  try {
    value = readToml(text)
  } catch (error) {
    throw mergeMarkerFault(text) ?? syntaxError(error)
  }
  const fault = findValueFault(value, 'any')
  if (fault !== undefined) {
    throw badRecord(`${fault.why} (at "${fault.path.slice(0, 8).join('.')}")`, locateToml(text, fault.path))
  }
  if (!isJsonMap(value)) throw badRecord('a TOML document must be a table')
  return value
}

/** Only the message's first line is for people: a picture of the place may follow. */
function syntaxError(error: unknown): EspalierError {
  if (error instanceof RangeError) return badRecord('it is nested too deeply')
  const why = `it is not valid TOML: ${String(error instanceof Error ? error.message : error).split('\n', 1)[0]}`
  const { line, column } = error as { readonly line?: unknown; readonly column?: unknown } // read as unknown, checked below
  return badRecord(why, typeof line === 'number' && typeof column === 'number' ? { line, column } : undefined)
}
