import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { isShared } from '../format/record-layout.ts'
import { foreignKeysTo } from './foreign-keys.ts'
import type { Planning } from './planning.ts'
import { fileCodecFor, keyIn, readRecordFiles } from './record-files.ts'
import { rewriteRecords } from './rewrite-records.ts'

/** A record whose own key refers to a renamed record: it has to be renamed in turn. */
export interface FollowingRename {
  readonly collection: string
  readonly key: string
  readonly to: string
}

/** A key as a value like the old one: a number stays one where it can. */
export function like(old: Json, key: string): Json {
  return typeof old === 'number' && String(Number(key)) === key ? Number(key) : key
}

/**
 * Rewrites the values that refer to a renamed record, and returns the records that follow it with their own keys;
 * `restrict` reports them all as issues instead.
 */
export async function renameReferences(
  planning: Planning,
  { collection, key, to }: Extract<SchemaChange, { kind: 'rename-record' }>,
  how: 'update' | 'restrict',
): Promise<readonly FollowingRename[]> {
  const byCollection = new Map<CollectionDefinition, string[]>()
  for (const { definition, column } of foreignKeysTo(planning.schema, collection)) {
    planning.affected.add(definition.id)
    byCollection.set(definition, [...(byCollection.get(definition) ?? []), column.name])
  }
  const following: FollowingRename[] = []
  for (const [definition, columns] of byCollection) {
    if (!definition.readable.ok) continue
    const files = await readRecordFiles(planning, definition, 'warning')
    const codec = fileCodecFor(definition, planning.options)
    const refers = (value: Json | undefined): boolean =>
      value !== undefined &&
      value !== null &&
      typeof value !== 'object' &&
      String(value).normalize('NFC') === key
    const changed = (value: RecordValue, own: string): RecordValue => {
      const fields = columns.flatMap((name): readonly (readonly [string, Json])[] => {
        const field = Object.hasOwn(value, name) ? value[name] : undefined
        if (Array.isArray(field)) {
          const items = field as readonly Json[]
          return items.some(refers)
            ? [[name, items.map((item) => (refers(item) ? like(item, to) : item))]]
            : []
        }
        if (field === undefined || !refers(field)) return name === '$ID' && refers(own) ? [[name, to]] : []
        return [[name, like(field, to)]]
      })
      return fields.length === 0 ? value : Object.fromEntries([...Object.entries(value), ...fields])
    }
    if (how === 'restrict') {
      for (const file of files) {
        for (const [own, value] of file.records) {
          const after = changed(value, own)
          if (after === value) continue
          const field = columns.find((name) => after[name] !== value[name]) ?? ''
          const position = codec.locate(file.bytes, own, [field])
          planning.issues.push({
            code: 'validation/referenced',
            severity: 'error',
            message: `It refers to "${key}" of "${collection}"; rename with references: 'update'.`,
            file: file.path,
            ...(position ? { line: position.line, column: position.column } : {}),
            collection: definition.id,
            key: keyIn(file, own),
            path: [field],
          })
        }
      }
      continue
    }
    await rewriteRecords(planning, files, {
      before: definition,
      after: definition,
      change: (value, own, file) => {
        const after = changed(value, own)
        if (after === value) return value
        const keyColumn = keyColumns(definition).find(
          (name) => columns.includes(name) && after[name] !== value[name],
        )
        if (keyColumn === undefined) return after
        // The reference is the record's own key: that record is renamed in turn.
        const parts = isShared(definition) && definition.primaryKey.length > 1 ? definition.primaryKey : []
        const target = parts.length === 0 ? to : parts.map((name) => String(after[name])).join('\u001f')
        following.push({ collection: definition.id, key: keyIn(file, own), to: keyIn(file, target) })
        return value
      },
    })
  }
  return following
}

/** The columns that say a record's key. */
function keyColumns(definition: CollectionDefinition): readonly string[] {
  if (!isShared(definition)) return ['$ID']
  return definition.primaryKey.length > 0 ? definition.primaryKey : ['$ID', 'id']
}
