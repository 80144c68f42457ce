import type { Issue } from '../../../src/protocol/issues.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { parentKey } from '../record-layout.ts'
import { compareText } from './compare-text.ts'
import type { ValidationSource } from './validation-source.ts'

/** The instances of a collection that hold too few or too many records: itself, or one per existing parent. */
export async function countIssues(
  source: ValidationSource,
  definition: CollectionDefinition,
): Promise<readonly Issue[]> {
  const { id, parent, minRecordsCount, maxRecordsCount } = definition
  if (minRecordsCount === undefined && maxRecordsCount === undefined) return []
  const counts = new Map<string, number>()
  if (parent === undefined) counts.set('', 0)
  else if (source.schema.collections.get(parent)?.readable.ok) {
    for (const key of await source.keys(parent)) counts.set(key, 0)
  }
  for (const key of await source.keys(id)) {
    const owner = parentKey(definition, key) ?? ''
    const count = counts.get(owner)
    // Records without a parent are nobody's instance.
    if (count !== undefined) counts.set(owner, count + 1)
  }
  return [...counts]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([owner, count]) => issueOf(definition, owner, count) ?? [])
}

function issueOf(definition: CollectionDefinition, owner: string, count: number): Issue | undefined {
  const { id, parent, definitionPath: file, minRecordsCount: min, maxRecordsCount: max } = definition
  const isLess = min !== undefined && count < min
  if (!isLess && (max === undefined || count <= max)) return undefined
  const [says, rule, bound] = isLess
    ? (['fewer', 'min_records_count', min] as const)
    : (['more', 'max_records_count', max] as const)
  const what = parent === undefined ? '' : ` of "${owner}"`
  const records = count === 1 ? 'record' : 'records'
  return {
    code: 'validation/records-count',
    severity: 'error',
    message: `Collection "${id}"${what} holds ${count} ${records}, ${says} than the declared ${rule} of ${bound}.`,
    file,
    collection: id,
    path: [rule],
    ...(bound === undefined ? {} : { expected: bound }),
    actual: count,
  }
}
