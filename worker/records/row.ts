import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, Patch, RecordStatus, RecordValue, Row, RowMeta } from '../../src/protocol/records.ts'
import { findValueFault, isJsonMap, writableBytes } from '../format/record-value.ts'
import { revisionOf } from './revision.ts'

/** What a row shows besides the stored value. */
export interface RowExtras {
  /** The parent's key, of a record of a subcollection. */
  readonly parent: string | undefined
  /** The fields with computed ones among them; the revision is that of the stored value. */
  readonly fields: RecordValue | undefined
  /** How the record stands to the last commit; undefined for a clean one. */
  readonly status: RecordStatus | undefined
}

const noExtras: Partial<RowExtras> = {}

/** A record as reads return it. The library's names win over fields that a file declares with them. */
export function toRow(
  key: string,
  value: RecordValue,
  { parent, fields = value, status }: Partial<RowExtras> = noExtras,
): Row {
  // One object, filled in place: bulk writes make ten thousand of them.
  const row: { -readonly [Name in keyof RowMeta]: RowMeta[Name] } = {
    ...fields,
    $id: key,
    $rev: revisionOf(value),
  }
  if (parent !== undefined) row.$parent = parent
  if (status !== undefined) row.$status = status
  return row as Row // the fields are those of a record
}

/**
 * The value after a patch: given fields are replaced whole, `undefined` removes a field, and fields keep their
 * order. The library's names are ignored, so that a row may be patched with itself.
 */
export function applyPatch(value: RecordValue, patch: Patch): RecordValue {
  const result: [string, Json][] = []
  for (const name of Object.keys(value)) {
    const now = Object.hasOwn(patch, name) ? patch[name] : value[name]
    if (now !== undefined) result.push([name, now])
  }
  for (const name of Object.keys(patch)) {
    const added = patch[name]
    if (added !== undefined && !Object.hasOwn(value, name) && !isLibraryName(name)) result.push([name, added])
  }
  // fromEntries defines own properties: a field named __proto__ stays a field.
  return Object.fromEntries(result)
}

/**
 * Refuses what a record cannot hold; answers the most bytes that its file may take.
 * Throws `record/bad-value` naming the field.
 */
export function checkRecord(value: RecordValue, collection: string, key: string): number {
  const isMap = isJsonMap(value)
  const bytes = isMap ? writableBytes(value) : -1
  if (bytes >= 0 && bytes < Infinity) return bytes
  const fault = isMap ? findValueFault(value, 'writable') : undefined
  const { path, why } = fault ?? { path: [], why: 'a record is a map of fields' }
  const name = path.length > 0 ? `The value at "${path.join('.')}"` : 'The value'
  throw new EspalierError(
    'record/bad-value',
    `${name} of ${collection}/${key} cannot be stored: ${why}. Give JSON data.`,
    { data: { collection, key, path, ...(path.length > 0 ? { field: String(path[0]) } : {}) } },
  )
}

function isLibraryName(name: string): boolean {
  return name === '$id' || name === '$rev' || name === '$parent' || name === '$status'
}
