import type { Json } from '../../src/protocol/records.ts'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import { columnOf, collectionOf, type Planning } from './planning.ts'
import { editColumn, withField } from './change-columns.ts'
import { convertValue } from './convert-value.ts'
import { fileCodecFor, keyIn, readRecordFiles } from './record-files.ts'
import { rewriteRecords } from './rewrite-records.ts'

/** Changes a column. A new type converts the values; those that would lose something are issues. */
export async function alterColumn(
  planning: Planning,
  change: Extract<SchemaChange, { kind: 'alter-column' }>,
): Promise<void> {
  const { collection, name, set } = change
  const before = collectionOf(planning, collection)
  const from = columnOf(before, name).type
  const to = set.type ?? from
  await editColumn(planning, change)
  planning.summary.push(describe(change, from, to))
  const after = collectionOf(planning, collection)
  if (from === to || !after.readable.ok) return
  const codec = fileCodecFor(before, planning.options)
  await rewriteRecords(planning, await readRecordFiles(planning, before), {
    before,
    after,
    change: (value, own, file) => {
      const old = Object.hasOwn(value, name) ? value[name] : undefined
      if (old === undefined || old === null) return value
      const converted: Json | undefined = convertValue(old, from, to)
      if (converted === old) return value
      if (converted !== undefined) return withField(value, name, converted)
      const position = codec.locate(file.bytes, own, [name])
      planning.issues.push({
        code: 'validation/type',
        severity: 'error',
        message: `The ${from} ${clip(old)} cannot become a value of type ${to} without loss.`,
        file: file.path,
        ...(position ? { line: position.line, column: position.column } : {}),
        collection,
        key: keyIn(file, own),
        path: [name],
        expected: to,
        actual: old,
      })
      return value
    },
  })
}

function describe(
  { collection, name, set }: Extract<SchemaChange, { kind: 'alter-column' }>,
  from: string,
  to: string,
): string {
  const rules = Object.entries(set)
    .filter(([key]) => key !== 'type')
    .map(([key, value]) => (value === null ? `no ${key}` : `${key} ${clip(value)}`))
  if (from !== to) rules.unshift(`type ${to} instead of ${from}`)
  return `Change column "${name}" of "${collection}": ${rules.join(', ') || 'nothing'}.`
}

function clip(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
