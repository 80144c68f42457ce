import type { FieldStrategies, FieldStrategy, MergeMode } from '../../src/protocol/merge.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../src/protocol/schema.ts'

/** How a value and what is inside it is merged. */
export interface FieldRules {
  /** Unset: as its type and content allow. */
  readonly strategy?: FieldStrategy
  /** What to suggest when two values conflict. */
  readonly suggest?: 'max'
  /** Rules of fields inside: of a map, or of each map in a list. */
  readonly fields?: ReadonlyMap<string, FieldRules>
  /** Rules of all other fields inside. */
  readonly others?: FieldRules
  /** Whether what both sides did to a map is one change, which conflicts as a whole. */
  readonly isOne?: (base: Json | undefined, ours: Json, theirs: Json) => boolean
}

/** How the records of one collection are merged. */
export interface MergeRules {
  readonly mode: MergeMode
  readonly record: FieldRules
  /** The record is a definition or settings: its conflicts are of the kind `schema`. */
  readonly isSchema?: boolean
  /** Puts right what fields say about each other, once they are merged. */
  readonly finish?: (merged: RecordValue, base: RecordValue | undefined) => RecordValue
}

const updateTime =
  /^(?:updated|modified|changed|edited)(?:_?(?:at|on|time|date))?$|^last_?(?:updated|modified)/i

/**
 * The rules of a collection: what the app declares, then what the columns say. The definition's `conflict_resolution`
 * can only make the mode stricter: without `same_record` two changes of one record are never merged inside.
 */
export function mergeRules(
  definition: CollectionDefinition,
  mode: MergeMode,
  declared: FieldStrategies = {},
): MergeRules {
  const fields = new Map<string, FieldRules>()
  for (const column of definition.columns) {
    const rules = columnRules(column)
    if (rules) fields.set(column.name, rules)
  }
  const { contentField } = definition.recordFile
  if (contentField !== undefined) fields.set(contentField, { strategy: 'text' })
  return {
    mode: strictest(mode, definition),
    record: Object.entries(declared).reduce<FieldRules>(
      (rules, [path, strategy]) => declare(rules, path.split('.'), strategy),
      { fields },
    ),
  }
}

function strictest(mode: MergeMode, { conflictResolution }: CollectionDefinition): MergeMode {
  if (conflictResolution === undefined || mode === 'file') return mode
  if (!conflictResolution.enabled) return 'file'
  return conflictResolution.sameRecord ? mode : 'record'
}

function columnRules({ name, type, format, enum: values }: Column): FieldRules | undefined {
  if (values !== undefined && !type.startsWith('[]')) return { strategy: 'atomic' }
  if (format === 'encrypted') return { strategy: 'atomic' }
  if ((type === 'datetime' || type === 'date') && updateTime.test(name)) return { suggest: 'max' }
  return undefined
}

function declare(rules: FieldRules, [name, ...rest]: readonly string[], strategy: FieldStrategy): FieldRules {
  if (name === undefined) return { ...rules, strategy }
  const fields = new Map(rules.fields)
  return { ...rules, fields: fields.set(name, declare(fields.get(name) ?? {}, rest, strategy)) }
}
