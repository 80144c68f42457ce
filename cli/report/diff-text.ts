import type {
  CollectionDiff,
  DiffCounts,
  DiffProblem,
  DiffStat,
  RecordDiff,
  SchemaDiff,
} from '../../src/protocol/diff.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition, Column } from '../../src/protocol/schema.ts'
import { diffFields } from '../../worker/merge/field-diffs.ts'
import type { Printer } from '../printer.ts'
import { fieldLine, showValue } from './commit-text.ts'

/** The definitions that differ, column by column. */
export function printSchemaDiff({ collections }: SchemaDiff, print: Printer): void {
  const said = (kind: CollectionDiff['kind'], text: string): string =>
    `${colorOf(kind, print)(kind)} ${print.plain(text)}`
  for (const { collection, kind, columns, properties, before, after } of collections) {
    print.line(said(kind, `collection ${collection}`))
    for (const column of columns) {
      const { name, before: old, after: now } = column
      if (old && now) {
        print.line(`  ${said('modified', `column ${name}`)}`)
        for (const field of diffFields(asValue(old), asValue(now))) print.line(`  ${fieldLine(field, print)}`)
      } else print.line(`  ${said(column.kind, `column ${name}: ${describeColumn(now ?? old)}`)}`)
    }
    for (const name of properties) {
      const side = (definition: CollectionDefinition | undefined): RecordValue => {
        const value = definition?.[name as keyof CollectionDefinition] // it is one of its properties
        return value === undefined ? {} : { [name]: value as RecordValue[string] } // definitions are plain data
      }
      for (const field of diffFields(side(before), side(after))) print.line(fieldLine(field, print))
    }
  }
}

/** The records that differ, field by field, or step by step where a patch was asked for. */
export function printRecordDiffs(records: readonly RecordDiff[], print: Printer): void {
  for (const { collection, key, kind, fields, from, problems, patch } of records) {
    const origin = from ? ` ${print.dim(print.plain(`from ${from.key}`))}` : ''
    print.line(`${colorOf(kind, print)(kind)} ${print.plain(`${collection}/${key}`)}${origin}`)
    if (patch) for (const step of patch) print.line(`  ${print.plain(JSON.stringify(step))}`)
    else for (const field of fields) print.line(fieldLine(field, print))
    for (const { side, message } of problems ?? [])
      print.line(`  ${print.red(print.plain(`${side}: ${message}`))}`)
  }
}

/** What could not be compared, and on which side. */
export function printDiffProblems(problems: readonly DiffProblem[], print: Printer): void {
  for (const { side, file, message } of problems)
    print.line(print.red(print.plain(`${file}: ${side}: ${message}`)))
}

/** Rows and cells of each collection, and of all. */
export function printDiffStat({ collections, ...total }: DiffStat, print: Printer): void {
  const each = (name: string, counts: DiffCounts): void => {
    print.line(print.bold(print.plain(name)))
    print.line(
      `  rows: ${counts.rowsUnmodified} unmodified, ${counts.rowsAdded} added, ${counts.rowsDeleted} deleted, ${counts.rowsModified} modified (${counts.oldRowCount} → ${counts.newRowCount})`,
    )
    print.line(
      `  cells: ${counts.cellsAdded} added, ${counts.cellsDeleted} deleted, ${counts.cellsModified} modified (${counts.oldCellCount} → ${counts.newCellCount})`,
    )
  }
  for (const { collection, ...counts } of collections) each(collection, counts)
  if (collections.length !== 1) each('total', total)
}

/** How many records differ. */
export function recordsSummary(records: readonly RecordDiff[]): string {
  const count = counter(records)
  const moved = count('moved')
  const counts = `${count('added')} added, ${count('removed')} removed, ${count('modified')} modified`
  return moved === 0 ? counts : `${counts}, ${moved} moved`
}

/** How many definitions differ; undefined when none does. */
export function schemaSummary({ collections }: SchemaDiff): string | undefined {
  if (collections.length === 0) return undefined
  const count = counter(collections)
  return `schema: ${count('added')} added, ${count('removed')} removed, ${count('modified')} modified`
}

function counter<Kind>(all: readonly { readonly kind: Kind }[]): (kind: Kind) => number {
  return (wanted) => all.filter(({ kind }) => kind === wanted).length
}

function colorOf(kind: RecordDiff['kind'], print: Printer): (text: string) => string {
  return { added: print.green, removed: print.red, modified: print.yellow, moved: print.yellow }[kind]
}

/** Its type, and whatever else is said of it. */
function describeColumn(column: Column | undefined): string {
  const { type, ...others } = asValue(column ?? { name: '', type: '', required: false })
  const rest = Object.entries(others).filter(([name, value]) => name !== 'name' && value !== false)
  return [String(type), ...rest.map(([name, value]) => `${name} ${showValue(value)}`)].join(', ')
}

/** A column is plain data. */
function asValue(column: Column): RecordValue {
  return { ...column } as RecordValue
}
