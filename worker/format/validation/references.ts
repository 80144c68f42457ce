import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { parentKey } from '../record-layout.ts'
import { quote, violation } from './column-rules.ts'
import type { Violation } from './record-rules.ts'
import type { KeySet, ValidationSource } from './validation-source.ts'

/** A foreign key column, and the keys that it may name. */
export interface OpenReference {
  readonly column: string
  readonly target: string
  readonly keys: Pick<KeySet, 'has'>
}

/** The references of a collection whose targets can be read. */
export async function openReferences(
  source: Pick<ValidationSource, 'schema' | 'keys'>,
  { columns }: Pick<CollectionDefinition, 'columns'>,
): Promise<readonly OpenReference[]> {
  const open: OpenReference[] = []
  for (const { name, references: target } of columns) {
    if (target === undefined || !source.schema.collections.get(target)?.readable.ok) continue
    open.push({ column: name, target, keys: await source.keys(target) })
  }
  return open
}

/** The references of a record that name nothing. `key` is the record's own key. */
export function checkReferences(
  references: readonly OpenReference[],
  key: string,
  record: RecordValue,
): readonly Violation[] {
  const found: Violation[] = []
  for (const { column, target, keys } of references) {
    for (const { text, path, value } of referencesOf(column, key, record)) {
      if (keys.has(text)) continue
      const message = `Foreign key "${column}" = ${quote(value)} has no matching record in collection "${target}".`
      found.push(violation('foreign-key', path, message, target, value))
    }
  }
  return found
}

/** Finds records of a subcollection whose parent is not there; none where parents cannot be read. */
export async function orphanRule(
  source: Pick<ValidationSource, 'schema' | 'keys'>,
  definition: CollectionDefinition,
): Promise<(key: string) => readonly Violation[]> {
  const { parent } = definition
  if (parent === undefined || !source.schema.collections.get(parent)?.readable.ok) return () => []
  const keys = await source.keys(parent)
  return (key) => {
    const owner = parentKey(definition, key) ?? ''
    if (keys.has(owner)) return []
    const message = `The record lies below ${quote(owner)}, which is no record of "${parent}".`
    return [violation('parent-missing', [], message, parent, owner)]
  }
}

/** One reference that a record holds. */
export interface HeldReference {
  /** The key that it names: keys are NFC and compared as text. */
  readonly text: string
  readonly path: readonly (string | number)[]
  readonly value: Json
}

/** What a column of a record refers to; absent, null and empty values refer to nothing. */
export function referencesOf(column: string, key: string, record: RecordValue): readonly HeldReference[] {
  const stored = Object.hasOwn(record, column) ? record[column] : undefined
  const value = stored === undefined && column === '$ID' ? key : stored
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) => held(item, [column, index]))
  }
  return held(value, [column])
}

function held(value: Json | undefined, path: readonly (string | number)[]): readonly HeldReference[] {
  if (value === undefined || value === null || value === '') return []
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value).normalize('NFC')
  return [{ text, path, value }]
}
