import type { CollectionDiff, ColumnDiff, SchemaDiff } from '../../../../src/protocol/diff.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { collectionsOf } from './diff-files.ts'
import type { Sides } from './diff-sides.ts'

/** The definitions that differ. Those of working changes are the commit's. */
export function diffSchemas({ from, to }: Sides, wanted?: readonly string[]): SchemaDiff {
  const collections: CollectionDiff[] = []
  for (const { id, before, after } of collectionsOf(from, to)) {
    if (wanted && !wanted.includes(id)) continue
    const columns = diffColumns(before, after)
    const properties = diffProperties(before, after)
    if (columns.length === 0 && properties.length === 0 && before && after) continue
    collections.push({
      collection: id,
      kind: !before ? 'added' : !after ? 'removed' : 'modified',
      ...(before && { before }),
      ...(after && { after }),
      columns,
      properties,
    })
  }
  return { collections }
}

/** In the order of the later definition; removed ones last. */
function diffColumns(
  before: CollectionDefinition | undefined,
  after: CollectionDefinition | undefined,
): readonly ColumnDiff[] {
  const old = new Map(before?.columns.map((column) => [column.name, column]))
  const diffs: ColumnDiff[] = []
  for (const column of after?.columns ?? []) {
    const { name } = column
    const known = old.get(name)
    old.delete(name)
    if (!known) diffs.push({ name, kind: 'added', after: column })
    else if (!equalValues(known, column)) diffs.push({ name, kind: 'modified', before: known, after: column })
  }
  for (const [name, column] of old) diffs.push({ name, kind: 'removed', before: column })
  return diffs
}

function diffProperties(
  before: CollectionDefinition | undefined,
  after: CollectionDefinition | undefined,
): readonly string[] {
  if (!before || !after || before === after) return []
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof CollectionDefinition)[]) // their own
  return [...names].filter((name) => name !== 'columns' && !equalValues(before[name], after[name]))
}
