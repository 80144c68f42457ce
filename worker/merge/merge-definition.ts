import type { Json, RecordValue } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'
import type { FieldRules, MergeRules } from './merge-rules.ts'
import { same } from './merge-run.ts'

/**
 * How a schema file is merged, by its path: as a map of names, so that both sides may add columns, titles or unknown
 * keys; what they declare differently are conflicts of the kind `schema`. Reference: Dolt's rules of schema merges.
 */
export function schemaFileRules(path: string): MergeRules {
  if (path.endsWith('definition.yaml')) return definitionRules
  return path.endsWith('settings.yaml') ? settingsRules : { mode: 'field', record: {}, isSchema: true }
}

/** What a column's type means something to. */
const constraints: ReadonlySet<string> = new Set([
  'type',
  'required',
  'required_when',
  'length',
  'min_length',
  'max_length',
  'min_value',
  'max_value',
  'enum',
  'foreign_key',
  'format',
  'formula',
])

const columnRules: FieldRules = {
  isOne: changesOfOneColumn,
  fields: new Map([['enum', { strategy: 'ordered-set' }]]),
}

const definitionRules: MergeRules = {
  mode: 'field',
  isSchema: true,
  finish: dropGoneColumns,
  record: {
    fields: new Map<string, FieldRules>([
      ['columns', { others: columnRules }],
      ['columns_order', { strategy: 'ordered-set' }],
      ['primary_key', { strategy: 'atomic' }],
      // A name of one side and a format of the other would be files that nobody can read.
      ['record_file', { strategy: 'atomic' }],
    ]),
  },
}

const settingsRules: MergeRules = {
  mode: 'field',
  isSchema: true,
  record: { fields: new Map<string, FieldRules>([['languages', { strategy: 'ordered-set' }]]) },
}

/**
 * Columns that both sides added are one column only if they are the same. A new type on one side goes with titles of
 * the other, not with its constraints, which were made for the old type.
 */
function changesOfOneColumn(base: Json | undefined, ours: Json, theirs: Json): boolean {
  if (!isJsonMap(base)) return true
  const changed = (side: Json): ReadonlySet<string> =>
    new Set([...constraints].filter((name) => !same(read(base, name), read(side, name))))
  const [oursChanged, theirsChanged] = [changed(ours), changed(theirs)]
  const all = new Set([...oursChanged, ...theirsChanged])
  return (
    !same(read(ours, 'type'), read(theirs, 'type')) &&
    oursChanged.size > 0 &&
    theirsChanged.size > 0 &&
    // Two types alone conflict as such.
    all.size > 1
  )
}

function read(value: Json, name: string): Json | undefined {
  return isJsonMap(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** One side may have put a column in order while the other removed it. */
function dropGoneColumns(merged: RecordValue, base: RecordValue | undefined): RecordValue {
  const order = read(merged, 'columns_order')
  const columns = read(merged, 'columns')
  const before = base && read(base, 'columns')
  if (!Array.isArray(order) || !isJsonMap(columns) || !isJsonMap(before)) return merged
  const isGone = (name: Json): boolean =>
    typeof name === 'string' && Object.hasOwn(before, name) && !Object.hasOwn(columns, name)
  if (!order.some(isGone)) return merged
  return { ...merged, columns_order: order.filter((name: Json) => !isGone(name)) }
}
